// SPDX-License-Identifier: Apache-2.0
/* Overrides that a generation changes together are in force together, also where an agent died. */
#include "tests/unit/apply_world.h"
#include "user/agent/stage.h"

#define PAY 1 /* ids of services */
#define USERS 2

/* What a request of mmeng sees for a service: the last byte of the endpoint's address; 0: nothing. */
static int seen(const struct fake_maps *fake, __u32 service)
{
	struct shunt_override_key key = {.context = "mmeng", .service = service};
	const struct shunt_override *found = NULL;

	if (fake->flags & SHUNT_SETTINGS_STAGED)
		found = fake_find(fake, PINS_STAGED, &key);
	if (!found || found->stage != fake->generation + 1)
		found = fake_find(fake, PINS_OVERRIDES, &key);
	return found && found->endpoint_count ? found->endpoints[0].address.bytes[15] : 0;
}

/* The only pairs that may be seen. */
struct pairs {
	int old[2];
	int new[2];
	size_t split; /* how often something else was */
};

static void check_pairs(const struct fake_maps *fake, void *argument)
{
	struct pairs *pairs = argument;
	int pay = seen(fake, PAY), users = seen(fake, USERS);

	pairs->split += !(pay == pairs->old[0] && users == pairs->old[1]) &&
			!(pay == pairs->new[0] && users == pairs->new[1]);
}

static void want_other_shop(struct wanted *wanted)
{
	want_shop(wanted);
	wanted->offloaded[0].endpoint = endpoint("10.77.4.7:8080");
	wanted->overrides[0].endpoints[0] = endpoint("10.77.4.7:8080");
	wanted->overrides[1].endpoints[0] = endpoint("10.77.4.3:8080");
}

/* The number of splits while the shop changes. */
static size_t change(struct world *world, struct pairs pairs, const struct wanted *wanted)
{
	world->fake.check = check_pairs;
	world->fake.check_argument = &pairs;
	apply(world, wanted);
	world->fake.check = NULL;
	assert_int_equal(seen(&world->fake, PAY), pairs.new[0]);
	assert_int_equal(seen(&world->fake, USERS), pairs.new[1]);
	assert_int_equal(count(world, PINS_STAGED), 0);
	assert_int_equal(world->fake.flags, 0);
	return pairs.split;
}

static void test_two_are_replaced_at_once(void **state)
{
	struct world *world = *state;
	struct wanted wanted;

	want_shop(&wanted);
	assert_int_equal(change(world, (struct pairs){{0, 0}, {1, 2}, 0}, &wanted), 0);
	want_other_shop(&wanted);
	assert_int_equal(change(world, (struct pairs){{1, 2}, {7, 3}, 0}, &wanted), 0);
}

static void test_one_comes_as_another_goes(void **state)
{
	struct world *world = *state;
	struct wanted wanted;

	want_shop_without(&wanted, false);
	apply(world, &wanted);
	want_shop(&wanted);
	wanted.overrides[0] = wanted.overrides[1];
	wanted.tables.override_count = 1;
	assert_int_equal(change(world, (struct pairs){{1, 0}, {0, 2}, 0}, &wanted), 0);
}

static void test_no_room_is_no_reason_to_wait(void **state)
{
	struct world *world = *state;
	struct wanted wanted;

	want_shop(&wanted);
	apply(world, &wanted);
	world->fake.maps[PINS_STAGED].capacity = 1;
	want_other_shop(&wanted);
	assert_int_not_equal(change(world, (struct pairs){{1, 2}, {7, 3}, 0}, &wanted), 0);
}

/* What an agent leaves that is killed when it has staged this. */
static void leave(struct world *world, __u32 generation, __u32 flags)
{
	struct shunt_override_key pay = {.context = "mmeng", .service = PAY};
	struct shunt_override_key users = {.context = "mmeng", .service = USERS};
	struct shunt_override value = *override(world, "mmeng", USERS);

	value.stage = generation;
	value.endpoints[0] = endpoint("10.77.4.3:8080");
	assert_int_equal(fake_put(&world->fake, PINS_STAGED, &users, &value), 0);
	value.service = PAY;
	value.endpoint_count = 0;
	assert_int_equal(fake_put(&world->fake, PINS_STAGED, &pay, &value), 0);
	world->fake.flags = flags;
}

static void test_what_a_killed_agent_had_put_in_force_stays_so(void **state)
{
	struct world *world = *state;
	struct wanted wanted;

	want_shop(&wanted);
	apply(world, &wanted);
	world->fake.generation = 5;
	leave(world, 6, SHUNT_SETTINGS_SOURCES | SHUNT_SETTINGS_STAGED);
	assert_int_equal(seen(&world->fake, PAY), 0);
	assert_int_equal(seen(&world->fake, USERS), 3);
	assert_int_equal(stage_recover(&world->backend), 0);
	assert_int_equal(seen(&world->fake, PAY), 0);
	assert_int_equal(seen(&world->fake, USERS), 3);
	assert_int_equal(override(world, "mmeng", USERS)->stage, 0);
	assert_int_equal(count(world, PINS_STAGED), 0);
	assert_int_equal(world->fake.flags, SHUNT_SETTINGS_SOURCES);
}

static void test_what_it_had_not_is_forgotten(void **state)
{
	static const struct {
		__u32 number, flags;
	} rows[] = {{6, 0}, {5, SHUNT_SETTINGS_STAGED}};
	struct world *world = *state;
	struct wanted wanted;

	want_shop(&wanted);
	apply(world, &wanted);
	world->fake.generation = 5;
	for (size_t i = 0; i < 2; i++) {
		leave(world, rows[i].number, rows[i].flags);
		assert_int_equal(stage_recover(&world->backend), 0);
		assert_int_equal(seen(&world->fake, PAY), 1);
		assert_int_equal(seen(&world->fake, USERS), 2);
		assert_int_equal(count(world, PINS_STAGED), 0);
		assert_int_equal(world->fake.flags, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_two_are_replaced_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_comes_as_another_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_room_is_no_reason_to_wait, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_what_a_killed_agent_had_put_in_force_stays_so,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_it_had_not_is_forgotten, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
