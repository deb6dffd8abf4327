// SPDX-License-Identifier: Apache-2.0
/* Reasons, events and legs in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "user/lib/reason.h"

static void test_events_in_words(void **state)
{
	static const struct {
		__u8 reason;
		__u8 then;
		__u64 duration;
		const char *text;
	} rows[] = {
		{SHUNT_REASON_MOVED_NEW, 0, 84123, "moved in 84 µs"},
		{SHUNT_REASON_MOVED_NEW, 0, 0, "moved over a new leg"},
		{SHUNT_REASON_MOVED_PARKED, 0, 0, "moved over a parked leg"},
		{SHUNT_REASON_REFUSED, 0, 500, "failed: endpoint refused the connection"},
		{SHUNT_REASON_TIMEOUT, 0, 0, "failed: endpoint did not answer"},
		{SHUNT_REASON_REFUSED, SHUNT_REASON_ANSWERED, 500,
		 "failed: endpoint refused the connection; answered 503"},
		{SHUNT_REASON_NEXT_ENDPOINT, 0, 0, "next endpoint tried"},
		{SHUNT_REASON_ANSWERED, 0, 0, "error answered by the kernel"},
		{SHUNT_REASON_COUNT, 0, 0, "unknown"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct shunt_event event = {.reason = rows[i].reason,
						  .then = rows[i].then,
						  .duration = rows[i].duration};
		char text[REASON_TEXT_SIZE];

		assert_string_equal(reason_describe(&event, text), rows[i].text);
	}
}

static void test_labels_and_texts_of_reasons(void **state)
{
	(void)state;
	assert_string_equal(reason_label(SHUNT_REASON_REQUEST), "request");
	assert_string_equal(reason_label(SHUNT_REASON_BY_OVERRIDES), "by_overrides");
	assert_string_equal(reason_text(SHUNT_REASON_TLS), "TLS");
	assert_string_equal(reason_label(SHUNT_REASON_COUNT), "unknown");
	assert_string_equal(reason_text(255), "unknown");
}

static void test_states_of_legs(void **state)
{
	const struct shunt_flow flow = {
		.current = 1,
		.legs = {{.state = SHUNT_LEG_OPEN},
			 {.state = SHUNT_LEG_OPEN},
			 {.state = SHUNT_LEG_CLOSED},
			 {.state = SHUNT_LEG_ABSENT}},
	};
	const struct shunt_flow opening = {.legs = {{.state = SHUNT_LEG_OPENING}}};

	(void)state;
	assert_string_equal(reason_leg_state(&flow, 0), "parked");
	assert_string_equal(reason_leg_state(&flow, 1), "current");
	assert_string_equal(reason_leg_state(&flow, 2), "closed");
	assert_string_equal(reason_leg_state(&flow, 3), "absent");
	assert_string_equal(reason_leg_state(&opening, 0), "opening");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_in_words),
		cmocka_unit_test(test_labels_and_texts_of_reasons),
		cmocka_unit_test(test_states_of_legs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
