// SPDX-License-Identifier: Apache-2.0
/* Generations as a whole: what comes before what, and what is tried again. */
#include "tests/unit/apply_world.h"
#include "user/agent/sync.h"

static const struct shunt_keys keys = {.epochs = {6, 7}, .current = 7};

static size_t finished; /* generations */

static int finish(void *context, __u64 *generation)
{
	(void)context;
	*generation = ++finished;
	return 0;
}

struct sync_world {
	struct fake_maps fake;
	struct sync sync;
	struct policy policy;
	struct wanted wanted;
};

static struct shunt_prefix prefix_of(const char *address, __u32 length)
{
	struct shunt_prefix prefix = {.length = length};

	assert_int_equal(address_parse(address, &prefix.address), 0);
	return prefix;
}

/* An override is there only with the keys and the sources. */
static void check_guards(const struct fake_maps *fake, void *argument)
{
	(void)argument;
	if (!fake->maps[PINS_OVERRIDES].count)
		return;
	assert_memory_equal(&fake->keys, &keys, sizeof(keys));
	assert_true(fake->flags & SHUNT_SETTINGS_SOURCES);
}

static int set_up_sync(void **state)
{
	const struct shunt_prefix source = prefix_of("10.77.2.0", 96 + 24);
	const struct shunt_endpoint front = endpoint("10.96.0.1:80");
	struct sync_world *world = calloc(1, sizeof(*world));
	struct backend backend;

	fake_init(&world->fake);
	world->fake.check = check_guards;
	backend = fake_backend(&world->fake);
	backend.finish = finish;
	want_shop(&world->wanted);
	assert_int_equal(policy_add_source(&world->policy, &source, SHUNT_SOURCE_OBEYED), 0);
	assert_int_equal(policy_add_steer(&world->policy, &front, 0, &front, 1), 0);
	assert_int_equal(sync_start(&world->sync, &backend), 0);
	*state = world;
	return 0;
}

static int tear_down_sync(void **state)
{
	struct sync_world *world = *state;

	sync_stop(&world->sync);
	policy_clear(&world->policy);
	fake_clear(&world->fake);
	free(world);
	return 0;
}

static void apply_all(struct sync_world *world)
{
	struct changes changes;

	assert_int_equal(changes_of_tables(&world->wanted.tables, &changes), 0);
	changes.markers = NULL;
	changes.keys = &keys;
	changes.policy = &world->policy;
	assert_int_equal(sync_apply(&world->sync, &changes), 0);
	changes_clear(&changes);
}

static void guards_come_before_what_they_guard(void **state)
{
	struct sync_world *world = *state;

	apply_all(world);
	assert_int_equal(world->fake.maps[PINS_OVERRIDES].count, 2);
	assert_int_equal(world->fake.maps[PINS_SOURCES].count, 1);
	assert_int_equal(world->fake.maps[PINS_STEERED].count, 1);
	assert_int_equal(sync_left_out(&world->sync), 0);
	assert_true(world->sync.has_keys);
	assert_true(policy_equal(&world->sync.policy.policy, &world->policy));
}

static void changes_without_them_keep_them(void **state)
{
	struct sync_world *world = *state;
	struct changes changes = {0};

	apply_all(world);
	assert_int_equal(changes_add_service(&changes, "shop/zoo:http", false), 0);
	assert_int_equal(sync_apply(&world->sync, &changes), 0);
	changes_clear(&changes);
	assert_memory_equal(&world->fake.keys, &keys, sizeof(keys));
	assert_int_equal(world->fake.flags, SHUNT_SETTINGS_SOURCES);
	assert_int_equal(world->fake.maps[PINS_STEERED].count, 1);
}

static void what_was_left_out_of_the_policy_is_tried_again(void **state)
{
	struct sync_world *world = *state;

	world->fake.maps[PINS_STEERED].capacity = 0;
	apply_all(world);
	assert_int_equal(sync_left_out(&world->sync), 1);
	assert_int_equal(world->sync.left_out.count, 1);
	assert_string_equal(world->sync.left_out.texts[0],
			    "table steered: full: 1 entries left out, the first is 10.96.0.1:80; "
			    "connections to it may go to offloaded pods");
	world->fake.maps[PINS_STEERED].capacity = 1;
	sync_retry(&world->sync);
	assert_int_equal(sync_left_out(&world->sync), 0);
	assert_int_equal(world->sync.left_out.count, 0);
	assert_int_equal(world->fake.maps[PINS_STEERED].count, 1);
}

static void that_a_fence_is_left_out_is_said(void **state)
{
	struct sync_world *world = *state;

	world->fake.maps[PINS_OFFLOADED].capacity = 2;
	apply_all(world);
	assert_int_equal(world->sync.report.tables[PINS_OFFLOADED].left_out, 1);
	assert_string_equal(
		world->sync.left_out.texts[0],
		"table offloaded: full: 1 entries left out, the first is 10.77.4.3:8080 "
		"of shop/users:http; no fence guards them, and marked requests that "
		"need them go to the origin");
}

static const char *node_address = "10.1.1.1";

static int read_nodes(struct address_set *addresses)
{
	struct shunt_address address;

	assert_int_equal(address_parse(node_address, &address), 0);
	return address_set_add(addresses, &address);
}

static void refused_targets_are_told_of(void **state)
{
	struct sync_world *world = *state;

	world->sync.refuse.read = read_nodes;
	apply_all(world);
	assert_int_equal(sync_left_out(&world->sync), 0);
	node_address = "10.77.4.2";
	sync_readdress(&world->sync);
	assert_int_equal(sync_left_out(&world->sync), 2);
	assert_int_equal(world->sync.left_out.count, 2);
	assert_string_equal(world->sync.left_out.texts[0],
			    "table offloaded: 1 entries refused, the first is 10.77.4.2:8080 of "
			    "shop/users:http: it is a node's own address; marked requests that "
			    "need them go to the origin");
	assert_int_equal(world->fake.maps[PINS_OVERRIDES].count, 1);
	assert_int_equal(world->fake.maps[PINS_OFFLOADED].count, 2);
	node_address = "10.1.1.1";
	sync_retry(&world->sync);
	assert_int_equal(sync_left_out(&world->sync), 0);
	assert_int_equal(world->sync.left_out.count, 0);
	assert_int_equal(world->fake.maps[PINS_OVERRIDES].count, 2);
}

int main(void)
{
#define SYNC_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_sync, tear_down_sync)
	const struct CMUnitTest tests[] = {
		SYNC_TEST(guards_come_before_what_they_guard),
		SYNC_TEST(changes_without_them_keep_them),
		SYNC_TEST(what_was_left_out_of_the_policy_is_tried_again),
		SYNC_TEST(that_a_fence_is_left_out_is_said),
		SYNC_TEST(refused_targets_are_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
