// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/log.h"
#include "user/lib/notices.h"
#include "user/manager/cluster_kubernetes_state.h"

#define COLLECT_MS 2 /* what comes together is told together */

static const struct kube_reflector_options kinds[KIND_COUNT] = {
	[KIND_SERVICES] = {.path = "/api/v1/services"},
	[KIND_PODS] = {.path = "/api/v1/pods", .label_selector = OBJECT_LABEL_OFFLOADED "=true"},
	[KIND_SLICES] = {.path = "/apis/discovery.k8s.io/v1/endpointslices",
			 .fallback_path = "/apis/discovery.k8s.io/v1beta1/endpointslices"},
	[KIND_SETTINGS] = {.path = "/apis/shunt.dev/v1alpha1/settings", .optional = true},
	[KIND_NODES] = {.path = "/api/v1/nodes"},
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

/*
 * Without the Settings that somebody wrote, or without the pods that these name, more would be
 * allowed than should be: then the last state stays, or there is none yet. *held says so.
 */
static int collect(struct cluster_kubernetes *kubernetes, struct object_set *view, bool *held)
{
	/* First: the pods that this drops are not in the view. */
	int error = cluster_kubernetes_follow_pods(kubernetes,
						   cluster_objects_settings(&kubernetes->objects));

	*held = true;
	if (!error)
		error = cluster_objects_view(&kubernetes->objects, view);
	if (!error)
		*held = !cluster_kubernetes_has_pods(kubernetes) ||
			cluster_objects_unread(&kubernetes->objects, KIND_SETTINGS);
	if (error || *held)
		object_set_clear(view);
	return error;
}

static void on_collected(uv_timer_t *timer)
{
	struct cluster_kubernetes *kubernetes = timer->data;
	/* The last view is compared with the new one, so each has a place of its own. */
	struct object_set *last = &kubernetes->view[kubernetes->views % 2];
	struct object_set *view = &kubernetes->view[(kubernetes->views + 1) % 2];
	bool held;
	int error = collect(kubernetes, view, &held);

	if (error) {
		log_line("cannot collect the cluster's objects: %s", strerror(-error));
		return;
	}
	say_left_out(kubernetes);
	if (held) {
		cluster_objects_trim(&kubernetes->objects);
		return;
	}
	kubernetes->told = true;
	kubernetes->views++;
	kubernetes->cluster.events.changed(kubernetes->cluster.events.argument, view);
	object_set_clear(last);
	cluster_objects_forget(&kubernetes->objects);
}

static void on_put(void *argument, json_t *object)
{
	struct source *source = argument;
	json_t *pod =
		source->kind == KIND_NODES ? cluster_kubernetes_node(object) : json_incref(object);

	if (!pod || cluster_objects_put(&source->owner->objects, source->kind, pod))
		log_line("cannot take an object of the cluster: %s", strerror(ENOMEM));
	json_decref(pod);
}

static void on_removed(void *argument, const char *namespace, const char *name)
{
	struct source *source = argument;

	cluster_objects_remove(&source->owner->objects, source->kind,
			       source->kind == KIND_NODES ? CLUSTER_KUBERNETES_NODES : namespace,
			       name);
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
		log_line("%s: followed again", source->path);
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
	*problem = cluster_kubernetes_pods_problem(kubernetes);
	if (!*problem)
		*problem = cluster_objects_unread(&kubernetes->objects, KIND_SETTINGS);
	if (!*problem && !kubernetes->told)
		*problem = "not all kinds were listed yet";
	return !*problem;
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

	for (size_t i = 0; i < KIND_COUNT; i++)
		cluster_kubernetes_unfollow(&kubernetes->sources[i]);
	/* Of no Settings: no namespace is followed any more. */
	cluster_kubernetes_follow_pods(kubernetes, NULL);
	object_set_clear(&kubernetes->view[0]);
	object_set_clear(&kubernetes->view[1]);
	cluster_objects_clear(&kubernetes->objects);
	problems_clear(&kubernetes->notices);
	uv_close((uv_handle_t *)&kubernetes->collect, on_closed);
}

static const struct cluster_operations operations = {
	.is_ready = is_ready, .metrics = metrics, .stop = stop};

int cluster_kubernetes_follow(struct source *source, const struct kube_reflector_options *options)
{
	static const struct kube_reflector_events reflected = {
		.put = on_put, .removed = on_removed, .settled = on_settled, .problem = on_problem};

	source->reflector = kube_reflector_start(source->owner->kube, options, &reflected, source);
	return source->reflector ? 0 : -ENOMEM;
}

void cluster_kubernetes_unfollow(struct source *source)
{
	kube_reflector_stop(source->reflector);
	free(source->problem);
	source->reflector = NULL;
	source->problem = NULL;
}

static int follow_all(struct cluster_kubernetes *kubernetes)
{
	int error = 0;

	for (size_t i = 0; !error && i < KIND_COUNT; i++) {
		struct source *source = &kubernetes->sources[i];

		*source = (struct source){
			.owner = kubernetes, .path = kinds[i].path, .kind = (enum kind)i};
		error = cluster_kubernetes_follow(source, &kinds[i]);
	}
	return error;
}

static int put_server(struct cluster_kubernetes *kubernetes)
{
	json_t *server = cluster_kubernetes_server(kube_server(kubernetes->kube));
	int error = server ? cluster_objects_put(&kubernetes->objects, KIND_API_SERVER, server) : 0;

	json_decref(server);
	return error;
}

int cluster_kubernetes_start(uv_loop_t *loop, struct kube *kube,
			     const struct cluster_events *events, struct cluster **started)
{
	struct cluster_kubernetes *kubernetes = calloc(1, sizeof(*kubernetes));
	int error;

	if (!kubernetes)
		return -ENOMEM;
	kubernetes->cluster = (struct cluster){.operations = &operations, .events = *events};
	kubernetes->kube = kube;
	uv_timer_init(loop, &kubernetes->collect);
	kubernetes->collect.data = kubernetes;
	error = put_server(kubernetes);
	if (!error)
		error = follow_all(kubernetes);
	if (error)
		stop(&kubernetes->cluster);
	else
		*started = &kubernetes->cluster;
	return error;
}
