// SPDX-License-Identifier: Apache-2.0
/*
 * What each manager knows of its agents, in a ConfigMap of its own. A manager is gone when its
 * ConfigMap was not renewed for some time, by our own clock.
 */
#include "user/manager/store_kubernetes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/log.h"

#define SHARE_MS 200 /* the least time between two writes */
#define RENEW_MS 10000
#define GONE_MS 30000
#define REMOVE_MS (10 * 60 * 1000) /* then what it left is removed */
#define SELECTOR "shunt.dev/manager=true"
#define PREFIX "shunt-manager-"
#define DATA "nodes"
#define RENEWALS "shunt.dev/renewals" /* an annotation that differs each time */

struct store_kubernetes_peer {
	char *name; /* of its ConfigMap */
	uint64_t renewed; /* ms of the loop: when we were told of it */
	bool told; /* that it is there */
};

static struct store_kubernetes_peer *find_peer(struct store_kubernetes *store, const char *name)
{
	for (size_t i = 0; i < store->peer_count; i++)
		if (strcmp(store->peers[i].name, name) == 0)
			return &store->peers[i];
	return NULL;
}

static struct store_kubernetes_peer *add_peer(struct store_kubernetes *store, const char *name)
{
	struct store_kubernetes_peer *peer = find_peer(store, name);
	char *copy;

	if (peer || array_grow(&store->peers, &store->peer_capacity, store->peer_count,
			       sizeof(*store->peers)))
		return peer;
	copy = strdup(name);
	if (!copy)
		return NULL;
	peer = &store->peers[store->peer_count++];
	*peer = (struct store_kubernetes_peer){.name = copy};
	return peer;
}

static void tell(struct store_kubernetes *store, const char *name, json_t *nodes)
{
	store->events.shared(store->events.argument, name + strlen(PREFIX), nodes);
}

static const char *peer_name(const struct store_kubernetes *store, json_t *object)
{
	const char *name =
		json_string_value(json_object_get(json_object_get(object, "metadata"), "name"));

	return name && strcmp(name, store->own) && strncmp(name, PREFIX, strlen(PREFIX)) == 0
		       ? name
		       : NULL;
}

static void on_put(void *argument, json_t *object)
{
	struct store_kubernetes *store = argument;
	const char *name = peer_name(store, object);
	const char *text =
		json_string_value(json_object_get(json_object_get(object, "data"), DATA));
	struct store_kubernetes_peer *peer = name ? add_peer(store, name) : NULL;
	json_t *nodes;

	if (!peer)
		return;
	peer->renewed = uv_now(store->loop);
	nodes = text ? json_loads(text, 0, NULL) : NULL;
	if (json_is_object(nodes)) {
		peer->told = true;
		tell(store, name, nodes);
	}
	json_decref(nodes);
}

static void forget(struct store_kubernetes *store, struct store_kubernetes_peer *peer)
{
	if (peer->told)
		tell(store, peer->name, NULL);
	peer->told = false;
}

static void drop(struct store_kubernetes *store, struct store_kubernetes_peer *peer)
{
	forget(store, peer);
	free(peer->name);
	*peer = store->peers[--store->peer_count];
}

static void on_removed(void *argument, const char *namespace, const char *name)
{
	struct store_kubernetes *store = argument;
	struct store_kubernetes_peer *peer = find_peer(store, name);

	(void)namespace;
	if (peer)
		drop(store, peer);
}

static void on_problem(void *argument, const char *problem)
{
	(void)argument;
	if (problem)
		log_line("what other managers share: %s", problem);
}

static void remove_leftover(struct store_kubernetes *store, const char *name)
{
	char path[2 * STORE_KUBERNETES_PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", store->path, name);
	kube_request(store->kube, "DELETE", path, NULL, NULL, NULL, NULL);
}

static void look_after_peers(struct store_kubernetes *store)
{
	uint64_t now = uv_now(store->loop);

	for (size_t i = store->peer_count; i-- > 0;) {
		struct store_kubernetes_peer *peer = &store->peers[i];

		if (now < peer->renewed + GONE_MS)
			continue;
		forget(store, peer);
		if (now >= peer->renewed + REMOVE_MS) {
			remove_leftover(store, peer->name);
			drop(store, peer);
		}
	}
}

static void on_timer(uv_timer_t *timer);

static void arm(struct store_kubernetes *store)
{
	uint64_t wait = store->changed ? SHARE_MS : RENEW_MS;
	uint64_t at = store->shared_at + wait, now = uv_now(store->loop);

	uv_timer_start(&store->share, on_timer, at > now ? at - now : 0, 0);
}

/* ConfigMap as it is written; NULL for want of memory. */
static json_t *make(struct store_kubernetes *store)
{
	char *text = json_dumps(store->nodes, JSON_COMPACT);
	char renewals[24];
	json_t *map;

	snprintf(renewals, sizeof(renewals), "%llu", (unsigned long long)store->shared_at);
	map = text ? json_pack("{s:s, s:s, s:{s:s, s:{s:s}, s:{s:s}}, s:{s:s}}", "apiVersion", "v1",
			       "kind", "ConfigMap", "metadata", "name", store->own, "labels",
			       "shunt.dev/manager", "true", "annotations", RENEWALS, renewals,
			       "data", DATA, text)
		   : NULL;
	free(text);
	return map;
}

static void on_shared(void *argument, const struct kube_answer *answer)
{
	struct store_kubernetes *store = argument;

	store->sharing = false;
	if (answer->problem)
		log_line("other managers cannot be told of agents: %s", answer->problem);
	arm(store);
}

static void on_replaced(void *argument, const struct kube_answer *answer)
{
	struct store_kubernetes *store = argument;
	json_t *map;

	/* A PUT without resourceVersion replaces whatever is there; it is made the first time. */
	if (answer->status != 404) {
		on_shared(argument, answer);
		return;
	}
	map = make(store);
	if (!map || kube_request(store->kube, "POST", store->path, NULL, map, on_shared, store)) {
		store->sharing = false;
		arm(store);
	}
	json_decref(map);
}

static void on_timer(uv_timer_t *timer)
{
	struct store_kubernetes *store = timer->data;
	char path[2 * STORE_KUBERNETES_PATH_SIZE];
	json_t *map;

	look_after_peers(store);
	store->shared_at = uv_now(store->loop);
	map = store->nodes && !store->sharing ? make(store) : NULL;
	snprintf(path, sizeof(path), "%s/%s", store->path, store->own);
	store->changed = false;
	if (map && !kube_request(store->kube, "PUT", path, NULL, map, on_replaced, store))
		store->sharing = true;
	json_decref(map);
	if (!store->sharing)
		arm(store);
}

void store_kubernetes_share(struct store *base, json_t *nodes)
{
	struct store_kubernetes *store = (struct store_kubernetes *)base;

	json_decref(store->nodes);
	store->nodes = json_incref(nodes);
	store->changed = true;
	if (!store->sharing)
		arm(store);
}

int store_kubernetes_share_start(struct store_kubernetes *store, const char *manager)
{
	static const struct kube_reflector_events events = {
		.put = on_put, .removed = on_removed, .problem = on_problem};
	struct kube_reflector_options options = {.path = store->path, .label_selector = SELECTOR};

	snprintf(store->path, sizeof(store->path), "/api/v1/namespaces/%s/configmaps",
		 kube_namespace(store->kube));
	snprintf(store->own, sizeof(store->own), PREFIX "%s", manager);
	store->shares = kube_reflector_start(store->kube, &options, &events, store);
	if (!store->shares)
		return -ENOMEM;
	arm(store);
	return 0;
}

void store_kubernetes_share_stop(struct store_kubernetes *store)
{
	kube_reflector_stop(store->shares);
	for (size_t i = 0; i < store->peer_count; i++)
		free(store->peers[i].name);
	free(store->peers);
	json_decref(store->nodes);
}
