// SPDX-License-Identifier: Apache-2.0
/*
 * Rows of contexts. Each has a checksum: SQLite finds pages that are no pages, but not bytes that
 * have changed within a text.
 */
#include "user/manager/store_sqlite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

static uLong add(uLong sum, const char *text)
{
	/* With the NUL, so that text does not move from one column to the next unnoticed. */
	return text ? crc32(sum, (const Bytef *)text, (uInt)strlen(text) + 1) : sum;
}

static int64_t checksum(const struct store_sqlite_row *row)
{
	char numbers[48];
	uLong sum = crc32(0, NULL, 0);

	snprintf(numbers, sizeof(numbers), "%" PRIu64 " %" PRIu64, row->facts.generation,
		 row->facts.revision);
	sum = add(sum, row->name);
	sum = add(sum, row->object);
	sum = add(sum, row->status);
	sum = add(sum, row->facts.uid);
	sum = add(sum, row->facts.created);
	return (int64_t)add(sum, numbers);
}

static const char *text_of(sqlite3_stmt *statement, int column)
{
	return (const char *)sqlite3_column_text(statement, column);
}

int store_sqlite_read_row(struct store_sqlite *store, sqlite3_stmt *statement,
			  struct store_sqlite_row *row)
{
	*row = (struct store_sqlite_row){
		.name = text_of(statement, 0),
		.object = text_of(statement, 1),
		.status = text_of(statement, 2),
		.facts = {.uid = text_of(statement, 3),
			  .created = text_of(statement, 4),
			  .generation = (uint64_t)sqlite3_column_int64(statement, 5),
			  .revision = (uint64_t)sqlite3_column_int64(statement, 6)},
	};
	if (!row->name)
		return store_sqlite_damaged(store, "a context has no name");
	if (sqlite3_column_type(statement, 7) == SQLITE_NULL && !row->object)
		return 0;
	if (!row->object || !row->facts.uid || !row->facts.created ||
	    sqlite3_column_int64(statement, 7) != checksum(row))
		return store_sqlite_damaged(store, "the checksum of a context is wrong");
	return 0;
}

int store_sqlite_find(struct store_sqlite *store, const char *name, struct store_sqlite_row *row)
{
	sqlite3_stmt *find = store_sqlite_bind(store, STORE_SQLITE_FIND, "t", name);
	int result = store_sqlite_step(store, find);
	int error;

	if (result <= 0)
		return result;
	error = store_sqlite_read_row(store, find, row);
	return error ? error : 1;
}

int store_sqlite_write_row(struct store_sqlite *store, const struct store_sqlite_row *row)
{
	return store_sqlite_run(store, STORE_SQLITE_WRITE, "tttttiii", row->name, row->object,
				row->status, row->facts.uid, row->facts.created,
				(int64_t)row->facts.generation, (int64_t)row->facts.revision,
				checksum(row));
}

json_t *store_sqlite_object(const struct store_sqlite_row *row)
{
	json_t *object = json_loads(row->object, 0, NULL), *status = NULL;
	bool good = object;

	if (good && row->status) {
		status = json_loads(row->status, 0, NULL);
		good = status;
	}
	good = good && store_object_fill(object, &row->facts, status) == 0;
	json_decref(status);
	if (good)
		return object;
	json_decref(object);
	return NULL;
}
