// SPDX-License-Identifier: Apache-2.0
/*
 * What each manager knows of its agents, in a row of its own. These writes need not survive a crash
 * of the machine, so they are not synced.
 */
#include "user/manager/store_sqlite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/clock.h"

#define SHARE_MS 200 /* the least time between two writes */
#define RENEW_MS 10000
#define GONE (30 * CLOCK_SECOND)

/* text NULL: only the time. -ENOENT where the row is not there then. */
static int write_own(struct store_sqlite *store, const char *text)
{
	int64_t wall = (int64_t)clock_wall();
	bool renewed;
	int error;

	store_sqlite_set_synced(store, false);
	error = store_sqlite_begin(store, true);
	if (!error && text)
		error = store_sqlite_run(store, STORE_SQLITE_SHARE, "tti", store->manager, text,
					 wall);
	else if (!error)
		error = store_sqlite_run(store, STORE_SQLITE_HEARTBEAT, "ti", store->manager, wall);
	renewed = sqlite3_changes(store->db) > 0;
	if (!error)
		error = store_sqlite_run(store, STORE_SQLITE_PRUNE_MANAGERS, "i",
					 wall - (int64_t)GONE);
	error = store_sqlite_end(store, error);
	if (!error && !store->broken)
		store->not_ready[0] = '\0';
	return error || renewed ? error : -ENOENT;
}

static void share_now(struct store_sqlite *store)
{
	char *text = json_dumps(store->nodes, JSON_COMPACT);

	store->shared_at = uv_now(store->loop);
	/* What could not be written is tried again when it is renewed. */
	store->shared = text && write_own(store, text) == 0;
	free(text);
	if (store->shared)
		store_sqlite_notify(store);
}

static void on_share(uv_timer_t *timer)
{
	struct store_sqlite *store = timer->data;

	if (!store->shared)
		share_now(store);
}

void store_sqlite_share(struct store *base, json_t *nodes)
{
	struct store_sqlite *store = (struct store_sqlite *)base;
	uint64_t since = uv_now(store->loop) - store->shared_at;

	json_decref(store->nodes);
	store->nodes = json_deep_copy(nodes);
	store->shared = false;
	if (!uv_is_active((uv_handle_t *)&store->share))
		uv_timer_start(&store->share, on_share, since < SHARE_MS ? SHARE_MS - since : 0, 0);
}

void store_sqlite_renew(struct store_sqlite *store)
{
	if (uv_now(store->loop) - store->shared_at < RENEW_MS)
		return;
	store->shared_at = uv_now(store->loop);
	/* Also without agents: a write that succeeds shows that the store is well. */
	if (write_own(store, NULL) == -ENOENT)
		store->shared = false; /* after a long pause, others have dropped the row */
	if (store->nodes && !store->shared)
		share_now(store);
}

void store_sqlite_leave(struct store_sqlite *store)
{
	if (!store->shared || store_sqlite_begin(store, true))
		return;
	if (!store_sqlite_end(store,
			      store_sqlite_run(store, STORE_SQLITE_LEAVE, "t", store->manager)))
		store_sqlite_notify(store);
}

static void tell_nodes(struct store_sqlite *store, const char *manager, json_int_t version)
{
	sqlite3_stmt *read = store_sqlite_bind(store, STORE_SQLITE_NODES, "t", manager);
	json_t *nodes = NULL;

	if (store_sqlite_step(store, read) > 0)
		nodes = json_loads((const char *)sqlite3_column_text(read, 0), 0, NULL);
	sqlite3_reset(read);
	if (!nodes)
		return;
	json_object_set_new(store->managers, manager, json_integer(version));
	store->events.shared(store->events.argument, manager, nodes);
	json_decref(nodes);
}

/* The managers that are there now, name → version. NULL where they cannot be read. */
static json_t *read_managers(struct store_sqlite *store)
{
	sqlite3_stmt *list = store_sqlite_bind(store, STORE_SQLITE_MANAGERS, "t", store->manager);
	int64_t oldest = (int64_t)(clock_wall() - GONE);
	json_t *present = json_object();
	int result;

	while ((result = store_sqlite_step(store, list)) > 0) {
		if (sqlite3_column_int64(list, 2) >= oldest)
			json_object_set_new(present, (const char *)sqlite3_column_text(list, 0),
					    json_integer(sqlite3_column_int64(list, 1)));
	}
	if (!result)
		return present;
	json_decref(present);
	return NULL;
}

void store_sqlite_follow_managers(struct store_sqlite *store)
{
	json_t *present, *value;
	const char *name;
	void *next;

	if (store->broken)
		return;
	present = read_managers(store);
	if (!present)
		return;
	json_object_foreach_safe(store->managers, next, name, value)
	{
		char *gone = json_object_get(present, name) ? NULL : strdup(name);

		if (!gone)
			continue;
		json_object_del(store->managers, gone);
		store->events.shared(store->events.argument, gone, NULL);
		free(gone);
	}
	json_object_foreach(present, name, value)
	{
		if (json_integer_value(json_object_get(store->managers, name)) !=
		    json_integer_value(value))
			tell_nodes(store, name, json_integer_value(value));
	}
	json_decref(present);
}
