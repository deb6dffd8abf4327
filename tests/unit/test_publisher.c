// SPDX-License-Identifier: Apache-2.0
/* What agents are sent: the first time, when they resume, and when they are too slow. */
#include "publisher_agent.h"

static struct world world;

static int start(void **state)
{
	(void)state;
	world_start(&world, "manager-0", 0, 0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	world_stop(&world);
	return 0;
}

static void has_all(const struct agent *agent)
{
	assert_int_equal(agent->generation, publisher_generation(world.publisher));
	assert_memory_equal(&agent->table, &world.table, sizeof(agent->table));
}

static void agents_wait_for_the_first_generation(void **state)
{
	struct agent agent = {.node = "a"};

	(void)state;
	agent_connect(&agent, world.publisher);
	assert_true(agent_drain(&agent));
	assert_int_equal(agent.hellos, 1);
	assert_string_equal(agent.instance, "manager-0");
	assert_int_equal(agent.snapshots, 0);
	assert_int_equal(world.snapshots, 0);
	world_set(&world, 3, 1);
	assert_true(agent_drain(&agent));
	assert_int_equal(agent.snapshots, 1);
	has_all(&agent);
	world_set(&world, 4, 2);
	assert_true(agent_drain(&agent));
	assert_int_equal(agent.snapshots, 1);
	assert_int_equal(agent.changes, 1);
	has_all(&agent);
	agent_disconnect(&agent);
}

static void new_agents_share_a_snapshot(void **state)
{
	struct agent agents[5] = {
		{.node = "a"}, {.node = "b"}, {.node = "c"}, {.node = "d"}, {.node = "e"}};

	(void)state;
	for (size_t key = 0; key < WORLD_KEYS; key++)
		world_set(&world, key, 1);
	for (size_t i = 0; i < 5; i++) {
		agent_connect(&agents[i], world.publisher);
		assert_true(agent_drain(&agents[i]));
		has_all(&agents[i]);
	}
	assert_int_equal(world.snapshots, 1);
	world_set(&world, 1, 2);
	for (size_t i = 0; i < 5; i++) {
		assert_true(agent_drain(&agents[i]));
		assert_int_equal(agents[i].changes, 1);
		has_all(&agents[i]);
		agent_disconnect(&agents[i]);
	}
}

/* One that was there before has what the tables are now, and would go back for a moment. */
static void no_agent_gets_what_was_before(void **state)
{
	struct agent first = {.node = "a"}, second = {.node = "b"};

	(void)state;
	for (size_t key = 0; key < WORLD_KEYS; key++)
		world_set(&world, key, 1);
	agent_connect(&first, world.publisher);
	assert_true(agent_drain(&first));
	world_set(&world, 1, 2);
	agent_connect(&second, world.publisher);
	assert_true(agent_drain(&second));
	assert_int_equal(second.snapshots, 1);
	assert_int_equal(second.changes, 0);
	has_all(&second);
	agent_disconnect(&first);
	agent_disconnect(&second);
}

static void one_that_resumes_gets_what_changed(void **state)
{
	struct agent agent = {.node = "a"};

	(void)state;
	world_set(&world, 3, 1);
	agent_connect(&agent, world.publisher);
	assert_true(agent_drain(&agent));
	agent_disconnect(&agent);
	world_set(&world, 3, 0);
	world_set(&world, 5, 1);
	agent_connect(&agent, world.publisher);
	assert_true(agent_drain(&agent));
	assert_int_equal(agent.snapshots, 1);
	assert_int_equal(agent.changes, 2);
	has_all(&agent);
	agent_disconnect(&agent);
	/* There is nothing new. */
	agent_connect(&agent, world.publisher);
	assert_true(agent_drain(&agent));
	assert_int_equal(agent.snapshots, 1);
	assert_int_equal(agent.changes, 2);
	agent_disconnect(&agent);
	assert_int_equal(world.publisher->counts.resumed, 2);
}

static void what_is_not_of_this_instance_is_not_resumed(void **state)
{
	struct agent other = {.node = "a", .instance = "manager-1", .generation = 1};
	struct agent later = {.node = "b", .instance = "manager-0", .generation = 7};

	(void)state;
	world_set(&world, 3, 1);
	other.table.values[9] = later.table.values[9] = 1;
	agent_connect(&other, world.publisher);
	agent_connect(&later, world.publisher);
	assert_true(agent_drain(&other));
	assert_true(agent_drain(&later));
	assert_int_equal(other.snapshots, 1);
	assert_int_equal(later.snapshots, 1);
	has_all(&other);
	has_all(&later);
	agent_disconnect(&other);
	agent_disconnect(&later);
}

static void a_newer_stream_of_a_node_replaces_the_older(void **state)
{
	struct agent old = {.node = "a"}, new = {.node = "a"};

	(void)state;
	world_set(&world, 3, 1);
	agent_connect(&old, world.publisher);
	assert_true(agent_drain(&old));
	agent_connect(&new, world.publisher);
	assert_false(agent_drain(&old));
	agent_disconnect(&old);
	assert_true(agent_drain(&new));
	has_all(&new);
	assert_int_equal(world.publisher->counts.dropped[PUBLISHER_DROP_REPLACED], 1);
	assert_int_equal(world.publisher->node_count, 1);
	assert_true(world.publisher->nodes[0]->own.live);
	agent_disconnect(&new);
	assert_false(world.publisher->nodes[0]->own.live);
}

static void without_a_snapshot_the_stream_ends(void **state)
{
	struct agent agent = {.node = "a"};

	(void)state;
	world_set(&world, 3, 1);
	world.snapshot_error = -ENOMEM;
	agent_connect(&agent, world.publisher);
	assert_false(agent_drain(&agent));
	agent_disconnect(&agent);
	assert_int_equal(world.publisher->counts.dropped[PUBLISHER_DROP_FAILED], 1);
	world.snapshot_error = 0;
	agent_connect(&agent, world.publisher);
	assert_true(agent_drain(&agent));
	has_all(&agent);
	agent_disconnect(&agent);
}

static void one_that_takes_nothing_falls_out_of_the_log(void **state)
{
	struct agent slow = {.node = "slow"}, quick = {.node = "quick"};

	(void)state;
	world_start(&world, "manager-0", 0, 500);
	world_set(&world, 3, 1);
	agent_connect(&slow, world.publisher);
	agent_connect(&quick, world.publisher);
	assert_true(agent_drain(&slow));
	for (unsigned char i = 0; i < 100; i++) {
		world_set(&world, i % WORLD_KEYS, i);
		assert_true(agent_drain(&quick));
		assert_true(world.publisher->log.bytes <= 500);
	}
	has_all(&quick);
	assert_false(agent_drain(&slow));
	assert_int_equal(world.publisher->counts.dropped[PUBLISHER_DROP_SLOW], 1);
	agent_disconnect(&slow);
	agent_connect(&slow, world.publisher);
	assert_true(agent_drain(&slow));
	assert_int_equal(slow.snapshots, 2);
	has_all(&slow);
	agent_disconnect(&slow);
	agent_disconnect(&quick);
	world_stop(&world);
}

static void heartbeats_come_and_reports_are_missed(void **state)
{
	struct agent silent = {.node = "silent"}, talking = {.node = "talking"};
	__u64 end = clock_monotonic() + WORLD_LIMIT_MS * 1000000ull;

	(void)state;
	world_start(&world, "manager-0", 50, 0);
	world_set(&world, 3, 1);
	agent_connect(&silent, world.publisher);
	agent_connect(&talking, world.publisher);
	while (silent.session && clock_monotonic() < end) {
		uv_run(&world.loop, UV_RUN_ONCE);
		assert_true(agent_drain(&talking));
		agent_report(&talking, world.publisher);
		if (!agent_drain(&silent))
			agent_disconnect(&silent);
	}
	assert_null(silent.session);
	assert_true(silent.heartbeats >= 2);
	assert_true(talking.heartbeats >= 2);
	assert_int_equal(world.publisher->counts.dropped[PUBLISHER_DROP_SILENT], 1);
	agent_disconnect(&talking);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ON_WORLD(test) cmocka_unit_test_setup_teardown(test, start, stop)
		ON_WORLD(agents_wait_for_the_first_generation),
		ON_WORLD(new_agents_share_a_snapshot),
		ON_WORLD(no_agent_gets_what_was_before),
		ON_WORLD(one_that_resumes_gets_what_changed),
		ON_WORLD(what_is_not_of_this_instance_is_not_resumed),
		ON_WORLD(a_newer_stream_of_a_node_replaces_the_older),
		ON_WORLD(without_a_snapshot_the_stream_ends),
		cmocka_unit_test(one_that_takes_nothing_falls_out_of_the_log),
		cmocka_unit_test(heartbeats_come_and_reports_are_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
