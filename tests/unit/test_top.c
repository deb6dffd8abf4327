// SPDX-License-Identifier: Apache-2.0
/* What `shunt top` makes of two samples of counts, and where an agent's socket is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/cli/top_sample.h"
#include "user/lib/agent_socket.h"
#include "user/lib/service_name.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct top_count before_items[] = {
	{1, {"ana", 7}, {100, 10, 1}},
	{2, {"ben", 7}, {50, 5, 0}},
	{3, {"ben", 8}, {900, 0, 0}},
};
static struct top_count now_items[] = {
	{1, {"ana", 7}, {110, 12, 2}}, {2, {"ben", 7}, {80, 6, 0}},
	{3, {"ben", 8}, {5, 1, 0}}, /* begun anew */
	{4, {"", 0}, {1000, 0, 0}}, /* of an override that is gone */
	{5, {"cat", 8}, {1, 1, 0}},
};
static const struct top_sample before = {.items = before_items, .count = COUNT(before_items)};
static const struct top_sample now = {.items = now_items, .count = COUNT(now_items)};

struct expected {
	const char *context;
	__u32 service;
	__u64 since, total, failures;
};

static void check(enum top_by by, const struct expected *expected, size_t count)
{
	size_t made;
	struct top_row *rows = top_rows(&before, &now, by, &made);

	assert_non_null(rows);
	assert_int_equal(made, count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(rows[i].key.context, expected[i].context);
		assert_int_equal(rows[i].key.service, expected[i].service);
		assert_int_equal(rows[i].since.requests, expected[i].since);
		assert_int_equal(rows[i].total.requests, expected[i].total);
		assert_int_equal(rows[i].since.failures, expected[i].failures);
	}
	free(rows);
}

static void the_busiest_come_first(void **state)
{
	static const struct expected overrides[] = {
		{"ben", 7, 30, 80, 0},
		{"ana", 7, 10, 110, 1},
		{"ben", 8, 5, 5, 0},
		{"cat", 8, 1, 1, 0},
	};
	static const struct expected contexts[] = {
		{"ben", 0, 35, 85, 0},
		{"ana", 0, 10, 110, 1},
		{"cat", 0, 1, 1, 0},
	};
	static const struct expected services[] = {
		{"", 7, 40, 190, 1},
		{"", 8, 6, 6, 0},
	};

	(void)state;
	check(TOP_BY_OVERRIDE, overrides, COUNT(overrides));
	check(TOP_BY_CONTEXT, contexts, COUNT(contexts));
	check(TOP_BY_SERVICE, services, COUNT(services));
}

static void sockets_are_named_after_the_directory_of_pins(void **state)
{
	char path[AGENT_SOCKET_PATH_SIZE], long_name[200];

	(void)state;
	assert_int_equal(agent_socket_path("/sys/fs/bpf/shunt", path), 0);
	assert_string_equal(path, "/run/shunt/shunt.sock");
	assert_int_equal(agent_socket_path("/sys/fs/bpf/other//", path), 0);
	assert_string_equal(path, "/run/shunt/other.sock");
	memset(long_name, 'a', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = 0;
	assert_int_equal(agent_socket_path(long_name, path), -ENAMETOOLONG);
}

static void services_have_valid_names(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
		{"users", true},
		{"shop/users", true},
		{"shop/users:http", true},
		{"users:http", true},
		{"", false},
		{"shop/", false},
		{"/users", false},
		{"users:", false},
		{"shop/users/more", false},
		{"shop/users http", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(service_name_is_valid(rows[i].text), rows[i].valid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_busiest_come_first),
		cmocka_unit_test(sockets_are_named_after_the_directory_of_pins),
		cmocka_unit_test(services_have_valid_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
