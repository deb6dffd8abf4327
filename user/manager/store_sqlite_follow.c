// SPDX-License-Identifier: Apache-2.0
/* Telling what has changed, by revision: after a write of our own, or when the file was touched. */
#include "user/manager/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "user/lib/arena.h"
#include "user/lib/array.h"

/* What was read in one transaction, to be told after it. */
struct changes_read {
	struct arena arena;
	struct store_sqlite_row *rows;
	size_t count, capacity;
	uint64_t revision;
	bool whole; /* all contexts there are; those that were told of and are not here are gone */
};

static const char *copy(struct arena *arena, const char *text, bool *failed)
{
	char *copied = text ? arena_copy(arena, text, strlen(text)) : NULL;

	*failed |= text && !copied;
	return copied;
}

static int keep(struct store_sqlite *store, struct changes_read *read,
		const struct store_sqlite_row *row)
{
	bool failed = array_grow(&read->rows, &read->capacity, read->count, sizeof(*row)) != 0;
	struct store_sqlite_row *kept;

	if (!failed) {
		kept = &read->rows[read->count];
		*kept = *row;
		kept->name = copy(&read->arena, row->name, &failed);
		kept->object = copy(&read->arena, row->object, &failed);
		kept->status = copy(&read->arena, row->status, &failed);
		kept->facts.uid = copy(&read->arena, row->facts.uid, &failed);
		kept->facts.created = copy(&read->arena, row->facts.created, &failed);
	}
	if (failed)
		return store_sqlite_fail(store, -ENOMEM, "there is not enough memory");
	read->count++;
	return 0;
}

static int read_rows(struct store_sqlite *store, struct changes_read *read, uint64_t after)
{
	sqlite3_stmt *changes = store_sqlite_bind(store, STORE_SQLITE_CHANGES, "i", (int64_t)after);
	struct store_sqlite_row row;
	int result, error = 0;

	while (!error && (result = store_sqlite_step(store, changes)) != 0) {
		error = result < 0 ? result : store_sqlite_read_row(store, changes, &row);
		if (!error)
			error = keep(store, read, &row);
	}
	sqlite3_reset(changes);
	return error;
}

static int read_state(struct store_sqlite *store, uint64_t *revision, uint64_t *pruned)
{
	sqlite3_stmt *state = store_sqlite_bind(store, STORE_SQLITE_STATE, "");
	int result = store_sqlite_step(store, state);

	if (result < 0)
		return result;
	if (!result)
		return store_sqlite_damaged(store, "the table state is empty");
	*revision = (uint64_t)sqlite3_column_int64(state, 0);
	*pruned = (uint64_t)sqlite3_column_int64(state, 1);
	return store_sqlite_finish(store, state);
}

static int read_changes(struct store_sqlite *store, struct changes_read *read)
{
	uint64_t pruned = 0;
	int error = store_sqlite_begin(store, false);

	if (error)
		return error;
	error = read_state(store, &read->revision, &pruned);
	/* Notes of removals are missing, or the file's content was replaced by an older one. */
	read->whole =
		!store->loaded || store->revision < pruned || read->revision < store->revision;
	if (!error && (read->whole || read->revision != store->revision))
		error = read_rows(store, read, read->whole ? 0 : store->revision);
	return store_sqlite_end(store, error);
}

static void tell_removed(struct store_sqlite *store, const char *name, uint64_t revision)
{
	if (json_object_del(store->told, name) == 0)
		store->events.removed(store->events.argument, name, revision);
}

/* A new reference. What we have written just now need not be read. */
static json_t *object_of(const struct store_sqlite *store, const struct store_sqlite_row *row)
{
	if (store->written && store->written_revision == row->facts.revision)
		return json_incref(store->written);
	return store_sqlite_object(row);
}

static int tell_put(struct store_sqlite *store, const struct store_sqlite_row *row)
{
	json_int_t revision = (json_int_t)row->facts.revision;
	json_t *object;

	if (json_integer_value(json_object_get(store->told, row->name)) == revision)
		return 0;
	object = object_of(store, row);
	if (!object)
		return store_sqlite_damaged(store, "a context is no JSON");
	json_object_set_new(store->told, row->name, json_integer(revision));
	store->events.put(store->events.argument, object, row->facts.revision);
	json_decref(object);
	return 0;
}

static void tell_missing(struct store_sqlite *store, const struct changes_read *read)
{
	json_t *present = json_object(), *value;
	const char *name;
	void *next;

	for (size_t i = 0; i < read->count; i++) {
		if (read->rows[i].object)
			json_object_set_new(present, read->rows[i].name, json_true());
	}
	json_object_foreach_safe(store->told, next, name, value)
	{
		/* The name's text goes with the entry. */
		char *gone = json_object_get(present, name) ? NULL : strdup(name);

		if (gone)
			tell_removed(store, gone, read->revision);
		free(gone);
	}
	json_decref(present);
}

static int tell(struct store_sqlite *store, const struct changes_read *read)
{
	int error = 0;

	for (size_t i = 0; !error && i < read->count; i++) {
		const struct store_sqlite_row *row = &read->rows[i];

		if (row->object)
			error = tell_put(store, row);
		else
			tell_removed(store, row->name, row->facts.revision);
	}
	if (error)
		return error;
	if (read->whole)
		tell_missing(store, read);
	store->reloads += store->loaded && read->whole;
	if (!store->loaded || read->revision != store->revision) {
		store->loaded = true;
		store->revision = read->revision;
		store->events.settled(store->events.argument, read->revision);
	}
	return 0;
}

static int follow_once(struct store_sqlite *store)
{
	struct changes_read read = {0};
	int error = read_changes(store, &read);

	if (!error)
		error = tell(store, &read);
	free(read.rows);
	arena_clear(&read.arena);
	return error;
}

void store_sqlite_follow(struct store_sqlite *store)
{
	int error = 0;

	store->ahead = true;
	/* What is told may lead to writes: their changes come after those that are being told. */
	if (store->telling)
		return;
	store->telling = true;
	while (!error && store->ahead) {
		store->ahead = false;
		error = follow_once(store);
	}
	store->telling = false;
	/* The poll looks again. */
	if (error)
		store->data_version = 0;
}
