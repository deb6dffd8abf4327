// SPDX-License-Identifier: Apache-2.0
/* What the parts of the manager tell each other. */
#include <string.h>
#include <stdlib.h>
#include <time.h>
#include "user/lib/array.h"
#include "user/lib/log.h"
#include "user/manager/manager.h"

#define ABSENCE_MS 11000 /* agents try again after 10 s at most */
#define EXPIRY_MS_MAX (60 * 60 * 1000) /* then it is looked at again: the clock may be set */

static void check(int error, const char *what)
{
	if (error)
		log_line("cannot %s: %s", what, strerror(-error));
}

static void on_expiry(uv_timer_t *timer);

static void set_expiry_timer(struct manager *manager)
{
	time_t at = catalog_next_expiry(manager->catalog), now = time(NULL);
	uint64_t wait;

	if (!at) {
		uv_timer_stop(&manager->expiry);
		return;
	}
	wait = at > now ? (uint64_t)(at - now) * 1000 : 0;
	uv_timer_start(&manager->expiry, on_expiry, wait < EXPIRY_MS_MAX ? wait : EXPIRY_MS_MAX, 0);
}

static void on_expiry(uv_timer_t *timer)
{
	struct manager *manager = timer->data;

	check(catalog_expire(manager->catalog, time(NULL)), "leave out expired contexts");
	set_expiry_timer(manager);
}

void manager_forget_touched(struct manager *manager)
{
	for (size_t i = 0; i < manager->touched_count; i++)
		free(manager->touched[i]);
	manager->touched_count = 0;
}

static void on_flush(uv_timer_t *timer)
{
	struct manager *manager = timer->data;

	check(catalog_flush(manager->catalog), "resolve contexts");
	for (size_t i = 0; i < manager->touched_count; i++)
		api_context_changed(manager->api, manager->touched[i]);
	manager_forget_touched(manager);
	set_expiry_timer(manager);
}

/* Everything that comes in this turn of the loop is resolved and published as one. */
static void flush_soon(struct manager *manager)
{
	if (!uv_is_active((uv_handle_t *)&manager->flush))
		uv_timer_start(&manager->flush, on_flush, 0, 0);
}

static void touch(struct manager *manager, const char *name)
{
	char *copy = strdup(name);

	if (!copy || array_grow(&manager->touched, &manager->touched_capacity,
				manager->touched_count, sizeof(*manager->touched)))
		free(copy);
	else
		manager->touched[manager->touched_count++] = copy;
	flush_soon(manager);
}

static void on_put(void *argument, json_t *object, uint64_t revision)
{
	struct manager *manager = argument;
	const char *name =
		json_string_value(json_object_get(json_object_get(object, "metadata"), "name"));

	check(catalog_put(manager->catalog, object, revision), "take a context");
	if (name)
		touch(manager, name);
}

static void on_removed(void *argument, const char *name, uint64_t revision)
{
	struct manager *manager = argument;

	check(catalog_remove(manager->catalog, name, revision), "remove a context");
	touch(manager, name);
}

static void on_settled(void *argument, uint64_t revision)
{
	struct manager *manager = argument;

	catalog_settled(manager->catalog, revision);
	flush_soon(manager);
}

static void on_shared(void *argument, const char *name, json_t *nodes)
{
	struct manager *manager = argument;

	publisher_shared(manager->publisher, name, nodes);
}

struct store_events manager_store_events(struct manager *manager)
{
	return (struct store_events){.put = on_put,
				     .removed = on_removed,
				     .settled = on_settled,
				     .shared = on_shared,
				     .argument = manager};
}

static void on_cluster(void *argument, const struct object_set *objects)
{
	struct manager *manager = argument;

	check(catalog_set_cluster(manager->catalog, objects), "resolve the cluster's objects");
	flush_soon(manager);
}

struct cluster_events manager_cluster_events(struct manager *manager)
{
	return (struct cluster_events){.changed = on_cluster, .argument = manager};
}

static void on_changed(void *argument, const struct changes *changes, uint64_t revision)
{
	struct manager *manager = argument;

	check(publisher_publish(manager->publisher, changes, revision), "publish a generation");
}

static void on_status(void *argument, const char *name)
{
	struct manager *manager = argument;

	status_writer_add(manager->status_writer, name);
	if (manager->api)
		api_context_changed(manager->api, name);
}

struct catalog_events manager_catalog_events(struct manager *manager)
{
	return (struct catalog_events){
		.changed = on_changed, .status = on_status, .argument = manager};
}

static int take_snapshot(void *argument, struct changes *changes)
{
	const struct manager *manager = argument;

	return catalog_snapshot(manager->catalog, changes);
}

static void on_used(void *argument, const char *context, const char *service, uint64_t requests)
{
	struct manager *manager = argument;

	if (requests)
		catalog_used(manager->catalog, context, service, time(NULL));
}

static void on_share(void *argument, json_t *nodes)
{
	struct manager *manager = argument;

	if (manager->store)
		store_share(manager->store, nodes);
}

struct publisher_options manager_publisher_options(struct manager *manager)
{
	return (struct publisher_options){.instance = manager->instance,
					  .name = manager->name,
					  .absence_ms = ABSENCE_MS,
					  .snapshot = take_snapshot,
					  .used = on_used,
					  .share = on_share,
					  .argument = manager};
}

void manager_init_timers(struct manager *manager)
{
	uv_timer_init(&manager->loop, &manager->flush);
	uv_timer_init(&manager->loop, &manager->expiry);
	uv_timer_init(&manager->loop, &manager->rotation);
	manager->flush.data = manager->expiry.data = manager->rotation.data = manager;
}
