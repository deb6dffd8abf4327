// SPDX-License-Identifier: Apache-2.0
/* Statements, transactions, and what their errors mean. */
#include "user/manager/store_sqlite.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void store_sqlite_describe_damage(const char *file, const char *what,
				  char text[STORE_SQLITE_PROBLEM_SIZE])
{
	snprintf(
		text, STORE_SQLITE_PROBLEM_SIZE,
		"%s: the database is damaged: %s. It is not used any more. Stop the manager, move "
		"the file and those beside it (-wal, -shm) away together and keep them, then put a "
		"backup in its place, or save what can be read: sqlite3 %s .recover | sqlite3 "
		"NEW-FILE",
		file, what, file);
}

static void set_not_ready(struct store_sqlite *store, bool for_good)
{
	store->broken |= for_good;
	memcpy(store->not_ready, store->problem, sizeof(store->not_ready));
}

int store_sqlite_fail(struct store_sqlite *store, int error, const char *format, ...)
{
	va_list arguments;
	int length;

	length = snprintf(store->problem, sizeof(store->problem), "%.512s: ", store->file);
	va_start(arguments, format);
	vsnprintf(store->problem + length, sizeof(store->problem) - (size_t)length, format,
		  arguments);
	va_end(arguments);
	return error;
}

int store_sqlite_damaged(struct store_sqlite *store, const char *what)
{
	store_sqlite_describe_damage(store->file, what, store->problem);
	set_not_ready(store, true);
	return -EIO;
}

static int note_failure(struct store_sqlite *store)
{
	const char *text = sqlite3_errmsg(store->db);

	switch (sqlite3_errcode(store->db)) {
	case SQLITE_BUSY:
		return store_sqlite_fail(store, -EBUSY,
					 "another process keeps the database locked; try again");
	case SQLITE_NOMEM:
		return store_sqlite_fail(store, -ENOMEM, "there is not enough memory");
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return store_sqlite_damaged(store, text);
	case SQLITE_FULL:
		/* The next write that succeeds, a heartbeat perhaps, makes it ready again. */
		store_sqlite_fail(store, -ENOSPC, "the disk is full; free space on it");
		set_not_ready(store, false);
		return -ENOSPC;
	default:
		/* After a failed sync nobody knows what is on the disk: nothing more is promised. */
		store_sqlite_fail(store, -EIO, "%s (%s); see to the disk, then restart the manager",
				  text, strerror(sqlite3_system_errno(store->db)));
		set_not_ready(store, true);
		return -EIO;
	}
}

sqlite3_stmt *store_sqlite_bind(struct store_sqlite *store, enum store_sqlite_statement number,
				const char *types, ...)
{
	sqlite3_stmt *statement = store->statements[number];
	va_list arguments;

	va_start(arguments, types);
	for (int i = 0; types[i]; i++) {
		if (types[i] == 't')
			sqlite3_bind_text(statement, i + 1, va_arg(arguments, const char *), -1,
					  SQLITE_STATIC);
		else
			sqlite3_bind_int64(statement, i + 1, va_arg(arguments, int64_t));
	}
	va_end(arguments);
	return statement;
}

int store_sqlite_step(struct store_sqlite *store, sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement), error = 0;

	if (result == SQLITE_ROW)
		return 1;
	if (result != SQLITE_DONE)
		error = note_failure(store);
	sqlite3_reset(statement);
	return error;
}

int store_sqlite_finish(struct store_sqlite *store, sqlite3_stmt *statement)
{
	int result;

	do
		result = store_sqlite_step(store, statement);
	while (result > 0);
	return result;
}

int store_sqlite_begin(struct store_sqlite *store, bool write)
{
	if (store->broken) {
		memcpy(store->problem, store->not_ready, sizeof(store->problem));
		return -EIO;
	}
	return store_sqlite_run(store, write ? STORE_SQLITE_BEGIN_WRITE : STORE_SQLITE_BEGIN, "");
}

int store_sqlite_end(struct store_sqlite *store, int error)
{
	if (!error)
		error = store_sqlite_run(store, STORE_SQLITE_COMMIT, "");
	/* SQLite may have rolled back by itself. */
	if (error && !sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return error;
}

void store_sqlite_set_synced(struct store_sqlite *store, bool synced)
{
	if (store->unsynced == !synced)
		return;
	store->unsynced = !synced;
	if (sqlite3_exec(store->db,
			 synced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", NULL,
			 NULL, NULL))
		store_sqlite_damaged(store, "how it is synced cannot be set");
}
