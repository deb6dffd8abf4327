// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/log.h"
#include "user/lib/notices.h"
#include "user/manager/cluster_object.h"
#include "user/manager/cluster_state.h"
#include "user/manager/kube.h"

#define COLLECT_MS 2 /* what comes together is told together */
#define NODES_NAMESPACE "kube-system"

enum kind {
	KIND_SERVICES,
	KIND_PODS,
	KIND_SLICES,
	KIND_SETTINGS,
	KIND_NODES,
	KIND_COUNT,
};

static const struct kube_reflector_options kinds[KIND_COUNT] = {
	[KIND_SERVICES] = {.path = "/api/v1/services"},
	[KIND_PODS] = {.path = "/api/v1/pods", .label_selector = OBJECT_LABEL_OFFLOADED "=true"},
	[KIND_SLICES] = {.path = "/apis/discovery.k8s.io/v1/endpointslices",
			 .fallback_path = "/apis/discovery.k8s.io/v1beta1/endpointslices"},
	[KIND_SETTINGS] = {.path = "/apis/shunt.dev/v1alpha1/settings", .optional = true},
	[KIND_NODES] = {.path = "/api/v1/nodes"},
};

struct source {
	struct cluster_kubernetes *owner;
	struct kube_reflector *reflector;
	enum kind kind;
	bool settled;
	char *problem; /* NULL: none */
};

struct cluster_kubernetes {
	struct cluster cluster;
	struct source sources[KIND_COUNT];
	struct cluster_objects objects;
	struct object_set view[2]; /* by turns; the last that was handed out is at views % 2 */
	struct problems notices;
	uv_timer_t collect;
	unsigned long long views;
	bool told;
};

static struct cluster_kubernetes *from_cluster(const struct cluster *cluster)
{
	return (struct cluster_kubernetes *)cluster;
}

static bool is_settled(const struct cluster_kubernetes *kubernetes)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (!kubernetes->sources[i].settled)
			return false;
	return true;
}

static void say_left_out(struct cluster_kubernetes *kubernetes)
{
	struct problems now = {0};

	cluster_objects_problems(&kubernetes->objects, &now);
	notices_log(&kubernetes->notices, &now);
}

static void on_collected(uv_timer_t *timer)
{
	struct cluster_kubernetes *kubernetes = timer->data;
	/* The last view is compared with the new one, so each has a place of its own. */
	struct object_set *last = &kubernetes->view[kubernetes->views % 2];
	struct object_set *view = &kubernetes->view[(kubernetes->views + 1) % 2];
	int error = cluster_objects_view(&kubernetes->objects, view);

	if (error) {
		log_line("cannot collect the cluster's objects: %s", strerror(-error));
		return;
	}
	say_left_out(kubernetes);
	kubernetes->told = true;
	kubernetes->views++;
	kubernetes->cluster.events.changed(kubernetes->cluster.events.argument, view);
	object_set_clear(last);
	cluster_objects_forget(&kubernetes->objects);
}

/*
 * A node stands among the objects as a pod on the host network: its addresses are no service's own,
 * though EndpointSlices of pods on the host network have them.
 */
static json_t *pod_of_node(json_t *node)
{
	json_t *addresses = json_object_get(json_object_get(node, "status"), "addresses");
	json_t *name = json_object_get(json_object_get(node, "metadata"), "name");
	json_t *list = json_array(), *item;
	size_t i;

	json_array_foreach(addresses, i, item)
	{
		const char *type = json_string_value(json_object_get(item, "type"));

		if (type && (!strcmp(type, "InternalIP") || !strcmp(type, "ExternalIP")))
			json_array_append_new(
				list, json_pack("{s:O?}", "ip", json_object_get(item, "address")));
	}
	return json_pack("{s:s, s:s, s:{s:s, s:O?}, s:{s:b, s:[]}, s:{s:s, s:o}}", "apiVersion",
			 "v1", "kind", "Pod", "metadata", "namespace", NODES_NAMESPACE, "name",
			 name, "spec", "hostNetwork", 1, "containers", "status", "phase", "Running",
			 "podIPs", list);
}

static void on_put(void *argument, json_t *object)
{
	struct source *source = argument;
	json_t *pod = source->kind == KIND_NODES ? pod_of_node(object) : json_incref(object);

	if (!pod || cluster_objects_put(&source->owner->objects, source->kind, pod))
		log_line("cannot take an object of the cluster: %s", strerror(ENOMEM));
	json_decref(pod);
}

static void on_removed(void *argument, const char *namespace, const char *name)
{
	struct source *source = argument;

	cluster_objects_remove(&source->owner->objects, source->kind,
			       source->kind == KIND_NODES ? NODES_NAMESPACE : namespace, name);
}

static void on_settled(void *argument, const char *resource_version)
{
	struct source *source = argument;
	struct cluster_kubernetes *kubernetes = source->owner;

	(void)resource_version;
	source->settled = true;
	if (is_settled(kubernetes) && !uv_is_active((uv_handle_t *)&kubernetes->collect))
		uv_timer_start(&kubernetes->collect, on_collected, COLLECT_MS, 0);
}

static void on_problem(void *argument, const char *problem)
{
	struct source *source = argument;

	free(source->problem);
	source->problem = problem ? strdup(problem) : NULL;
	if (problem)
		log_line("%s", problem);
	else
		log_line("%s: followed again", kinds[source->kind].path);
}

static bool is_ready(const struct cluster *cluster, const char **problem)
{
	const struct cluster_kubernetes *kubernetes = from_cluster(cluster);

	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (!kubernetes->sources[i].problem)
			continue;
		*problem = kubernetes->sources[i].problem;
		return false;
	}
	if (!kubernetes->told)
		*problem = "not all kinds were listed yet";
	return kubernetes->told;
}

static void metrics(const struct cluster *cluster, FILE *file)
{
	const struct cluster_kubernetes *kubernetes = from_cluster(cluster);

	fprintf(file,
		"# HELP shunt_manager_cluster_objects Objects of the cluster that are followed.\n"
		"# TYPE shunt_manager_cluster_objects gauge\n"
		"shunt_manager_cluster_objects %zu\n"
		"# HELP shunt_manager_cluster_problems Objects that could not be read.\n"
		"# TYPE shunt_manager_cluster_problems gauge\n"
		"shunt_manager_cluster_problems %zu\n"
		"# HELP shunt_manager_cluster_views_total States that were resolved.\n"
		"# TYPE shunt_manager_cluster_views_total counter\n"
		"shunt_manager_cluster_views_total %llu\n",
		kubernetes->objects.count, kubernetes->notices.count + kubernetes->notices.dropped,
		kubernetes->views);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void stop(struct cluster *cluster)
{
	struct cluster_kubernetes *kubernetes = from_cluster(cluster);

	for (size_t i = 0; i < KIND_COUNT; i++) {
		kube_reflector_stop(kubernetes->sources[i].reflector);
		free(kubernetes->sources[i].problem);
	}
	object_set_clear(&kubernetes->view[0]);
	object_set_clear(&kubernetes->view[1]);
	cluster_objects_clear(&kubernetes->objects);
	problems_clear(&kubernetes->notices);
	uv_close((uv_handle_t *)&kubernetes->collect, on_closed);
}

static const struct cluster_operations operations = {
	.is_ready = is_ready, .metrics = metrics, .stop = stop};

int cluster_kubernetes_start(uv_loop_t *loop, struct kube *kube,
			     const struct cluster_events *events, struct cluster **started)
{
	static const struct kube_reflector_events reflected = {
		.put = on_put, .removed = on_removed, .settled = on_settled, .problem = on_problem};
	struct cluster_kubernetes *kubernetes = calloc(1, sizeof(*kubernetes));

	if (!kubernetes)
		return -ENOMEM;
	kubernetes->cluster = (struct cluster){.operations = &operations, .events = *events};
	uv_timer_init(loop, &kubernetes->collect);
	kubernetes->collect.data = kubernetes;
	for (size_t i = 0; i < KIND_COUNT; i++) {
		struct source *source = &kubernetes->sources[i];

		source->owner = kubernetes;
		source->kind = (enum kind)i;
		source->reflector = kube_reflector_start(kube, &kinds[i], &reflected, source);
		if (!source->reflector) {
			stop(&kubernetes->cluster);
			return -ENOMEM;
		}
	}
	*started = &kubernetes->cluster;
	return 0;
}
