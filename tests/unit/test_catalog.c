// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/catalog_world.h"

#define USERS "override mmeng shop/users:http"

static void nothing_is_told_before_both_are_known(void **state)
{
	struct catalog_world world;

	(void)state;
	world_start(&world);
	world_put(&world, WORLD_MMENG, 1);
	world_flush(&world);
	world_cluster(&world, WORLD_SHOP);
	assert_int_equal(world.changes, 0);
	assert_int_equal(world.told_count, 0);
	assert_false(catalog_is_ready(world.catalog));
	catalog_settled(world.catalog, 7);
	world_flush(&world);
	assert_int_equal(world.changes, 1);
	assert_int_equal(world.revision, 7);
	assert_true(catalog_is_ready(world.catalog));
	assert_true(world_was_told(&world, "mmeng"));
	assert_string_equal(world_get(&world, USERS), "10.1.0.1:8080");
	world_check_snapshot(&world);
	world_stop(&world);
}

static void contexts_are_put_changed_and_removed(void **state)
{
	struct catalog_world world;

	(void)state;
	start_shop(&world);
	world_put(&world,
		  WORLD_CONTEXT("mmeng", "{\"overrides\": [" WORLD_OVERRIDE("shop/pay", "pod",
									    "pay-x") "]}"),
		  2);
	assert_string_equal(world_get(&world, USERS), "10.1.0.1:8080");
	world_flush(&world);
	assert_string_equal(world_get(&world, USERS), "");
	assert_string_equal(world_get(&world, "override mmeng shop/pay:80"), "10.1.0.2:8080");
	assert_int_equal(catalog_remove(world.catalog, "mmeng", 3), 0);
	assert_null(catalog_find(world.catalog, "mmeng"));
	world_flush(&world);
	assert_string_equal(world_get(&world, "override mmeng shop/pay:80"), "");
	assert_int_equal(world.revision, 3);
	world_check_snapshot(&world);
	world_stop(&world);
}

static void the_cluster_is_followed(void **state)
{
	static const struct {
		const char *name, *cluster, *http, *state;
	} steps[] = {
		{"a new address",
		 WORLD_USERS WORLD_PAY WORLD_PAY_POD WORLD_POD("users-x", "users", "aaa",
							       "10.1.0.9", "True"),
		 "10.1.0.9:8080", "Resolved"},
		{"not Ready",
		 WORLD_USERS WORLD_PAY WORLD_PAY_POD WORLD_POD("users-x", "users", "aaa",
							       "10.1.0.9", "False"),
		 "", "Unresolved"},
		{"Ready again", WORLD_SHOP, "10.1.0.1:8080", "Resolved"},
		{"no service", WORLD_PAY WORLD_USERS_POD, "", "Unresolved"},
		{"service back", WORLD_SHOP, "10.1.0.1:8080", "Resolved"},
		{"another number of the port",
		 WORLD_SERVICE("users", "10.0.0.1", "{name: http, port: 85, targetPort: 8085}")
			 WORLD_USERS_POD,
		 "10.1.0.1:8085", "Resolved"},
		{"a port that the pod does not have",
		 WORLD_SERVICE("users", "10.0.0.1",
			       "{name: http, port: 80, targetPort: 8080}, {name: admin, port: 9, "
			       "targetPort: admin}") WORLD_USERS_POD,
		 "10.1.0.1:8080", "Partial"},
	};
	struct catalog_world world;

	(void)state;
	start_shop(&world);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		print_message("# %s\n", steps[i].name);
		world_cluster(&world, steps[i].cluster);
		assert_string_equal(world_get(&world, USERS), steps[i].http);
		assert_string_equal(world_state(&world, "mmeng", 0), steps[i].state);
		world_check_snapshot(&world);
	}
	world_stop(&world);
}

static void what_stays_is_not_told(void **state)
{
	struct catalog_world world;
	size_t changes;

	(void)state;
	start_shop(&world);
	world_store_status(&world, "mmeng", 2);
	changes = world.changes;
	world.told_count = 0;
	world_cluster(&world, WORLD_SHOP);
	assert_int_equal(world.changes, changes);
	/* A service that sorts before the others moves every index. */
	world_cluster(&world, WORLD_SHOP WORLD_SERVICE("a", "10.0.0.8", "{port: 80}"));
	assert_int_equal(world.changes, changes + 1);
	assert_int_equal(world.told_count, 0);
	world_check_snapshot(&world);
	world_stop(&world);
}

static void contexts_expire(void **state)
{
	struct catalog_world world;

	(void)state;
	start_shop(&world);
	world_put(
		&world,
		WORLD_CONTEXT("mmeng", "{\"overrides\": [" WORLD_OVERRIDE(
					       "shop/users", "sha",
					       "aaa") "], \"expires\": \"2100-01-01T00:00:00Z\"}"),
		2);
	world_flush(&world);
	assert_int_equal(catalog_next_expiry(world.catalog), 4102444800);
	assert_string_equal(world_get(&world, USERS), "10.1.0.1:8080");
	assert_int_equal(catalog_expire(world.catalog, 4102444800), 0);
	assert_string_equal(world_get(&world, USERS), "");
	assert_string_equal(world_reason(&world, "mmeng", "Resolved"), "Expired");
	assert_int_equal(catalog_next_expiry(world.catalog), 0);
	world_stop(&world);
}

static void what_is_not_understood_is_kept(void **state)
{
	struct catalog_world world;

	(void)state;
	start_shop(&world);
	world_put(&world, WORLD_CONTEXT("mmeng", "{\"overides\": []}"), 2);
	world_flush(&world);
	assert_string_equal(world_get(&world, USERS), "");
	assert_false(catalog_find(world.catalog, "mmeng")->valid);
	assert_string_equal(world_reason(&world, "mmeng", "Accepted"), "NotUnderstood");
	assert_string_equal(json_string_value(json_object_get(
				    world_condition(&world, "mmeng", "Accepted"), "message")),
			    "mmeng: spec.overides: unknown field; did you mean overrides?");
	world_stop(&world);
}

static void a_status_that_is_stored_is_not_told_again(void **state)
{
	struct catalog_world world;
	json_t *object = world_object(WORLD_MMENG), *status;

	(void)state;
	start_shop(&world);
	status = json_deep_copy(world_status_of(&world, "mmeng"));
	json_object_set_new(json_array_get(json_object_get(status, "overrides"), 0), "since",
			    json_string("2026-01-01T00:00:00Z"));
	json_object_set_new(object, "status", status);
	world.told_count = 0;
	assert_int_equal(catalog_put(world.catalog, object, 2), 0);
	world_flush(&world);
	assert_int_equal(world.told_count, 0);
	assert_true(json_equal(world_status_of(&world, "mmeng"), status));
	catalog_used(world.catalog, "mmeng", "shop/pay:80", time(NULL));
	assert_int_equal(world.told_count, 0);
	catalog_used(world.catalog, "mmeng", "shop/users:http", time(NULL) - 100);
	assert_int_equal(world.told_count, 1);
	catalog_used(world.catalog, "mmeng", NULL, time(NULL));
	assert_int_equal(world.told_count, 1);
	json_decref(object);
	world_stop(&world);
}

static void checks_tell_refusals_from_warnings(void **state)
{
	static const struct {
		const char *override;
		size_t refused, warnings;
	} cases[] = {
		{WORLD_OVERRIDE("shop/users", "sha", "aaa"), 0, 0},
		{WORLD_OVERRIDE("shop/users", "sha", "zzz"), 0, 1},
		{WORLD_OVERRIDE("shop/users", "pod", "later"), 0, 1},
		{WORLD_OVERRIDE("shop/users", "pod", "pay-x"), 1, 0},
		{WORLD_OVERRIDE("shop/none", "sha", "aaa"), 1, 0},
		{WORLD_OVERRIDE("shop/dns", "sha", "aaa"), 1, 0},
		{WORLD_OVERRIDE("shop/users", "address", "10.1.0.7:8080"), 1, 0},
		{WORLD_OVERRIDE("shop/users", "address", "10.1.0.1:8080"), 0, 0},
		{WORLD_OVERRIDE("shop/pay", "address", "10.1.0.3:8080"), 0, 1},
	};
	struct catalog_world world;

	(void)state;
	start_shop(&world);
	world_cluster(&world,
		      WORLD_SHOP WORLD_SERVICE("dns", "10.0.0.3", "{port: 53, protocol: UDP}")
			      WORLD_POD("pay-y", "pay", "bbb", "10.1.0.3", "False"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct problems refused = {0}, warnings = {0};
		char text[512];
		json_t *object;

		print_message("# %s\n", cases[i].override);
		snprintf(text, sizeof(text), WORLD_CONTEXT("m", "{\"overrides\": [%s]}"),
			 cases[i].override);
		object = world_object(text);
		catalog_check(world.catalog, object, &refused, &warnings);
		assert_int_equal(refused.count, cases[i].refused);
		assert_int_equal(warnings.count, cases[i].warnings);
		problems_clear(&refused);
		problems_clear(&warnings);
		json_decref(object);
	}
	world_stop(&world);
}

static void texts_are_read_strictly(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{"{\"kind\": \"Context\",\n \"kind\": 1}",
		 "in:2:7: duplicate object key near '\"kind\"'"},
		{"kind: Context", "in:1:4: '[' or '{' expected near 'kind'"},
		{WORLD_CONTEXT("m", "{\"override\": []}"),
		 "in:1:110: spec.override: unknown field; did you mean overrides?"},
		{"{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}", "in:1:30: kind: has to be Context"},
	};
	struct problems problems = {0};
	json_t *object = catalog_read("in", WORLD_MMENG, strlen(WORLD_MMENG), &problems);

	(void)state;
	assert_non_null(object);
	json_decref(object);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(catalog_read("in", cases[i].text, strlen(cases[i].text), &problems));
		assert_int_equal(problems.count, 1);
		assert_string_equal(problems.texts[0], cases[i].problem);
		problems_clear(&problems);
	}
}

static void what_can_be_overridden_is_listed(void **state)
{
	struct catalog_world world;
	json_t *list;

	(void)state;
	start_shop(&world);
	list = catalog_offloaded(world.catalog);
	assert_int_equal(json_array_size(list), 2);
	json_decref(list);
	list = catalog_services(world.catalog);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 1), "name")),
			    "users");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 1), "contexts")),
			 1);
	json_decref(list);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_told_before_both_are_known),
		cmocka_unit_test(contexts_are_put_changed_and_removed),
		cmocka_unit_test(the_cluster_is_followed),
		cmocka_unit_test(what_stays_is_not_told),
		cmocka_unit_test(contexts_expire),
		cmocka_unit_test(what_is_not_understood_is_kept),
		cmocka_unit_test(a_status_that_is_stored_is_not_told_again),
		cmocka_unit_test(checks_tell_refusals_from_warnings),
		cmocka_unit_test(texts_are_read_strictly),
		cmocka_unit_test(what_can_be_overridden_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
