// SPDX-License-Identifier: Apache-2.0
/* What `shunt doctor` makes of what it reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <linux/bpf.h>
#include "user/cli/doctor_agent.h"
#include "user/cli/doctor_helpers.h"
#include "user/cli/doctor_report.h"

#define METRICS                                          \
	"# HELP shunt_links_chosen 3 links.\n"           \
	"shunt_links_chosen_ever 9\n"                    \
	"shunt_links_chosen 5\n"                         \
	"shunt_table_left_out{table=\"frontends\"} 0\n"  \
	"shunt_table_left_out{table=\"overrides\"} 17\n" \
	"shunt_last 1.5e3"

static void test_metrics_are_found_by_their_whole_name(void **state)
{
	static const struct {
		const char *name;
		double value; /* -1: is not there */
	} rows[] = {
		{"shunt_links_chosen", 5},
		{"shunt_links_chosen_ever", 9},
		{"shunt_links", -1},
		{"links_chosen", -1},
		{"shunt_table_left_out{table=\"overrides\"}", 17},
		{"shunt_table_left_out", -1},
		{"shunt_last", 1500},
	};
	double value;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		value = -1;
		assert_int_equal(metrics_find(METRICS, rows[i].name, &value), rows[i].value >= 0);
		assert_true(value == rows[i].value);
	}
	assert_false(metrics_find("", "shunt_last", &value));
	assert_false(metrics_find("\n\n", "shunt_last", &value));
}

static void test_helpers_of_the_object_are_read(void **state)
{
	bool used[HELPERS_MAX];
	unsigned int count = 0;

	(void)state;
	assert_int_equal(helpers_in_use(used), 0);
	for (unsigned int i = 0; i < HELPERS_MAX; i++)
		count += used[i];
	/* One of each plane, and of functions that programs share. */
	assert_true(used[BPF_FUNC_map_lookup_elem]);
	assert_true(used[BPF_FUNC_skc_lookup_tcp]);
	assert_true(used[BPF_FUNC_sock_ops_cb_flags_set]);
	assert_true(used[BPF_FUNC_timer_init]);
	assert_true(used[BPF_FUNC_loop]);
	assert_false(used[BPF_FUNC_redirect_peer]);
	assert_false(used[BPF_FUNC_unspec]);
	assert_in_range(count, 20, 100);
	assert_string_equal(helpers_name(BPF_FUNC_skc_lookup_tcp), "skc_lookup_tcp");
	assert_string_equal(helpers_name(HELPERS_MAX - 1), "?");
	assert_string_equal(helpers_name(HELPERS_MAX), "?");
}

static void test_report_counts_and_keeps_the_order(void **state)
{
	struct doctor_report report = {0};
	json_t *document, *first, *second;

	(void)state;
	report_add(&report, FINDING_OK, "kernel", NULL, "it has %d", 5);
	report_add(&report, FINDING_FAULT, "link", "do this", "%s: nothing", "veth-\xff");
	report_add(&report, FINDING_FAULT, "link", "do this", "%s: nothing", "veth-b");
	report_add(&report, FINDING_NOTE, "counts", NULL, "some");
	assert_int_equal(report_count(&report, FINDING_FAULT), 2);
	assert_int_equal(report_count(&report, FINDING_WARNING), 0);
	document = report_to_json(&report);
	assert_int_equal(json_integer_value(json_object_get(document, "faults")), 2);
	assert_int_equal(json_integer_value(json_object_get(document, "warnings")), 0);
	assert_int_equal(json_integer_value(json_object_get(document, "notes")), 1);
	assert_int_equal(json_array_size(json_object_get(document, "findings")), 4);
	first = json_array_get(json_object_get(document, "findings"), 0);
	second = json_array_get(json_object_get(document, "findings"), 2);
	assert_string_equal(json_string_value(json_object_get(first, "seen")), "it has 5");
	assert_string_equal(json_string_value(json_object_get(first, "state")), "ok");
	assert_null(json_object_get(first, "advice"));
	assert_string_equal(json_string_value(json_object_get(second, "seen")), "veth-b: nothing");
	assert_string_equal(json_string_value(json_object_get(second, "advice")), "do this");
	json_decref(document);
	report_clear(&report);
	assert_int_equal(report.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metrics_are_found_by_their_whole_name),
		cmocka_unit_test(test_helpers_of_the_object_are_read),
		cmocka_unit_test(test_report_counts_and_keeps_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
