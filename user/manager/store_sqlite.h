/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the SQLite store. One connection; all of it in the loop's thread. Every change is one
 * transaction: the context, its revision and its record. Other managers find changes by their
 * revisions, and are woken by the file's timestamps, which are touched after each commit: the commit
 * itself cannot be seen with inotify, the log is written before it is synced.
 */
#ifndef SHUNT_USER_MANAGER_STORE_SQLITE_H
#define SHUNT_USER_MANAGER_STORE_SQLITE_H

#include <stdbool.h>
#include <sqlite3.h>
#include "user/manager/store_operations.h"
#include "user/manager/store_metrics.h"
#include "user/manager/store_object.h"

#define STORE_SQLITE_PROBLEM_SIZE 1024

/* The statements, prepared once. X(name, SQL). */
#define STORE_SQLITE_STATEMENTS(X)                                                                 \
	X(BEGIN, "BEGIN")                                                                          \
	X(BEGIN_WRITE, "BEGIN IMMEDIATE")                                                          \
	X(COMMIT, "COMMIT")                                                                        \
	X(DATA_VERSION, "PRAGMA data_version")                                                     \
	X(STATE, "SELECT revision, pruned FROM state")                                             \
	X(NEXT_REVISION, "UPDATE state SET revision = revision + 1 RETURNING revision")            \
	X(FIND, "SELECT name, object, status, uid, created, generation, revision, checksum "       \
		"FROM contexts WHERE name = ?")                                                    \
	X(WRITE, "REPLACE INTO contexts (name, object, status, uid, created, generation, "         \
		 "revision, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")                            \
	X(DELETE, "DELETE FROM contexts WHERE name = ?")                                           \
	X(NOTE_REMOVAL, "INSERT INTO removals (revision, name) VALUES (?, ?)")                     \
	X(PRUNE_REMOVALS, "DELETE FROM removals WHERE revision <= (SELECT revision FROM "          \
			  "removals ORDER BY revision DESC LIMIT 1 OFFSET ?) "                     \
			  "RETURNING revision")                                                    \
	X(SET_PRUNED, "UPDATE state SET pruned = ?")                                               \
	X(CHANGES, "SELECT name, object, status, uid, created, generation, revision, checksum "    \
		   "FROM contexts WHERE revision > ?1 UNION ALL "                                  \
		   "SELECT name, NULL, NULL, NULL, NULL, NULL, revision, NULL FROM removals "      \
		   "WHERE revision > ?1 ORDER BY 7")                                               \
	X(AUDIT, "INSERT INTO audit (time, actor, action, context, detail, revision) "             \
		 "VALUES (?, ?, ?, ?, ?, ?)")                                                      \
	X(AUDIT_LIST, "SELECT id, time, actor, action, context, detail, revision FROM audit "      \
		      "WHERE id < ? ORDER BY id DESC LIMIT ?")                                     \
	X(AUDIT_LIST_CONTEXT, "SELECT id, time, actor, action, context, detail, revision "         \
			      "FROM audit WHERE id < ? AND context = ? "                           \
			      "ORDER BY id DESC LIMIT ?")                                          \
	X(AUDIT_LIST_ACTOR, "SELECT id, time, actor, action, context, detail, revision "           \
			    "FROM audit WHERE id < ? AND actor = ? ORDER BY id DESC LIMIT ?")      \
	X(AUDIT_LIST_BOTH, "SELECT id, time, actor, action, context, detail, revision "            \
			   "FROM audit WHERE id < ? AND context = ? AND actor = ? "                \
			   "ORDER BY id DESC LIMIT ?")                                             \
	X(PRUNE_AUDIT, "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE time < ?1 OR "   \
		       "id <= (SELECT max(id) FROM audit) - ?2 ORDER BY id LIMIT ?3)")             \
	X(MANAGERS, "SELECT name, version, heartbeat FROM managers WHERE name <> ?")               \
	X(NODES, "SELECT nodes FROM managers WHERE name = ?")                                      \
	X(SHARE, "INSERT INTO managers (name, nodes, version, heartbeat) VALUES (?1, ?2, ?3, ?3) " \
		 "ON CONFLICT (name) DO UPDATE SET nodes = ?2, version = ?3, "                     \
		 "heartbeat = ?3")                                                                 \
	X(HEARTBEAT, "UPDATE managers SET heartbeat = ?2 WHERE name = ?1")                         \
	X(LEAVE, "DELETE FROM managers WHERE name = ?")                                            \
	X(PRUNE_MANAGERS, "DELETE FROM managers WHERE heartbeat < ?")

enum store_sqlite_statement {
#define X(name, sql) STORE_SQLITE_##name,
	STORE_SQLITE_STATEMENTS(X)
#undef X
	STORE_SQLITE_STATEMENT_COUNT,
};

struct store_sqlite {
	struct store base;
	struct store_events events;
	uv_loop_t *loop;
	sqlite3 *db;
	sqlite3_stmt *statements[STORE_SQLITE_STATEMENT_COUNT];
	char *file; /* absolute */
	char *manager;
	dev_t device; /* of the file that is open: another may come to have its name */
	ino_t inode;
	uv_fs_event_t notice;
	uv_timer_t poll;
	uv_timer_t share;
	unsigned int open_handles;

	char problem[STORE_SQLITE_PROBLEM_SIZE]; /* of the last call that failed */
	char not_ready[STORE_SQLITE_PROBLEM_SIZE]; /* "": ready, once loaded */
	bool broken; /* for good: the file is not used any more */

	bool loaded; /* settled was told */
	bool telling;
	bool ahead; /* there are changes that came while others were told */
	uint64_t revision; /* all changes up to this one were told */
	int64_t data_version; /* of SQLite, when changes were last looked for */
	json_t *told; /* name → revision of the contexts that were told of */
	json_t *written; /* while it is told: what was written last, or NULL; borrowed */
	uint64_t written_revision;

	json_t *nodes; /* of store_share(); NULL: nothing yet */
	bool shared; /* and they are in our row */
	uint64_t shared_at; /* ms of the loop: when our row was last written */
	json_t *managers; /* name → version of the others that were told of */
	uint64_t audit_pruned_at; /* ms of the loop */

	struct store_counts counts;
	uint64_t reloads;
	bool unsynced; /* commits are not synced at present */
};

/* A row of contexts. Texts are SQLite's or borrowed. object is NULL where it tells of a removal. */
struct store_sqlite_row {
	const char *name;
	const char *object; /* of store_object_wanted(), as text */
	const char *status; /* NULL: none */
	struct store_object_facts facts;
};

/* Opens and checks the file, makes the tables where it is new. -EINVAL and others with problems. */
int store_sqlite_open(struct store_sqlite *store, const char *file, struct problems *problems);
void store_sqlite_close(struct store_sqlite *store);

/*
 * Binds arguments to a statement, one for each letter of types: t text (NULL: null), i int64_t.
 * They must stay until it is reset. Returns the statement, for store_sqlite_step().
 */
sqlite3_stmt *store_sqlite_bind(struct store_sqlite *store, enum store_sqlite_statement number,
				const char *types, ...);

/*
 * 1: a row; 0: no more, and the statement is reset. An error (-EIO, -ENOSPC, -EBUSY and others)
 * resets it too, sets store->problem, and breaks the store where the file cannot be trusted.
 */
int store_sqlite_step(struct store_sqlite *store, sqlite3_stmt *statement);

/* Binds, runs to the end and drops rows. */
#define store_sqlite_run(store, number, ...) \
	store_sqlite_finish(store, store_sqlite_bind(store, number, __VA_ARGS__))
int store_sqlite_finish(struct store_sqlite *store, sqlite3_stmt *statement);

/* Begin checks that the store can be used; end commits, or rolls back where *error* is not 0. */
int store_sqlite_begin(struct store_sqlite *store, bool write);
int store_sqlite_end(struct store_sqlite *store, int error);

/* Whether the following commits are synced, as they are at first. Not within a transaction. */
void store_sqlite_set_synced(struct store_sqlite *store, bool synced);

/* Sets store->problem, "FILE: ...", and returns error. */
int store_sqlite_fail(struct store_sqlite *store, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for damage that was found in the content: -EIO, and the store is broken. */
int store_sqlite_damaged(struct store_sqlite *store, const char *what);

/* Damage and what to do about it; for problems. */
void store_sqlite_describe_damage(const char *file, const char *what,
				  char text[STORE_SQLITE_PROBLEM_SIZE]);

/* Reads the row of a statement that has stepped to one. -EIO where its checksum is wrong. */
int store_sqlite_read_row(struct store_sqlite *store, sqlite3_stmt *statement,
			  struct store_sqlite_row *row);

/* 1: found; 0: there is none; or an error. The statement is to be reset by the caller. */
int store_sqlite_find(struct store_sqlite *store, const char *name, struct store_sqlite_row *row);
int store_sqlite_write_row(struct store_sqlite *store, const struct store_sqlite_row *row);

/* The whole object of a row. NULL where it is no JSON or for want of memory. */
json_t *store_sqlite_object(const struct store_sqlite_row *row);

void store_sqlite_put(struct store *base, json_t *object, const char *expected,
		      const struct store_audit *audit, store_done done, void *argument);
void store_sqlite_remove(struct store *base, const char *name, const char *expected,
			 const struct store_audit *audit, store_done done, void *argument);
void store_sqlite_put_status(struct store *base, const char *name, json_t *status,
			     const char *expected, store_done done, void *argument);

/* Tells all changes since the last time, this manager's own included. */
void store_sqlite_follow(struct store_sqlite *store);

/* Within a transaction: records a change, and drops what is old now and then. */
int store_sqlite_audit(struct store_sqlite *store, const struct store_audit *audit,
		       const char *context, uint64_t revision);
void store_sqlite_audit_list(struct store *base, const struct store_audit_query *query,
			     store_audit_done done, void *argument);

void store_sqlite_share(struct store *base, json_t *nodes);
/* Tells of other managers that have something new, or are gone. */
void store_sqlite_follow_managers(struct store_sqlite *store);
/* Writes our row where that is due. */
void store_sqlite_renew(struct store_sqlite *store);
/* Takes our row away. */
void store_sqlite_leave(struct store_sqlite *store);

/* Wakes the other managers. */
void store_sqlite_notify(const struct store_sqlite *store);

void store_sqlite_metrics(const struct store *base, FILE *file);

#endif
