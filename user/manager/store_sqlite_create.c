// SPDX-License-Identifier: Apache-2.0
#include "user/manager/store_sqlite_create.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sqlite3.h>

#define TEXT_(number) #number
#define TEXT(number) TEXT_(number)

static const char tables[] =
	"BEGIN;"
	/* The last revision, and up to which one notes of removals are gone. */
	"CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL, "
	"pruned INTEGER NOT NULL) STRICT;"
	"INSERT INTO state VALUES (1, 0, 0);"
	"CREATE TABLE contexts (name TEXT PRIMARY KEY, object TEXT NOT NULL, status TEXT, "
	"uid TEXT NOT NULL, created TEXT NOT NULL, generation INTEGER NOT NULL, "
	"revision INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT;"
	"CREATE INDEX contexts_revision ON contexts (revision);"
	"CREATE TABLE removals (revision INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;"
	/* Times are ns since 1970. */
	"CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, "
	"actor TEXT NOT NULL, action TEXT NOT NULL, context TEXT NOT NULL, detail TEXT, "
	"revision INTEGER NOT NULL) STRICT;"
	"CREATE INDEX audit_context ON audit (context, id);"
	"CREATE INDEX audit_actor ON audit (actor, id);"
	"CREATE TABLE managers (name TEXT PRIMARY KEY, nodes TEXT NOT NULL, "
	"version INTEGER NOT NULL, heartbeat INTEGER NOT NULL) STRICT;"
	"PRAGMA application_id = " TEXT(
		STORE_SQLITE_APPLICATION) ";"
					  "PRAGMA user_version = " TEXT(
						  STORE_SQLITE_VERSION) ";"
									"COMMIT;";

static int fill(const char *path, struct problems *problems)
{
	sqlite3 *db = NULL;
	int error = 0;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) ||
	    sqlite3_exec(db, "PRAGMA synchronous = EXTRA; PRAGMA journal_mode = WAL;", NULL, NULL,
			 NULL) ||
	    sqlite3_exec(db, tables, NULL, NULL, NULL)) {
		int system = db ? sqlite3_system_errno(db) : ENOMEM;

		problems_add(problems, "%s: cannot be made: %s (%s)", path,
			     db ? sqlite3_errmsg(db) : "no memory", strerror(system));
		error = system ? -system : -EIO;
	}
	/* This puts the log's content into the file and removes the log. */
	sqlite3_close(db);
	return error;
}

static void sync_directory(const char *file)
{
	char *copy = strdup(file);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

static int create_as(const char *path, const char *file, struct problems *problems)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	int error;

	if (fd < 0) {
		error = -errno;
		problems_add(problems, "%s: cannot be made: %s", path, strerror(-error));
		return error;
	}
	close(fd);
	error = fill(path, problems);
	/* Another manager may have made it meanwhile. */
	if (!error && link(path, file) && errno != EEXIST) {
		error = -errno;
		problems_add(problems, "%s: cannot be made: %s", file, strerror(-error));
	}
	unlink(path);
	if (!error)
		sync_directory(file);
	return error;
}

/* A log whose file is gone would be replayed into the new one. */
static int check_log(const char *file, struct problems *problems)
{
	char *log;
	int error = 0;

	if (asprintf(&log, "%s-wal", file) < 0)
		return -ENOMEM;
	/* Another manager may have made both meanwhile. */
	if (access(log, F_OK) == 0 && access(file, F_OK) != 0) {
		problems_add(
			problems,
			"%s: is missing, but its log %s is there and may hold changes: put the "
			"file back, or for a new store move the log away",
			file, log);
		error = -EINVAL;
	}
	free(log);
	return error;
}

int store_sqlite_create(const char *file, struct problems *problems)
{
	char *path;
	int error;

	if (access(file, F_OK) == 0)
		return 0;
	error = check_log(file, problems);
	if (error)
		return error;
	if (asprintf(&path, "%s.new-%d", file, (int)getpid()) < 0)
		return -ENOMEM;
	/* Of a process of this number that was killed here. */
	unlink(path);
	error = create_as(path, file, problems);
	free(path);
	return error;
}
