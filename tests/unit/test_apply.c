// SPDX-License-Identifier: Apache-2.0
/* Generations applied to tables in memory: what is written, in which order, and what is kept. */
#include "tests/unit/apply_world.h"

static void test_first_generation_is_complete(void **state)
{
	struct world *world = *state;
	struct wanted wanted;
	struct shunt_endpoint target = endpoint("10.77.4.2:8080");
	const struct shunt_override *users;

	want_shop(&wanted);
	apply(world, &wanted);
	assert_int_equal(world->report.written, 2 + 2 + 3 + 2);
	assert_int_equal(count(world, PINS_SERVICES), 2);
	assert_string_equal(service_name(world, 2), "shop/users:http");
	assert_int_equal(frontend(world, "10.96.0.2:80")->service, 2);
	assert_int_equal(frontend(world, "10.96.0.2:80")->flags, SHUNT_FRONTEND_TRACKED);
	users = override(world, "mmeng", 2);
	assert_non_null(users);
	assert_int_equal(users->id, 2);
	assert_int_equal(users->endpoint_count, 1);
	assert_memory_equal(&users->endpoints[0], &target, sizeof(target));
	assert_int_equal(world->report.tables[PINS_OVERRIDES].entries, 2);
	assert_int_equal(world->report.waiting, 0);
}

static void test_same_tables_write_nothing(void **state)
{
	struct world *world = *state;
	struct wanted wanted;

	want_shop(&wanted);
	apply(world, &wanted);
	apply(world, &wanted);
	assert_int_equal(world->fake.writes + world->fake.removals, 0);
}

static void test_one_change_is_one_write(void **state)
{
	struct world *world = *state;
	struct wanted wanted;

	want_shop(&wanted);
	apply(world, &wanted);
	wanted.overrides[1].endpoints[0] = endpoint("10.77.4.3:8080");
	apply(world, &wanted);
	assert_int_equal(world->fake.writes, 1);
	assert_int_equal(world->fake.removals, 0);
	assert_int_equal(override(world, "mmeng", 2)->id, 2);
	assert_int_equal(override(world, "mmeng", 2)->endpoints[0].address.bytes[15], 3);
	wanted.overrides[1].on_unreachable = SHUNT_UNREACHABLE_MAIN;
	apply(world, &wanted);
	assert_int_equal(world->fake.writes, 1);
}

/* The fence guards an endpoint also while overrides may not name it. */
static void test_endpoint_that_is_no_target_for_a_while(void **state)
{
	struct world *world = *state;
	struct wanted wanted;

	want_shop(&wanted);
	apply(world, &wanted);
	wanted.offloaded[1].flags = 0;
	wanted.tables.override_count = 1;
	/* That the override went first is checked on the way. */
	apply(world, &wanted);
	assert_int_equal(offloaded(world, "10.77.4.2:8080")->flags, 0);
	assert_int_equal(offloaded(world, "10.77.4.2:8080")->fence, SHUNT_FENCE_ENFORCE);
	assert_null(override(world, "mmeng", 2));
	wanted.offloaded[1].flags = SHUNT_OFFLOADED_TARGET;
	wanted.offloaded[1].fence = SHUNT_FENCE_OFF;
	wanted.tables.override_count = 2;
	apply(world, &wanted);
	assert_int_equal(offloaded(world, "10.77.4.2:8080")->fence, SHUNT_FENCE_OFF);
	assert_non_null(override(world, "mmeng", 2));
}

static void test_override_that_goes(void **state)
{
	struct world *world = *state;
	struct shunt_override_stats counts = {0};
	struct wanted wanted;
	__u32 id = 2;

	want_shop(&wanted);
	apply(world, &wanted);
	assert_int_equal(fake_put(&world->fake, PINS_OVERRIDE_STATS, &id, &counts), 0);
	want_shop_without(&wanted, false);
	apply(world, &wanted);
	assert_null(override(world, "mmeng", 2));
	assert_int_equal(frontend(world, "10.96.0.2:80")->flags, 0);
	assert_int_equal(frontend(world, "10.96.0.1:80")->flags, SHUNT_FRONTEND_TRACKED);
	assert_int_equal(count(world, PINS_OVERRIDE_STATS), 0);
	assert_int_equal(world->report.waiting, 0);
}

static void test_flows_keep_what_they_use(void **state)
{
	struct world *world = *state;
	struct shunt_override_stats counts = {0};
	struct shunt_connection flow;
	struct wanted wanted;
	__u32 id = 2;

	want_shop(&wanted);
	apply(world, &wanted);
	flow = put_flow(world, "10.96.0.2:80", 2, 2);
	assert_int_equal(fake_put(&world->fake, PINS_OVERRIDE_STATS, &id, &counts), 0);
	want_shop_without(&wanted, true);
	apply(world, &wanted);
	assert_null(override(world, "mmeng", 2));
	assert_int_equal(frontend(world, "10.96.0.2:80")->flags, SHUNT_FRONTEND_TRACKED);
	assert_string_equal(service_name(world, 2), "shop/users:http");
	assert_int_equal(count(world, PINS_OFFLOADED), 1);
	assert_int_equal(count(world, PINS_OVERRIDE_STATS), 1);
	assert_int_equal(world->report.waiting, 3);

	assert_int_equal(fake_drop(&world->fake, PINS_FLOWS, &flow), 0);
	apply_again(world);
	assert_null(frontend(world, "10.96.0.2:80"));
	assert_string_equal(service_name(world, 2), "");
	assert_int_equal(count(world, PINS_OVERRIDE_STATS), 0);
	assert_int_equal(world->report.waiting, 0);

	want_shop(&wanted);
	apply(world, &wanted);
	assert_string_equal(service_name(world, 3), "shop/users:http");
	assert_int_equal(override(world, "mmeng", 3)->id, 3);
}

static void test_what_flows_kept_comes_back(void **state)
{
	struct world *world = *state;
	struct wanted wanted;

	want_shop(&wanted);
	apply(world, &wanted);
	put_flow(world, "10.96.0.2:80", 2, 2);
	want_shop_without(&wanted, true);
	apply(world, &wanted);
	want_shop(&wanted);
	apply(world, &wanted);
	assert_int_equal(frontend(world, "10.96.0.2:80")->service, 2);
	/* Only its two offloaded pods and the override, under a new id, had gone. */
	assert_int_equal(world->fake.writes, 3);
	assert_int_equal(override(world, "mmeng", 2)->id, 3);
}

static void test_untracked_only_without_flows(void **state)
{
	struct world *world = *state;
	struct shunt_connection flow;
	struct wanted wanted;

	want_shop(&wanted);
	apply(world, &wanted);
	flow = put_flow(world, "10.96.0.2:80", 2, 0);
	want_shop_without(&wanted, false);
	apply(world, &wanted);
	assert_int_equal(frontend(world, "10.96.0.2:80")->flags, SHUNT_FRONTEND_TRACKED);
	assert_int_equal(world->report.waiting, 1);
	assert_int_equal(fake_drop(&world->fake, PINS_FLOWS, &flow), 0);
	apply_again(world);
	assert_int_equal(frontend(world, "10.96.0.2:80")->flags, 0);
	assert_int_equal(world->fake.writes, 1);
}

static void test_frontend_changes_its_service(void **state)
{
	struct world *world = *state;
	struct wanted wanted;

	want_shop(&wanted);
	apply(world, &wanted);
	wanted.frontends[0].service = 1;
	wanted.frontends[1].service = 0;
	apply(world, &wanted);
	assert_int_equal(world->fake.writes, 2);
	assert_int_equal(frontend(world, "10.96.0.1:80")->service, 2);
}

static void test_full_table_is_reported_and_retried(void **state)
{
	struct world *world = *state;
	const struct apply_table *table = &world->report.tables[PINS_OVERRIDES];
	struct wanted wanted;

	world->fake.maps[PINS_OVERRIDES].capacity = 1;
	want_shop(&wanted);
	apply(world, &wanted);
	assert_int_equal(table->left_out, 1);
	assert_int_equal(table->error, -E2BIG);
	assert_int_equal(table->entries, 1);
	assert_string_equal(table->first, "mmeng for shop/users:http");
	assert_int_equal(count(world, PINS_FRONTENDS), 2);
	world->fake.maps[PINS_OVERRIDES].capacity = 2;
	apply_again(world);
	assert_int_equal(table->left_out, 0);
	assert_non_null(override(world, "mmeng", 2));
}

static void test_room_made_by_a_generation_is_used_by_it(void **state)
{
	struct world *world = *state;
	struct wanted wanted;

	world->fake.maps[PINS_OVERRIDES].capacity = 2;
	want_shop(&wanted);
	apply(world, &wanted);
	snprintf(wanted.overrides[0].context, sizeof(wanted.overrides[0].context), "anna");
	apply(world, &wanted);
	assert_int_equal(world->report.tables[PINS_OVERRIDES].left_out, 0);
	assert_non_null(override(world, "anna", 1));
	assert_null(override(world, "mmeng", 1));
}

static void test_dependents_are_left_out_too(void **state)
{
	struct world *world = *state;
	struct wanted wanted;

	world->fake.maps[PINS_SERVICES].capacity = 1;
	want_shop(&wanted);
	apply(world, &wanted);
	assert_int_equal(world->report.tables[PINS_SERVICES].left_out, 1);
	assert_int_equal(world->report.tables[PINS_OVERRIDES].left_out, 1);
	assert_int_equal(world->report.tables[PINS_OVERRIDES].error, -ENOENT);
	assert_int_equal(count(world, PINS_FRONTENDS), 1);
	world->fake.maps[PINS_SERVICES].capacity = 2;
	world->fake.maps[PINS_OFFLOADED].capacity = 1;
	apply_again(world);
	assert_int_equal(world->report.tables[PINS_SERVICES].left_out, 0);
	assert_int_equal(world->report.tables[PINS_OFFLOADED].left_out, 2);
	assert_null(override(world, "mmeng", 2));
	assert_non_null(override(world, "mmeng", 1));
}

static void test_counts_of_a_service_go_with_it(void **state)
{
	struct world *world = *state;
	struct shunt_service_stats counts = {0};
	struct shunt_propagation calls = {0};
	struct wanted wanted;
	__u32 pay = 1, users = 2;

	want_shop(&wanted);
	apply(world, &wanted);
	assert_int_equal(fake_put(&world->fake, PINS_SERVICE_STATS, &pay, &counts), 0);
	assert_int_equal(fake_put(&world->fake, PINS_SERVICE_STATS, &users, &counts), 0);
	assert_int_equal(fake_put(&world->fake, PINS_PROPAGATION, &users, &calls), 0);
	want_shop_without(&wanted, true);
	apply(world, &wanted);
	assert_non_null(fake_find(&world->fake, PINS_SERVICE_STATS, &pay));
	assert_null(fake_find(&world->fake, PINS_SERVICE_STATS, &users));
	assert_null(fake_find(&world->fake, PINS_PROPAGATION, &users));
}

/* Its element of `service_stats` would be that of one which is there. */
static void test_id_of_a_service_shares_no_counts(void **state)
{
	struct world *world = *state;
	struct wanted wanted;

	world->mirror.next_service_id = SHUNT_SERVICE_STATS_MAX + 1;
	want_shop(&wanted);
	apply(world, &wanted);
	world->mirror.next_service_id = 2 * SHUNT_SERVICE_STATS_MAX + 1;
	want_service(&wanted, "shop/x:http", "10.96.0.3:80");
	apply(world, &wanted);
	assert_string_equal(service_name(world, SHUNT_SERVICE_STATS_MAX + 2), "shop/users:http");
	assert_string_equal(service_name(world, 2 * SHUNT_SERVICE_STATS_MAX + 3), "shop/x:http");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_first_generation_is_complete),
		TEST(test_same_tables_write_nothing),
		TEST(test_one_change_is_one_write),
		TEST(test_endpoint_that_is_no_target_for_a_while),
		TEST(test_override_that_goes),
		TEST(test_flows_keep_what_they_use),
		TEST(test_what_flows_kept_comes_back),
		TEST(test_untracked_only_without_flows),
		TEST(test_frontend_changes_its_service),
		TEST(test_full_table_is_reported_and_retried),
		TEST(test_room_made_by_a_generation_is_used_by_it),
		TEST(test_dependents_are_left_out_too),
		TEST(test_counts_of_a_service_go_with_it),
		TEST(test_id_of_a_service_shares_no_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
