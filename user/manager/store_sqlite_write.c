// SPDX-License-Identifier: Apache-2.0
/* Changes of contexts: compare, write, record, commit; then tell. */
#include "user/manager/store_sqlite.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/clock.h"

#define REMOVALS_KEPT 10000

/* What is to become of a context. */
struct change {
	struct store_sqlite *store;
	const char *name;
	json_t *wanted; /* NULL where it is not put */
	json_t *status; /* NULL where it is not put */
	const char *expected;
	const struct store_audit *audit;
	bool put; /* spec, labels and annotations are put; else status is, or it is removed */
	uint64_t revision;
	json_t *object; /* as it is in the store now */
};

static int next_revision(struct change *change)
{
	struct store_sqlite *store = change->store;
	sqlite3_stmt *next = store_sqlite_bind(store, STORE_SQLITE_NEXT_REVISION, "");
	int result = store_sqlite_step(store, next);

	if (result < 0)
		return result;
	if (!result)
		return store_sqlite_damaged(store, "the table state is empty");
	change->revision = (uint64_t)sqlite3_column_int64(next, 0);
	return store_sqlite_finish(store, next);
}

/* Whether the context is at the version that the caller knows. found as of store_sqlite_find(). */
static int compare(const struct change *change, int found, const struct store_sqlite_row *row)
{
	char revision[24];

	if (found < 0)
		return found;
	if (!change->expected)
		return found ? store_sqlite_fail(change->store, -EEXIST,
						 "context %s is there already", change->name)
			     : 0;
	if (!found)
		return store_sqlite_fail(change->store, -ENOENT, "there is no context %s",
					 change->name);
	snprintf(revision, sizeof(revision), "%" PRIu64, row->facts.revision);
	if (strcmp(revision, change->expected) != 0)
		return store_sqlite_fail(change->store, -EAGAIN,
					 "context %s has been changed meanwhile: it is at version "
					 "%s; read it again",
					 change->name, revision);
	return 0;
}

static int write_and_note(struct change *change, struct store_sqlite_row *row)
{
	struct store_sqlite *store = change->store;
	int error = next_revision(change);

	if (error)
		return error;
	row->facts.revision = change->revision;
	error = store_sqlite_write_row(store, row);
	if (!error && change->audit)
		error = store_sqlite_audit(store, change->audit, change->name, change->revision);
	if (error)
		return error;
	change->object = store_sqlite_object(row);
	return change->object ? 0 : store_sqlite_fail(store, -ENOMEM, "there is not enough memory");
}

/* The row as it is stays: nothing has changed, as Kubernetes sees it too. */
static int leave(struct change *change, const struct store_sqlite_row *row)
{
	change->revision = row->facts.revision;
	change->object = store_sqlite_object(row);
	return change->object ? 0 : store_sqlite_damaged(change->store, "a context is no JSON");
}

static int create(struct change *change, const char *text)
{
	char uid[STORE_UID_SIZE], created[FORMAT_SIZE];
	struct store_sqlite_row row = {
		.name = change->name,
		.object = text,
		.facts = {.uid = uid, .generation = 1},
	};
	int error = store_object_uid(uid);

	if (error)
		return store_sqlite_fail(change->store, error, "no random bytes for an uid");
	row.facts.created = store_object_time(clock_wall(), created);
	return write_and_note(change, &row);
}

static int replace(struct change *change, struct store_sqlite_row *row, const char *text)
{
	json_t *present = json_loads(row->object, 0, NULL);
	bool same = present && json_equal(present, change->wanted);

	if (present && !store_object_same_spec(present, change->wanted))
		row->facts.generation++;
	json_decref(present);
	if (!present)
		return store_sqlite_damaged(change->store, "a context is no JSON");
	if (same)
		return leave(change, row);
	row->object = text;
	return write_and_note(change, row);
}

static int put(struct change *change, int found, struct store_sqlite_row *row)
{
	char *text = json_dumps(change->wanted, JSON_COMPACT);
	int error;

	if (!text)
		return store_sqlite_fail(change->store, -ENOMEM, "there is not enough memory");
	error = found ? replace(change, row, text) : create(change, text);
	free(text);
	return error;
}

static int put_status(struct change *change, struct store_sqlite_row *row)
{
	char *text = json_dumps(change->status, JSON_COMPACT | JSON_SORT_KEYS);
	int error;

	if (!text)
		return store_sqlite_fail(change->store, -ENOMEM, "there is not enough memory");
	if (row->status && strcmp(row->status, text) == 0) {
		error = leave(change, row);
	} else {
		row->status = text;
		error = write_and_note(change, row);
	}
	free(text);
	return error;
}

/* Others find a removal by its note. Who has been away for more than are kept reads all again. */
static int prune_removals(struct store_sqlite *store)
{
	sqlite3_stmt *prune;
	int64_t pruned = 0;
	int result;

	prune = store_sqlite_bind(store, STORE_SQLITE_PRUNE_REMOVALS, "i", (int64_t)REMOVALS_KEPT);
	while ((result = store_sqlite_step(store, prune)) > 0) {
		if (sqlite3_column_int64(prune, 0) > pruned)
			pruned = sqlite3_column_int64(prune, 0);
	}
	if (result || !pruned)
		return result;
	return store_sqlite_run(store, STORE_SQLITE_SET_PRUNED, "i", pruned);
}

static int remove_row(struct change *change)
{
	struct store_sqlite *store = change->store;
	int error = next_revision(change);

	if (!error)
		error = store_sqlite_run(store, STORE_SQLITE_DELETE, "t", change->name);
	if (!error)
		error = store_sqlite_run(store, STORE_SQLITE_NOTE_REMOVAL, "it",
					 (int64_t)change->revision, change->name);
	if (!error && change->revision % 64 == 0)
		error = prune_removals(store);
	if (!error && change->audit)
		error = store_sqlite_audit(store, change->audit, change->name, change->revision);
	return error;
}

static int change_context(struct change *change)
{
	struct store_sqlite *store = change->store;
	struct store_sqlite_row row;
	int found, error;

	/* A status that is lost is made again. */
	store_sqlite_set_synced(store, !change->status);
	error = store_sqlite_begin(store, true);
	if (error)
		return error;
	found = store_sqlite_find(store, change->name, &row);
	error = compare(change, found, &row);
	if (!error && change->put)
		error = put(change, found, &row);
	else if (!error && change->status)
		error = put_status(change, &row);
	else if (!error)
		error = remove_row(change);
	sqlite3_reset(store->statements[STORE_SQLITE_FIND]);
	return store_sqlite_end(store, error);
}

static void count(struct store_sqlite *store, int error, uint64_t started)
{
	if (!error) {
		store->counts.writes++;
		store->counts.write_ns += clock_monotonic() - started;
		if (!store->broken)
			store->not_ready[0] = '\0';
	} else if (error == -EAGAIN || error == -EEXIST || error == -ENOENT) {
		store->counts.conflicts++;
	} else {
		store->counts.failures++;
	}
}

static void run(struct change *change, store_done done, void *argument)
{
	struct store_sqlite *store = change->store;
	struct store_result result = {0};
	uint64_t started = clock_monotonic();
	char *problem = NULL;

	result.error = change_context(change);
	count(store, result.error, started);
	if (result.error) {
		/* A copy: what done() calls may fail too. */
		problem = strdup(store->problem);
		result.problem = problem ? problem : "there is not enough memory";
	} else {
		result.object = change->object;
		result.revision = change->revision;
		store->written = change->object;
		store->written_revision = change->revision;
		store_sqlite_notify(store);
		store_sqlite_follow(store);
		store->written = NULL;
	}
	done(argument, &result);
	json_decref(change->object);
	free(problem);
}

void store_sqlite_put(struct store *base, json_t *object, const char *expected,
		      const struct store_audit *audit, store_done done, void *argument)
{
	struct change change = {
		.store = (struct store_sqlite *)base,
		.name = store_object_name(object),
		.wanted = store_object_wanted(object),
		.expected = expected,
		.audit = audit,
		.put = true,
	};
	struct store_result result = {.error = -ENOMEM, .problem = "there is not enough memory"};

	if (change.wanted)
		run(&change, done, argument);
	else
		done(argument, &result);
	json_decref(change.wanted);
}

void store_sqlite_remove(struct store *base, const char *name, const char *expected,
			 const struct store_audit *audit, store_done done, void *argument)
{
	struct change change = {
		.store = (struct store_sqlite *)base,
		.name = name,
		.expected = expected ? expected : "",
		.audit = audit,
	};

	run(&change, done, argument);
}

void store_sqlite_put_status(struct store *base, const char *name, json_t *status,
			     const char *expected, store_done done, void *argument)
{
	struct change change = {
		.store = (struct store_sqlite *)base,
		.name = name,
		.status = status,
		.expected = expected ? expected : "",
	};

	run(&change, done, argument);
}
