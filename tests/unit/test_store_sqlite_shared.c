// SPDX-License-Identifier: Apache-2.0
/* Several managers on one file. */
#include "store_sqlite_world.h"
#include <errno.h>
#include "user/lib/clock.h"

#define NOTICED_MS 20

static void each_sees_what_the_others_change(void **state)
{
	struct told told_a, told_b;
	struct outcome outcome = {0};
	struct store *a, *b;
	struct world world;

	(void)state;
	world_start(&world);
	a = start(&world, "a", &told_a);
	b = start(&world, "b", &told_b);
	put_well(&world, a, "one", USERS, NULL);
	world_wait(&world, told_b.settled_at == 1);
	put_well(&world, b, "one", PAY, "1");
	put_well(&world, b, "two", PAY, NULL);
	world_wait(&world, told_a.settled_at == 3);
	assert_true(json_equal(told_a.objects, told_b.objects));
	assert_int_equal(json_object_size(told_a.objects), 2);
	put(&world, a, &outcome, "one", USERS, "1");
	assert_int_equal(outcome.error, -EAGAIN);
	store_remove(a, "one", "2", &by_ana, on_done, &outcome);
	assert_int_equal(outcome.error, 0);
	world_wait(&world, told_b.settled_at == 4);
	assert_true(json_equal(told_a.objects, told_b.objects));
	assert_int_equal(json_object_size(told_b.objects), 1);
	outcome_clear(&outcome);
	stop(&world, a, &told_a);
	stop(&world, b, &told_b);
	world_stop(&world);
}

/* The median: a busy machine may be late once. */
static void changes_are_noticed_at_once(void **state)
{
	unsigned int late = 0;
	struct told told_a, told_b;
	struct store *a, *b;
	struct world world;
	char name[16];

	(void)state;
	world_start(&world);
	a = start(&world, "a", &told_a);
	b = start(&world, "b", &told_b);
	for (unsigned int i = 0; i < 50; i++) {
		uint64_t started;

		snprintf(name, sizeof(name), "c%u", i);
		put_well(&world, a, name, USERS, NULL);
		started = clock_monotonic();
		world_wait(&world, told_b.settled_at == i + 1);
		late += clock_monotonic() - started > NOTICED_MS * 1000000ULL;
	}
	assert_true(late < 25);
	stop(&world, a, &told_a);
	stop(&world, b, &told_b);
	world_stop(&world);
}

static void what_another_program_writes_is_found_by_the_poll(void **state)
{
	struct told told;
	struct store *store;
	struct world world;

	(void)state;
	world_start(&world);
	store = start(&world, "a", &told);
	put_well(&world, store, "one", USERS, NULL);
	run_sql(&world, "BEGIN; DELETE FROM contexts; UPDATE state SET revision = 2;"
			"INSERT INTO removals VALUES (2, 'one'); COMMIT");
	world_wait(&world, told.settled_at == 2);
	assert_int_equal(json_object_size(told.objects), 0);
	stop(&world, store, &told);
	world_stop(&world);
}

static void one_that_missed_removals_reads_all_again(void **state)
{
	struct told told;
	struct store *store;
	struct world world;

	(void)state;
	world_start(&world);
	store = start(&world, "a", &told);
	put_well(&world, store, "one", USERS, NULL);
	put_well(&world, store, "two", USERS, NULL);
	run_sql(&world, "BEGIN; DELETE FROM contexts WHERE name = 'one';"
			"UPDATE state SET revision = 9, pruned = 8; COMMIT");
	world_wait(&world, told.settled_at == 9);
	assert_int_equal(json_object_size(told.objects), 1);
	assert_non_null(json_object_get(told.objects, "two"));
	assert_int_equal(told.puts, 2);
	stop(&world, store, &told);
	world_stop(&world);
}

static void notes_of_removals_are_bounded(void **state)
{
	struct outcome outcome = {0};
	struct told told;
	struct store *store;
	struct world world;
	sqlite3_stmt *count;
	sqlite3 *db;

	(void)state;
	world_start(&world);
	store = start(&world, "a", &told);
	run_sql(&world,
		"BEGIN; UPDATE state SET revision = 20094;"
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20094) "
		"INSERT INTO removals SELECT i, 'c' FROM n; COMMIT");
	world_wait(&world, told.settled_at == 20094);
	put_well(&world, store, "one", USERS, NULL);
	store_remove(store, "one", "20095", &by_ana, on_done, &outcome);
	assert_int_equal(outcome.error, 0);
	assert_int_equal(sqlite3_open(world.file, &db), 0);
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT count(*), (SELECT pruned FROM state) "
					    "FROM removals",
					    -1, &count, NULL),
			 0);
	assert_int_equal(sqlite3_step(count), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(count, 0), 10000);
	assert_int_equal(sqlite3_column_int(count, 1), 20096 - 10000 - 1);
	sqlite3_finalize(count);
	sqlite3_close(db);
	outcome_clear(&outcome);
	stop(&world, store, &told);
	world_stop(&world);
}

static void managers_tell_each_other_of_their_agents(void **state)
{
	json_t *nodes = json_pack("{s:i}", "node-1", 7);
	struct told told_a, told_b;
	struct store *a, *b;
	struct world world;

	(void)state;
	world_start(&world);
	a = start(&world, "a", &told_a);
	b = start(&world, "b", &told_b);
	store_share(a, nodes);
	world_wait(&world, json_equal(json_object_get(told_b.shared, "a"), nodes));
	/* Of several that come fast, the last counts. */
	json_object_set_new(nodes, "node-1", json_integer(8));
	store_share(a, nodes);
	json_object_set_new(nodes, "node-1", json_integer(9));
	store_share(a, nodes);
	world_wait(&world, json_equal(json_object_get(told_b.shared, "a"), nodes));
	assert_int_equal(json_object_size(told_a.shared), 0);
	stop(&world, a, &told_a);
	world_wait(&world, !json_object_get(told_b.shared, "a"));

	/* One that was killed is gone when its heartbeat is old. */
	run_sql(&world, "INSERT INTO managers VALUES ('dead', '{}', 1, 9e18)");
	world_wait(&world, json_object_get(told_b.shared, "dead"));
	run_sql(&world, "UPDATE managers SET heartbeat = 1");
	world_wait(&world, !json_object_get(told_b.shared, "dead"));
	json_decref(nodes);
	stop(&world, b, &told_b);
	world_stop(&world);
}

/* Writes a status as soon as it is told of a context, as a manager does. */
struct writer {
	struct told told;
	struct store *store;
	struct outcome outcome;
};

static void on_put_write(void *argument, json_t *object, uint64_t revision)
{
	struct writer *writer = argument;
	json_t *status = json_pack("{s:i}", "observedGeneration", 1);
	const char *name = metadata(object, "name");

	on_put(&writer->told, object, revision);
	if (!json_object_get(object, "status"))
		store_put_status(writer->store, name, status, metadata(object, "resourceVersion"),
				 on_done, &writer->outcome);
	json_decref(status);
}

static void on_settled_write(void *argument, uint64_t revision)
{
	on_settled(&((struct writer *)argument)->told, revision);
}

static void writes_from_within_events_come_in_order(void **state)
{
	struct writer writer = {0};
	struct store_events events = told_events(&writer.told);
	struct problems problems = {0};
	struct world world;

	(void)state;
	world_start(&world);
	events.put = on_put_write;
	events.settled = on_settled_write;
	events.argument = &writer;
	assert_int_equal(
		store_sqlite_start(&world.loop, world.file, "a", &events, &writer.store, &problems),
		0);
	put_well(&world, writer.store, "one", USERS, NULL);
	world_wait(&world, writer.told.settled_at == 2);
	assert_int_equal(writer.outcome.error, 0);
	assert_non_null(json_object_get(json_object_get(writer.told.objects, "one"), "status"));
	outcome_clear(&writer.outcome);
	stop(&world, writer.store, &writer.told);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sees_what_the_others_change),
		cmocka_unit_test(changes_are_noticed_at_once),
		cmocka_unit_test(what_another_program_writes_is_found_by_the_poll),
		cmocka_unit_test(one_that_missed_removals_reads_all_again),
		cmocka_unit_test(notes_of_removals_are_bounded),
		cmocka_unit_test(managers_tell_each_other_of_their_agents),
		cmocka_unit_test(writes_from_within_events_come_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
