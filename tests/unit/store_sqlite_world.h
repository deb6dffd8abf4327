/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_TESTS_UNIT_STORE_SQLITE_WORLD_H
#define SHUNT_TESTS_UNIT_STORE_SQLITE_WORLD_H

#include "store_world.h"
#include <sqlite3.h>

#define USERS "{'overrides': [{'service': 'shop/users', 'sha': '4f2a91c'}]}"
#define PAY "{'overrides': [{'service': 'shop/pay', 'pod': 'pay-x1'}]}"

/* Starts a store on the world's file and waits until it has told all there is. */
static inline struct store *start(struct world *world, const char *manager, struct told *told)
{
	struct store_events events = told_events(told);
	struct problems problems = {0};
	struct store *store = NULL;
	const char *problem;

	if (store_sqlite_start(&world->loop, world->file, manager, &events, &store, &problems))
		fail_msg("%s", problems.count ? problems.texts[0] : "no reason");
	assert_false(store_is_ready(store, &problem));
	world_wait(world, told->settled);
	assert_true(store_is_ready(store, &problem));
	return store;
}

static inline void stop(struct world *world, struct store *store, struct told *told)
{
	store_stop(store);
	uv_run(&world->loop, UV_RUN_NOWAIT);
	told_clear(told);
}

/* Starting fails with this error, and a problem that contains text. */
static inline void assert_refused(struct world *world, int error, const char *text)
{
	struct told told;
	struct store_events events = told_events(&told);
	struct problems problems = {0};
	struct store *store = NULL;

	assert_int_equal(
		store_sqlite_start(&world->loop, world->file, "m1", &events, &store, &problems),
		error);
	assert_null(store);
	assert_int_equal(problems.count, 1);
	if (!strstr(problems.texts[0], text))
		fail_msg("%s", problems.texts[0]);
	problems_clear(&problems);
	told_clear(&told);
}

/* As another program does that has nothing to do with the manager. */
static inline void run_sql(const struct world *world, const char *sql)
{
	char *problem = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(world->file, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &problem))
		fail_msg("%s: %s", sql, problem);
	sqlite3_close(db);
}

#endif
