// SPDX-License-Identifier: Apache-2.0
/* Opening the file: refused is whatever is not a sound database of ours that can be written. */
#include "user/manager/store_sqlite.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "user/manager/store_sqlite_create.h"

#define BUSY_MS 2000

static const char *const statements[] = {
#define X(name, sql) sql,
	STORE_SQLITE_STATEMENTS(X)
#undef X
};

/* The directory's real path with the file's name, so that it is right wherever we go. */
static int find_path(struct store_sqlite *store, const char *file, struct problems *problems)
{
	const char *slash = strrchr(file, '/');
	char *directory = slash ? strndup(file, (size_t)(slash - file) + 1) : strdup(".");
	char real[PATH_MAX];
	int error = 0;

	if (!directory)
		return -ENOMEM;
	if (!realpath(directory, real)) {
		error = -errno;
		problems_add(problems, "%s: the directory %s cannot be used: %s; make it first",
			     file, directory, strerror(-error));
	} else if (asprintf(&store->file, "%s/%s", strcmp(real, "/") ? real : "",
			    slash ? slash + 1 : file) < 0) {
		store->file = NULL;
		error = -ENOMEM;
	}
	free(directory);
	return error;
}

static int refuse_damage(const struct store_sqlite *store, const char *what,
			 struct problems *problems)
{
	char text[STORE_SQLITE_PROBLEM_SIZE];

	store_sqlite_describe_damage(store->file, what, text);
	problems_add(problems, "%s", text);
	return -EINVAL;
}

static int refuse(const struct store_sqlite *store, struct problems *problems)
{
	int system = sqlite3_system_errno(store->db);

	switch (sqlite3_errcode(store->db)) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return refuse_damage(store, sqlite3_errmsg(store->db), problems);
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
		problems_add(
			problems,
			"%s: another process keeps the database locked; find it with: fuser %s",
			store->file, store->file);
		return -EBUSY;
	default:
		problems_add(problems, "%s: cannot be opened: %s (%s)", store->file,
			     sqlite3_errmsg(store->db), strerror(system));
		return system ? -system : -EIO;
	}
}

static int read_number(struct store_sqlite *store, const char *pragma, int *value)
{
	sqlite3_stmt *statement;
	int result = sqlite3_prepare_v2(store->db, pragma, -1, &statement, NULL);

	if (!result)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*value = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return result == SQLITE_ROW ? 0 : -EIO;
}

static int check_version(struct store_sqlite *store, struct problems *problems)
{
	int application, version, tables;

	if (read_number(store, "SELECT count(*) FROM sqlite_schema", &tables) ||
	    read_number(store, "PRAGMA application_id", &application) ||
	    read_number(store, "PRAGMA user_version", &version))
		return refuse(store, problems);
	/* So SQLite sees a file that ends within its first page. */
	if (!tables)
		return refuse_damage(store, "it has no tables", problems);
	if (application != STORE_SQLITE_APPLICATION) {
		problems_add(
			problems,
			"%s: is a database of another program; name another file for the store",
			store->file);
		return -EINVAL;
	}
	if (version > STORE_SQLITE_VERSION) {
		problems_add(problems,
			     "%s: made by a later version of shunt-manager (tables of version %d, "
			     "this one knows %d); start that version or a newer one",
			     store->file, version, STORE_SQLITE_VERSION);
		return -EINVAL;
	}
	if (version < STORE_SQLITE_VERSION)
		return refuse_damage(store, "it has no version", problems);
	if (sqlite3_db_readonly(store->db, "main") == 1) {
		problems_add(problems, "%s: cannot be written; give this user the right to",
			     store->file);
		return -EACCES;
	}
	return 0;
}

static int check_integrity(struct store_sqlite *store, struct problems *problems)
{
	sqlite3_stmt *check;
	const char *text;
	int error = 0;

	if (sqlite3_prepare_v2(store->db, "PRAGMA integrity_check(1)", -1, &check, NULL) ||
	    sqlite3_step(check) != SQLITE_ROW) {
		error = refuse(store, problems);
	} else {
		text = (const char *)sqlite3_column_text(check, 0);
		if (!text || strcmp(text, "ok") != 0)
			error = refuse_damage(store, text ? text : "it cannot be checked",
					      problems);
	}
	sqlite3_finalize(check);
	return error;
}

static int set_up(struct store_sqlite *store, struct problems *problems)
{
	static const char settings[] = "PRAGMA journal_mode = WAL;"
				       "PRAGMA synchronous = FULL;"
				       "PRAGMA foreign_keys = ON;"
				       "PRAGMA trusted_schema = OFF;"
				       "PRAGMA cell_size_check = ON;"
				       "PRAGMA journal_size_limit = 16777216;";

	if (sqlite3_exec(store->db, settings, NULL, NULL, NULL))
		return refuse(store, problems);
	return check_integrity(store, problems);
}

static int prepare(struct store_sqlite *store, struct problems *problems)
{
	for (size_t i = 0; i < STORE_SQLITE_STATEMENT_COUNT; i++) {
		int result =
			sqlite3_prepare_v3(store->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
					   &store->statements[i], NULL);

		if (result == SQLITE_ERROR)
			return refuse_damage(store, sqlite3_errmsg(store->db), problems);
		if (result)
			return refuse(store, problems);
	}
	return 0;
}

static int check_file(struct store_sqlite *store, struct problems *problems)
{
	struct stat status;

	if (stat(store->file, &status)) {
		problems_add(problems, "%s: %s", store->file, strerror(errno));
		return -errno;
	}
	if (!S_ISREG(status.st_mode)) {
		problems_add(problems, "%s: is no regular file; name another for the store",
			     store->file);
		return -EINVAL;
	}
	/* Ours never are, not even for a moment: it has lost its content. */
	if (!status.st_size)
		return refuse_damage(store,
				     "it is empty (for a new store, remove it and those beside it)",
				     problems);
	store->device = status.st_dev;
	store->inode = status.st_ino;
	return 0;
}

int store_sqlite_open(struct store_sqlite *store, const char *file, struct problems *problems)
{
	int error = find_path(store, file, problems);

	if (!error)
		error = store_sqlite_create(store->file, problems);
	if (!error)
		error = check_file(store, problems);
	if (error)
		return error;
	if (sqlite3_open_v2(store->file, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) ||
	    sqlite3_busy_timeout(store->db, BUSY_MS))
		error = store->db ? refuse(store, problems) : -ENOMEM;
	if (!error)
		error = check_version(store, problems);
	if (!error)
		error = set_up(store, problems);
	if (!error)
		error = prepare(store, problems);
	return error;
}

void store_sqlite_close(struct store_sqlite *store)
{
	for (size_t i = 0; i < STORE_SQLITE_STATEMENT_COUNT; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	store->db = NULL;
}
