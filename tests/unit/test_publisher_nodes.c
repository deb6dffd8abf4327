// SPDX-License-Identifier: Apache-2.0
/* What is known of agents by their reports. */
#include "publisher_agent.h"

static struct world world;

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

static void nodes_are_listed_by_name(void **state)
{
	struct agent b = {.node = "b"}, a = {.node = "a"};
	json_t *nodes, *node;

	(void)state;
	agent_connect(&b, world.publisher);
	agent_connect(&a, world.publisher);
	assert_true(agent_drain(&b));
	agent_report(&b, world.publisher);
	node = node_of(&world, "b", &nodes);
	assert_int_equal(json_array_size(nodes), 2);
	assert_ptr_equal(json_array_get(nodes, 1), node);
	assert_true(json_is_true(json_object_get(node, "live")));
	assert_string_equal(json_string_value(json_object_get(node, "manager")), "manager-0");
	assert_int_equal(json_integer_value(json_object_get(node, "generation")), 1);
	assert_int_equal(json_integer_value(json_object_get(node, "revision")), 1);
	assert_string_equal(json_string_value(json_object_get(node, "appliedAt")),
			    "1970-01-01T00:00:01.000000Z");
	assert_string_equal(json_string_value(json_object_get(node, "version")), "1.2.3");
	/* The other one has not reported yet. */
	assert_true(json_is_null(json_object_get(json_array_get(nodes, 0), "appliedAt")));
	assert_true(json_is_string(json_object_get(json_array_get(nodes, 0), "lastSeen")));
	json_decref(nodes);
	agent_disconnect(&a);
	agent_disconnect(&b);
	assert_false(is_live(&world, "b"));
}

static int take(const Shunt__V1__SyncReport *report, const char *node, const char **problem)
{
	size_t size = shunt__v1__sync_report__get_packed_size(report);
	uint8_t *bytes = malloc(size ? size : 1);
	int error;

	assert_non_null(bytes);
	shunt__v1__sync_report__pack(report, bytes);
	error = publisher_report_take(world.publisher, bytes, size, node, problem);
	free(bytes);
	return error;
}

static void reports_that_are_no_valid_ones(void **state)
{
	static const struct {
		const char *node, *instance, *context, *sender;
		uint64_t generation;
		int error;
		const char *problem;
	} rows[] = {
		{"", "", "a", NULL, 0, -EBADMSG, "node is no DNS name of 1 to 253 characters"},
		{"a b", "", "a", NULL, 0, -EBADMSG, "node is no DNS name of 1 to 253 characters"},
		{"a", "m\n", "a", NULL, 0, -EBADMSG,
		 "instance is no name that a manager gives itself"},
		{"a", "", "a", NULL, UINT64_MAX, -EBADMSG, "a number is too large"},
		{"a", "", "A", NULL, 0, -EBADMSG, "a use of what is no name of a context"},
		{"a", "", "a", "b", 0, -EINVAL,
		 "the report is of another node than the one that sent it"},
		{"a", "", "a", "a", 0, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		Shunt__V1__SyncReport report = SHUNT__V1__SYNC_REPORT__INIT;
		Shunt__V1__SyncUse use = SHUNT__V1__SYNC_USE__INIT, *uses[] = {&use};
		const char *problem;

		report.node = (char *)rows[i].node;
		report.instance = (char *)rows[i].instance;
		report.generation = rows[i].generation;
		use.context = (char *)rows[i].context;
		use.service = (char *)WORLD_SERVICE;
		use.requests = 12;
		report.n_uses = 1;
		report.uses = uses;
		assert_int_equal(take(&report, rows[i].sender, &problem), rows[i].error);
		if (rows[i].error)
			assert_string_equal(problem, rows[i].problem);
		assert_string_equal(world.used, rows[i].error ? "" : "a " WORLD_SERVICE " 12");
		assert_int_equal(world.publisher->node_count, rows[i].error ? 0 : 1);
	}
}

static void what_is_no_report_is_refused(void **state)
{
	const char *problem;

	(void)state;
	assert_int_equal(publisher_report_take(world.publisher, "\xff\xff", 2, NULL, &problem),
			 -EBADMSG);
	assert_int_equal(publisher_report_take(world.publisher, NULL, 0, NULL, &problem), -EBADMSG);
	assert_int_equal(world.publisher->node_count, 0);
}

static void texts_of_a_report_are_made_printable_and_cut(void **state)
{
	Shunt__V1__SyncReport report = SHUNT__V1__SYNC_REPORT__INIT;
	char problem_text[1000];
	const char *problem;

	(void)state;
	memset(problem_text, 'x', sizeof(problem_text) - 1);
	problem_text[sizeof(problem_text) - 1] = '\0';
	report.node = (char *)"a";
	report.version = (char *)"\x1b[31m\xff";
	report.problem = problem_text;
	report.left_out = 3;
	assert_int_equal(take(&report, NULL, &problem), 0);
	assert_string_equal(world.publisher->nodes[0]->own.version, "\\x1b[31m\\xff");
	assert_int_equal(strlen(world.publisher->nodes[0]->own.problem), PUBLISHER_PROBLEM_MAX);
	assert_int_equal(world.publisher->nodes[0]->own.left_out, 3);
}

static void nodes_make_room_for_live_ones(void **state)
{
	struct publisher_node *node;
	char name[16];

	(void)state;
	for (int i = 0; i < PUBLISHER_NODES_MAX; i++) {
		snprintf(name, sizeof(name), "n-%d", i);
		assert_int_equal(publisher_node_get(world.publisher, name, &node), 0);
		node->own.last_seen = publisher_now() - (i == 77 ? 1000 : 0);
		node->own.live = i != 77 && i != 78;
	}
	assert_int_equal(publisher_node_get(world.publisher, "one-more", &node), 0);
	node->own.live = true;
	assert_int_equal(publisher_node_get(world.publisher, "another", &node), 0);
	node->own.live = true;
	assert_int_equal(publisher_node_get(world.publisher, "too-many", &node), -ENOSPC);
	assert_int_equal(world.publisher->node_count, PUBLISHER_NODES_MAX);
	/* All but one are gone for long. */
	for (size_t i = 0; i < world.publisher->node_count; i++) {
		if (world.publisher->nodes[i] != node)
			world.publisher->nodes[i]->own.live = false;
		world.publisher->nodes[i]->own.last_seen = 1;
	}
	publisher_node_forget(world.publisher);
	assert_int_equal(world.publisher->node_count, 1);
	assert_string_equal(world.publisher->nodes[0]->name, "another");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nodes_are_listed_by_name, start, stop),
		cmocka_unit_test_setup_teardown(reports_that_are_no_valid_ones, start, stop),
		cmocka_unit_test_setup_teardown(what_is_no_report_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(texts_of_a_report_are_made_printable_and_cut, start,
						stop),
		cmocka_unit_test_setup_teardown(nodes_make_room_for_live_ones, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
