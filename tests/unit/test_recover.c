// SPDX-License-Identifier: Apache-2.0
/* What a restarted agent makes of the tables that it finds. */
#include "tests/unit/apply_world.h"

static void test_restart_writes_nothing(void **state)
{
	struct world *world = *state;
	struct wanted wanted;

	want_shop(&wanted);
	apply(world, &wanted);
	recover(world);
	apply_again(world);
	assert_int_equal(world->fake.writes + world->fake.removals, 0);
	apply(world, &wanted);
	assert_int_equal(world->fake.writes + world->fake.removals, 0);
	assert_int_equal(world->report.tables[PINS_OVERRIDES].entries, 2);
}

static void test_restart_knows_fences_flags_and_tags(void **state)
{
	struct world *world = *state;
	struct changes changes = {0};
	struct wanted wanted;

	want_shop(&wanted);
	wanted.offloaded[0].fence = SHUNT_FENCE_OBSERVE;
	wanted.offloaded[2].flags = 0;
	wanted.overrides[0].flags = SHUNT_OVERRIDE_SIGNED;
	assert_int_equal(changes_of_tables(&wanted.tables, &changes), 0);
	changes.overrides[0].tag = 0xfedcba9876543210;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(mirror_change(&world->mirror, &changes), 0);
		apply_again(world);
		recover(world);
	}
	/* What is there already is not written again. */
	assert_int_equal(world->fake.writes + world->fake.removals, 0);
	assert_int_equal(offloaded(world, "10.77.4.1:8080")->fence, SHUNT_FENCE_OBSERVE);
	assert_int_equal(offloaded(world, "10.77.4.3:8080")->flags, 0);
	assert_int_equal(override(world, "mmeng", 1)->flags, SHUNT_OVERRIDE_SIGNED);
	assert_true(override(world, "mmeng", 1)->tag == 0xfedcba9876543210);
	changes.overrides[0].tag++;
	assert_int_equal(mirror_change(&world->mirror, &changes), 0);
	apply_again(world);
	assert_int_equal(world->fake.writes, 1);
	assert_true(override(world, "mmeng", 1)->tag == 0xfedcba9876543211);
	assert_int_equal(override(world, "mmeng", 1)->id, 1);
	changes_clear(&changes);
}

static void test_restart_goes_on_with_ids(void **state)
{
	struct world *world = *state;
	struct shunt_override_stats counts = {0};
	struct wanted wanted;
	__u32 orphan = 9;

	want_shop(&wanted);
	apply(world, &wanted);
	put_flow(world, "10.96.0.9:80", 5, 7);
	assert_int_equal(fake_put(&world->fake, PINS_OVERRIDE_STATS, &orphan, &counts), 0);
	recover(world);
	want_service(&wanted, "shop/zoo:http", "10.96.0.3:80");
	want_offloaded(&wanted, "10.77.4.4:8080", 2);
	want_override(&wanted, "mmeng", 2, "10.77.4.4:8080");
	apply(world, &wanted);
	assert_string_equal(service_name(world, 6), "shop/zoo:http");
	assert_int_equal(override(world, "mmeng", 6)->id, 10);
	assert_int_equal(count(world, PINS_OVERRIDE_STATS), 0);
}

/* Requests may list endpoints themselves; that has the highest id there is. */
static void test_restart_goes_on_with_ids_where_requests_named_addresses(void **state)
{
	struct world *world = *state;
	struct shunt_override_stats counts = {0};
	struct wanted wanted;
	__u32 listed = SHUNT_OVERRIDE_BY_ADDRESS;

	want_shop(&wanted);
	apply(world, &wanted);
	put_flow(world, "10.96.0.1:80", 1, listed);
	assert_int_equal(fake_put(&world->fake, PINS_OVERRIDE_STATS, &listed, &counts), 0);
	recover(world);
	want_service(&wanted, "shop/zoo:http", "10.96.0.3:80");
	want_offloaded(&wanted, "10.77.4.4:8080", 2);
	want_override(&wanted, "mmeng", 2, "10.77.4.4:8080");
	apply(world, &wanted);
	assert_int_equal(override(world, "mmeng", 3)->id, 3);
	assert_int_equal(count(world, PINS_OVERRIDE_STATS), 1);
}

static void test_restart_drops_what_has_no_service(void **state)
{
	struct world *world = *state;
	struct wanted wanted;
	__u32 id = 2;

	want_shop(&wanted);
	apply(world, &wanted);
	assert_int_equal(fake_drop(&world->fake, PINS_SERVICES, &id), 0);
	recover(world);
	want_shop_without(&wanted, true);
	/* Back for the checks on the way: what is recovered does not know its name any more. */
	assert_int_equal(fake_put(&world->fake, PINS_SERVICES, &id, &(struct shunt_service){""}),
			 0);
	apply(world, &wanted);
	assert_int_equal(world->fake.writes, 0);
	assert_int_equal(count(world, PINS_OVERRIDES), 1);
	assert_int_equal(count(world, PINS_FRONTENDS), 1);
	assert_int_equal(count(world, PINS_OFFLOADED), 1);
	assert_int_equal(count(world, PINS_SERVICES), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_restart_writes_nothing),
		TEST(test_restart_knows_fences_flags_and_tags),
		TEST(test_restart_goes_on_with_ids),
		TEST(test_restart_goes_on_with_ids_where_requests_named_addresses),
		TEST(test_restart_drops_what_has_no_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
