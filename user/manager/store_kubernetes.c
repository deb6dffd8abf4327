// SPDX-License-Identifier: Apache-2.0
#include "user/manager/store_kubernetes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/log.h"
#include "user/manager/store_object.h"

static void on_put(void *argument, json_t *object)
{
	struct store_kubernetes *store = argument;

	store->events.put(store->events.argument, object, store_object_revision(object));
}

/* Of a deletion the reflector tells the revision afterwards, with what it has come to. */
static void on_removed(void *argument, const char *namespace, const char *name)
{
	struct store_kubernetes *store = argument;

	(void)namespace;
	store_kubernetes_write_removed(store, name);
	store->events.removed(store->events.argument, name, store->revision);
}

static void on_settled(void *argument, const char *resource_version)
{
	struct store_kubernetes *store = argument;
	uint64_t revision = strtoull(resource_version, NULL, 10);

	if (revision > store->revision)
		store->revision = revision;
	store->settled = true;
	store->events.settled(store->events.argument, store->revision);
	store_kubernetes_writes_settle(store);
}

static void on_problem(void *argument, const char *problem)
{
	struct store_kubernetes *store = argument;

	free(store->problem);
	store->problem = problem ? strdup(problem) : NULL;
	if (problem)
		log_line("contexts in Kubernetes: %s", problem);
	else
		log_line("contexts in Kubernetes: followed again");
}

static bool is_ready(const struct store *base, const char **problem)
{
	const struct store_kubernetes *store = (const void *)base;

	/* What was told stays true while the API server is away; only writes have to wait. */
	if (store->settled && !store->problem)
		return true;
	*problem = store->problem ? store->problem : "the contexts were not listed yet";
	return false;
}

static void metrics(const struct store *base, FILE *file)
{
	const struct store_kubernetes *store = (const void *)base;

	store_metrics_counts(file, &store->counts);
	store_metrics_one(file, "shunt_manager_store_revision", "gauge",
			  "Revision of the store that this manager has come to.", store->revision);
	store_metrics_one(file, "shunt_manager_store_audit_lost_total", "counter",
			  "Changes whose AuditEvent could not be written.", store->audit_lost);
}

void store_kubernetes_closed(uv_handle_t *handle)
{
	struct store_kubernetes *store = handle->data;

	if (--store->handles == 0)
		free(store);
}

static void stop(struct store *base)
{
	struct store_kubernetes *store = (struct store_kubernetes *)base;

	kube_reflector_stop(store->contexts);
	store_kubernetes_writes_stop(store);
	store_kubernetes_share_stop(store);
	free(store->problem);
	store->handles = 2;
	uv_close((uv_handle_t *)&store->prune, store_kubernetes_closed);
	uv_close((uv_handle_t *)&store->share, store_kubernetes_closed);
}

static const struct store_operations operations = {
	.stop = stop,
	.is_ready = is_ready,
	.put = store_kubernetes_put,
	.remove = store_kubernetes_remove,
	.put_status = store_kubernetes_put_status,
	.audit_list = store_kubernetes_audit_list,
	.share = store_kubernetes_share,
	.metrics = metrics,
};

int store_kubernetes_start(uv_loop_t *loop, struct kube *kube, const char *manager,
			   const struct store_events *events, struct store **started,
			   struct problems *problems)
{
	static const struct kube_reflector_options options = {.path = STORE_KUBERNETES_API
							      "/contexts"};
	static const struct kube_reflector_events reflected = {
		.put = on_put, .removed = on_removed, .settled = on_settled, .problem = on_problem};
	struct store_kubernetes *store = calloc(1, sizeof(*store));
	int error;

	(void)problems;
	if (!store)
		return -ENOMEM;
	store->store.operations = &operations;
	store->loop = loop;
	store->kube = kube;
	store->events = *events;
	TAILQ_INIT(&store->writes);
	uv_timer_init(loop, &store->prune);
	uv_timer_init(loop, &store->share);
	store->prune.data = store->share.data = store;
	store->contexts = kube_reflector_start(kube, &options, &reflected, store);
	error = store->contexts ? store_kubernetes_share_start(store, manager) : -ENOMEM;
	if (error) {
		stop(&store->store);
		return error;
	}
	store_kubernetes_audit_start(store);
	*started = &store->store;
	return 0;
}
