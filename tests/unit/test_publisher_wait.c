// SPDX-License-Identifier: Apache-2.0
/* Waiting until all nodes have applied a revision, those of other managers included. */
#include "publisher_agent.h"

static struct world world, other;

static int start(void **state)
{
	(void)state;
	world_start(&world, "manager-0", 0, 0);
	world_set(&world, 3, 1);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	world_stop(&world);
	return 0;
}

static void waits_end_when_all_live_nodes_have_applied(void **state)
{
	struct agent a = {.node = "a"}, b = {.node = "b"};
	struct waited waited = {0};

	(void)state;
	agent_connect(&a, world.publisher);
	agent_connect(&b, world.publisher);
	world_set(&world, 3, 2);
	assert_non_null(publisher_wait(world.publisher, world.revision, 5000, on_waited, &waited));
	assert_true(agent_drain(&a));
	agent_report(&a, world.publisher);
	uv_run(&world.loop, UV_RUN_NOWAIT);
	assert_int_equal(waited.calls, 0);
	assert_true(agent_drain(&b));
	agent_report(&b, world.publisher);
	assert_true(world_until(&world, &waited.calls, 1));
	assert_true(waited.applied);
	/* One that is gone is not waited for. */
	world_set(&world, 3, 3);
	waited = (struct waited){0};
	assert_non_null(publisher_wait(world.publisher, world.revision, 5000, on_waited, &waited));
	assert_true(agent_drain(&a));
	agent_report(&a, world.publisher);
	agent_disconnect(&b);
	assert_int_equal(waited.calls, 0);
	assert_true(world_until(&world, &waited.calls, 1));
	assert_true(waited.applied);
	agent_disconnect(&a);
}

static void waits_end_by_time_by_hand_or_with_the_publisher(void **state)
{
	struct waited timed = {0}, cancelled = {0}, stopped = {0}, nobody = {0};
	struct agent a = {.node = "a"};
	struct publisher_wait *wait;

	(void)state;
	/* Without live nodes nothing is missing. */
	assert_non_null(publisher_wait(world.publisher, 99, 5000, on_waited, &nobody));
	assert_int_equal(nobody.calls, 0);
	assert_true(world_until(&world, &nobody.calls, 1));
	assert_true(nobody.applied);
	agent_connect(&a, world.publisher);
	wait = publisher_wait(world.publisher, 99, 5000, on_waited, &cancelled);
	publisher_wait_cancel(wait);
	assert_non_null(publisher_wait(world.publisher, 99, 20, on_waited, &timed));
	assert_true(world_until(&world, &timed.calls, 1));
	assert_false(timed.applied);
	assert_non_null(publisher_wait(world.publisher, 99, 60000, on_waited, &stopped));
	agent_disconnect(&a);
	agent_connect(&a, world.publisher);
	publisher_stop(world.publisher);
	assert_int_equal(cancelled.calls, 0);
	assert_int_equal(timed.calls, 1);
	assert_int_equal(stopped.calls, 1);
	assert_false(agent_drain(&a));
	agent_disconnect(&a);
	uv_run(&world.loop, UV_RUN_DEFAULT);
	assert_int_equal(publisher_start(&world.loop,
					 &(struct publisher_options){.instance = "manager-0",
								     .snapshot = world_snapshot},
					 &world.publisher),
			 0);
}

/* As the store would, within a moment. */
static void pass_on(struct world *from, struct world *to, const char *manager)
{
	size_t shares = from->shares;

	assert_true(world_until(from, &from->shares, shares + 1));
	publisher_shared(to->publisher, manager, from->shared);
}

static void managers_know_each_others_nodes(void **state)
{
	struct waited waited = {0};
	struct agent a = {.node = "a"}, again = {.node = "a"};
	json_t *nodes, *node;

	(void)state;
	world_start(&other, "manager-1", 0, 0);
	world_set(&other, 3, 1);
	agent_connect(&a, other.publisher);
	assert_true(agent_drain(&a));
	pass_on(&other, &world, "manager-1");
	node = node_of(&world, "a", &nodes);
	assert_true(json_is_true(json_object_get(node, "live")));
	assert_string_equal(json_string_value(json_object_get(node, "manager")), "manager-1");
	json_decref(nodes);
	/* It is waited for here too. */
	assert_non_null(publisher_wait(world.publisher, 1, 5000, on_waited, &waited));
	uv_run(&world.loop, UV_RUN_NOWAIT);
	assert_int_equal(waited.calls, 0);
	agent_report(&a, other.publisher);
	pass_on(&other, &world, "manager-1");
	assert_true(world_until(&world, &waited.calls, 1));
	assert_true(waited.applied);
	/* It comes over to us; then what the other one says does not count. */
	agent_connect(&again, world.publisher);
	agent_disconnect(&a);
	pass_on(&other, &world, "manager-1");
	assert_true(is_live(&world, "a"));
	agent_disconnect(&again);
	assert_false(is_live(&world, "a"));
	/* A manager that is gone has no live nodes. */
	agent_connect(&a, other.publisher);
	pass_on(&other, &world, "manager-1");
	assert_true(is_live(&world, "a"));
	publisher_shared(world.publisher, "manager-1", NULL);
	assert_false(is_live(&world, "a"));
	agent_disconnect(&a);
	world_stop(&other);
}

/* As the store says that a status was written, or a spec changed that comes to the same. */
static void publish_nothing(struct world *to)
{
	struct changes changes = {0};

	assert_int_equal(publisher_publish(to->publisher, &changes, ++to->revision), 0);
}

static void a_revision_that_changes_nothing_is_had_by_all(void **state)
{
	struct agent a = {.node = "a"};
	struct waited waited = {0};
	json_t *nodes, *node;

	(void)state;
	agent_connect(&a, world.publisher);
	assert_true(agent_drain(&a));
	agent_report(&a, world.publisher);
	publish_nothing(&world);
	assert_int_equal(publisher_generation(world.publisher), 1);
	assert_int_equal(publisher_revision(world.publisher), 2);
	assert_int_equal(agent_take(&a, 100), 0);
	assert_non_null(publisher_wait(world.publisher, 2, 5000, on_waited, &waited));
	assert_true(world_until(&world, &waited.calls, 1));
	assert_true(waited.applied);
	/* Also when there is a next generation that it does not have, and what it reports is old. */
	world_set(&world, 3, 2);
	agent_report(&a, world.publisher);
	node = node_of(&world, "a", &nodes);
	assert_int_equal(json_integer_value(json_object_get(node, "generation")), 1);
	assert_int_equal(json_integer_value(json_object_get(node, "revision")), 2);
	json_decref(nodes);
	/* One that is behind has it when it has the generation. */
	publish_nothing(&world);
	waited = (struct waited){0};
	assert_non_null(publisher_wait(world.publisher, 4, 5000, on_waited, &waited));
	uv_run(&world.loop, UV_RUN_NOWAIT);
	assert_int_equal(waited.calls, 0);
	assert_true(agent_drain(&a));
	agent_report(&a, world.publisher);
	assert_true(world_until(&world, &waited.calls, 1));
	assert_true(waited.applied);
	agent_disconnect(&a);
}

/* Behind one address, the connection that has the reports may end at another manager. */
static void reports_may_reach_another_manager(void **state)
{
	struct agent a = {.node = "a"};
	struct waited waited = {0};

	(void)state;
	world_start(&other, "manager-1", 0, 0);
	agent_connect(&a, world.publisher);
	assert_true(agent_drain(&a));
	assert_non_null(publisher_wait(world.publisher, 1, 5000, on_waited, &waited));
	a.session->reported = 0;
	agent_report(&a, other.publisher);
	pass_on(&other, &world, "manager-1");
	assert_true(world_until(&world, &waited.calls, 1));
	assert_true(waited.applied);
	assert_true(is_live(&world, "a"));
	assert_true(a.session->reported > 0);
	/* What is told again is no report, and what is old changes nothing. */
	a.session->reported = 0;
	publisher_shared(world.publisher, "manager-1", other.shared);
	assert_int_equal(a.session->reported, 0);
	a.session->reported = uv_now(&world.loop);
	world_set(&world, 3, 2);
	assert_true(agent_drain(&a));
	agent_report(&a, world.publisher);
	publisher_shared(world.publisher, "manager-1", other.shared);
	assert_int_equal(world.publisher->nodes[0]->own.generation, 2);
	agent_disconnect(&a);
	world_stop(&other);
}

static void what_a_manager_shares_is_not_trusted(void **state)
{
	static const char *const texts[] = {
		"[]",
		"{\"nodes\": 1}",
		"{\"nodes\": [1, {}, {\"name\": \"a\"}]}",
		"{\"nodes\": [{\"name\": \"A b\", \"live\": true, \"instance\": \"x\", "
		"\"generation\": 1, \"revision\": 1, \"appliedAtMs\": 1, \"lastSeenMs\": 1, "
		"\"version\": \"\", \"leftOut\": 0, \"problem\": \"\"}]}",
		"{\"nodes\": [{\"name\": \"a\", \"live\": true, \"instance\": \"x\", "
		"\"generation\": -1, \"revision\": 1, \"appliedAtMs\": 1, \"lastSeenMs\": 1, "
		"\"version\": \"\", \"leftOut\": 0, \"problem\": \"\"}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *nodes = json_loads(texts[i], 0, NULL);

		assert_non_null(nodes);
		publisher_shared(world.publisher, "manager-1", nodes);
		assert_int_equal(world.publisher->node_count, 0);
		json_decref(nodes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(waits_end_when_all_live_nodes_have_applied, start,
						stop),
		cmocka_unit_test_setup_teardown(waits_end_by_time_by_hand_or_with_the_publisher,
						start, stop),
		cmocka_unit_test_setup_teardown(managers_know_each_others_nodes, start, stop),
		cmocka_unit_test_setup_teardown(a_revision_that_changes_nothing_is_had_by_all,
						start, stop),
		cmocka_unit_test_setup_teardown(reports_may_reach_another_manager, start, stop),
		cmocka_unit_test_setup_teardown(what_a_manager_shares_is_not_trusted, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
