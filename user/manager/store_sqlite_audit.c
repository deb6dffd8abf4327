// SPDX-License-Identifier: Apache-2.0
/* The record of who changed what. */
#include "user/manager/store_sqlite.h"

#include "user/lib/clock.h"

#define ENTRIES_KEPT 100000
#define DAYS_KEPT 90
#define DAY (24ULL * 60 * 60 * CLOCK_SECOND)
#define PRUNE_MS (60 * 1000) /* the least time between two prunings */
#define PRUNE_EVERY 256 /* revisions, likewise */
#define PRUNED_MAX 2000 /* rows at once, so that no write takes long */

static int prune(struct store_sqlite *store, uint64_t wall)
{
	store->audit_pruned_at = uv_now(store->loop);
	return store_sqlite_run(store, STORE_SQLITE_PRUNE_AUDIT, "iii",
				(int64_t)(wall - DAYS_KEPT * DAY), (int64_t)ENTRIES_KEPT,
				(int64_t)PRUNED_MAX);
}

int store_sqlite_audit(struct store_sqlite *store, const struct store_audit *audit,
		       const char *context, uint64_t revision)
{
	uint64_t wall = clock_wall();
	int error =
		store_sqlite_run(store, STORE_SQLITE_AUDIT, "itttti", (int64_t)wall, audit->actor,
				 audit->action, context, audit->detail, (int64_t)revision);

	if (!error && (revision % PRUNE_EVERY == 0 ||
		       uv_now(store->loop) - store->audit_pruned_at > PRUNE_MS))
		error = prune(store, wall);
	return error;
}

static sqlite3_stmt *bind_query(struct store_sqlite *store, const struct store_audit_query *query)
{
	int64_t before =
		query->before && query->before < INT64_MAX ? (int64_t)query->before : INT64_MAX;
	int64_t limit = query->limit;

	if (query->context && query->actor)
		return store_sqlite_bind(store, STORE_SQLITE_AUDIT_LIST_BOTH, "itti", before,
					 query->context, query->actor, limit);
	if (query->context)
		return store_sqlite_bind(store, STORE_SQLITE_AUDIT_LIST_CONTEXT, "iti", before,
					 query->context, limit);
	if (query->actor)
		return store_sqlite_bind(store, STORE_SQLITE_AUDIT_LIST_ACTOR, "iti", before,
					 query->actor, limit);
	return store_sqlite_bind(store, STORE_SQLITE_AUDIT_LIST, "ii", before, limit);
}

static json_t *text_of(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text ? json_string(text) : json_null();
}

static json_t *entry_of(sqlite3_stmt *statement)
{
	char time[FORMAT_SIZE];

	return json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:I}", "id",
			 (json_int_t)sqlite3_column_int64(statement, 0), "time",
			 format_timestamp((uint64_t)sqlite3_column_int64(statement, 1), time),
			 "actor", text_of(statement, 2), "action", text_of(statement, 3), "context",
			 text_of(statement, 4), "detail", text_of(statement, 5), "revision",
			 (json_int_t)sqlite3_column_int64(statement, 6));
}

static int read_entries(struct store_sqlite *store, const struct store_audit_query *query,
			json_t *entries)
{
	sqlite3_stmt *list = bind_query(store, query);
	int result, error = 0;

	while (!error && (result = store_sqlite_step(store, list)) != 0) {
		error = result < 0 ? result : 0;
		if (!error && json_array_append_new(entries, entry_of(list)))
			error = store_sqlite_damaged(store, "the record of changes is no text");
	}
	sqlite3_reset(list);
	return error;
}

void store_sqlite_audit_list(struct store *base, const struct store_audit_query *query,
			     store_audit_done done, void *argument)
{
	struct store_sqlite *store = (struct store_sqlite *)base;
	json_t *entries = json_array();
	int error = store_sqlite_begin(store, false);

	if (!error)
		error = store_sqlite_end(store, read_entries(store, query, entries));
	if (error)
		done(argument, NULL, store->problem);
	else
		done(argument, entries, NULL);
	json_decref(entries);
}
