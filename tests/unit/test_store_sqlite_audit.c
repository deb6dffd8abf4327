// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite_world.h"

static void on_entries(void *argument, json_t *entries, const char *problem)
{
	assert_null(problem);
	*(json_t **)argument = json_incref(entries);
}

static json_t *list(struct store *store, const char *context_name, const char *actor,
		    uint64_t before, unsigned int limit)
{
	struct store_audit_query query = {context_name, actor, before, limit};
	json_t *entries = NULL;

	store_audit_list(store, &query, on_entries, &entries);
	assert_non_null(entries);
	return entries;
}

static long long number(json_t *entries, size_t index, const char *key)
{
	return json_integer_value(json_object_get(json_array_get(entries, index), key));
}

static void change_as(struct world *world, struct store *store, const char *name, const char *actor)
{
	struct store_audit audit = {.actor = actor, .action = "create"};
	json_t *object = context(name, USERS);
	struct outcome outcome = {0};

	store_put(store, object, NULL, &audit, on_done, &outcome);
	world_wait(world, outcome.calls);
	assert_int_equal(outcome.error, 0);
	json_decref(object);
	outcome_clear(&outcome);
}

static void entries_say_who_did_what(void **state)
{
	struct outcome outcome = {0};
	struct world world;
	struct told told;
	struct store *store;
	json_t *entries, *entry;

	(void)state;
	world_start(&world);
	store = start(&world, "m1", &told);
	change_as(&world, store, "one", "bob");
	put_well(&world, store, "one", PAY, "1");
	/* What changes nothing, or is refused, is not recorded. */
	put_well(&world, store, "one", PAY, "2");
	put(&world, store, &outcome, "one", USERS, "1");
	entries = list(store, NULL, NULL, 0, 10);
	assert_int_equal(json_array_size(entries), 2);
	entry = json_array_get(entries, 0);
	assert_string_equal(json_string_value(json_object_get(entry, "actor")), "ana");
	assert_string_equal(json_string_value(json_object_get(entry, "action")), "update");
	assert_string_equal(json_string_value(json_object_get(entry, "context")), "one");
	assert_string_equal(json_string_value(json_object_get(entry, "detail")), "a change");
	assert_int_equal(number(entries, 0, "revision"), 2);
	assert_int_equal(strlen(json_string_value(json_object_get(entry, "time"))), 27);
	entry = json_array_get(entries, 1);
	assert_string_equal(json_string_value(json_object_get(entry, "actor")), "bob");
	assert_true(json_is_null(json_object_get(entry, "detail")));
	assert_int_equal(number(entries, 1, "revision"), 1);
	json_decref(entries);
	outcome_clear(&outcome);
	stop(&world, store, &told);
	world_stop(&world);
}

static void entries_are_given_in_pages(void **state)
{
	size_t seen = 0, bobs = 0;
	uint64_t before = 0;
	struct world world;
	struct told told;
	struct store *store;
	json_t *entries;
	char name[16];

	(void)state;
	world_start(&world);
	store = start(&world, "m1", &told);
	for (int i = 0; i < 25; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		change_as(&world, store, name, i % 5 ? "ana" : "bob");
	}
	for (;;) {
		entries = list(store, NULL, NULL, before, 7);
		if (!json_array_size(entries))
			break;
		for (size_t i = 0; i < json_array_size(entries); i++) {
			assert_int_equal(number(entries, i, "revision"), 25 - seen);
			seen++;
			before = (uint64_t)number(entries, i, "id");
		}
		json_decref(entries);
	}
	json_decref(entries);
	assert_int_equal(seen, 25);
	entries = list(store, NULL, "bob", 0, 0);
	bobs = json_array_size(entries);
	json_decref(entries);
	assert_int_equal(bobs, 5);
	entries = list(store, "c3", NULL, 0, 0);
	assert_int_equal(json_array_size(entries), 1);
	assert_int_equal(number(entries, 0, "revision"), 4);
	json_decref(entries);
	entries = list(store, "c3", "bob", 0, 0);
	assert_int_equal(json_array_size(entries), 0);
	json_decref(entries);
	stop(&world, store, &told);
	world_stop(&world);
}

static void old_entries_are_dropped(void **state)
{
	struct world world;
	struct told told;
	struct store *store;
	json_t *entries;

	(void)state;
	world_start(&world);
	store = start(&world, "m1", &told);
	/* Three of 1970, and so many that the first ten of the others are too many too. */
	run_sql(&world, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
			"LIMIT 100012) INSERT INTO audit SELECT i, CASE WHEN i < 4 THEN 1 ELSE "
			"9e18 END, 'eve', 'update', 'c', NULL, 0 FROM n;"
			"UPDATE state SET revision = 255");
	world_wait(&world, told.settled_at == 255);
	change_as(&world, store, "one", "bob");
	entries = list(store, NULL, NULL, 15, 0);
	assert_int_equal(json_array_size(entries), 1);
	assert_int_equal(number(entries, 0, "id"), 14);
	json_decref(entries);
	entries = list(store, NULL, NULL, 0, 0);
	assert_int_equal(json_array_size(entries), 1000);
	assert_int_equal(number(entries, 0, "id"), 100013);
	json_decref(entries);
	stop(&world, store, &told);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_say_who_did_what),
		cmocka_unit_test(entries_are_given_in_pages),
		cmocka_unit_test(old_entries_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
