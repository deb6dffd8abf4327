// SPDX-License-Identifier: Apache-2.0
/* When the leg of a connection may change, when it ends, and what goes on over that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "bpf/legs.h"

/* Whatever its servers' clocks say, the client never gets an older timestamp than before. */
static void timestamps_go_on_over_moves(void **state)
{
	struct shunt_leg legs[2] = {{.state = SHUNT_LEG_OPEN}};
	struct shunt_flow flow = {.client_options = SHUNT_CLIENT_TIMESTAMPS, .server_time = 5000};
	struct tcp_offer offer = {.time = 0xfffffff0, .time_present = 1};

	(void)state;
	legs_server_time(&flow, &legs[0], 0, 6000);
	legs_park(&flow, &legs[0], 1, 1);
	assert_int_equal(legs[0].last_time, 6000);
	legs_opened(&flow, &legs[1], 77, &offer);
	assert_int_equal(legs[1].flags, SHUNT_LEG_NO_SCALE);
	assert_int_equal(0xfffffff0 + legs[1].time_delta, 6000);
	legs_server_time(&flow, &legs[1], 78, 0x20 + legs[1].time_delta);
	legs_server_time(&flow, &legs[1], 79, 0x10 + legs[1].time_delta); /* was overtaken */
	legs_server_time(&flow, &legs[1], 77, 0x90 + legs[1].time_delta); /* the client drops it */
	assert_int_equal(flow.server_time, 6000 + 0x30);
	legs_park(&flow, &legs[1], 1, 1);
	assert_int_equal(legs[1].last_time, 0x20);
	legs_parked_time(&legs[1], legs[1].next_reply + 1, 0x30);
	legs_parked_time(&legs[1], legs[1].next_reply - LEG_WINDOW, 0x30);
	legs_parked_time(&legs[1], legs[1].next_reply, 0x10);
	assert_int_equal(legs[1].last_time, 0x20);
	legs_parked_time(&legs[1], legs[1].next_reply, 0x21);
	assert_int_equal(legs[1].last_time, 0x21);
	legs_resume(&flow, &legs[0], 1, 1);
	assert_int_equal(6000 + legs[0].time_delta, 6000 + 0x30);
	offer.time_present = 0;
	legs_opened(&flow, &legs[1], 77, &offer);
	assert_int_equal(legs[1].flags, SHUNT_LEG_NO_SCALE | SHUNT_LEG_NO_TIMESTAMPS);
}

/* A leg stays current for weeks: what its client echoes does not become older than at first. */
static void old_legs_keep_their_clock(void **state)
{
	struct shunt_leg leg = {.last_time = 100};
	struct shunt_flow flow = {.server_time = 100};

	(void)state;
	for (__u64 time = 100; time < 1ULL << 34; time += 1 << 28) {
		legs_server_time(&flow, &leg, 0, time);
		assert_int_equal(flow.server_time, (__u32)time);
		assert_false(sequence_before(time, leg.last_time));
	}
}

/* A FIN that the switch has seen may be lost behind it, as may bytes before it. */
static void ends_when_both_have_got_all(void **state)
{
	static const struct {
		__u8 flags, fin;
		__u32 reply, acknowledged;
		bool ended;
	} rows[] = {
		{TCP_RST, 0, 0, 0, true},
		{TCP_ACK, SHUNT_FIN_CLIENT | SHUNT_FIN_SERVER, 5000, 1000, true},
		{TCP_ACK, SHUNT_FIN_CLIENT | SHUNT_FIN_SERVER, 4999, 1000, false},
		{TCP_ACK, SHUNT_FIN_CLIENT | SHUNT_FIN_SERVER, 5000, 999, false},
		{TCP_ACK, SHUNT_FIN_CLIENT, 5000, 1000, false},
		{TCP_ACK, SHUNT_FIN_SERVER, 5000, 1000, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct segment segment = {.flags = rows[i].flags, .acknowledgement = rows[i].reply};
		struct shunt_flow flow = {.fin = rows[i].fin,
					  .reply_next = 5000,
					  .acknowledged = rows[i].acknowledged,
					  .client_next = 1000};

		if (legs_ended(&flow, &segment) != rows[i].ended)
			fail_msg("row %zu", i);
	}
}

static void moves_only_where_all_is_quiet(void **state)
{
	static const struct {
		__u8 state, fin;
		__u32 acknowledged, reply_next, start, reply;
		bool quiet, answered;
	} rows[] = {
		{SHUNT_FLOW_OPEN, 0, 1000, 5000, 1000, 5000, true, false},
		{SHUNT_FLOW_OPEN, 0, 1000, 5000, 1000, 5001, true, false},
		{SHUNT_FLOW_OPEN, 0, 999, 5000, 1000, 5000, false, false},
		{SHUNT_FLOW_OPEN, 0, 1000, 5000, 1000, 4999, false, false},
		{SHUNT_FLOW_OPEN, 0, 5, 0, 5, 0, true, false},
		{SHUNT_FLOW_OPEN, 0, 0xffffffff, 0, 0, 0, false, false},
		{SHUNT_FLOW_OPEN, 0, 0, 0, 0, 0xffffffff, false, false},
		{SHUNT_FLOW_OPEN, 0, 3, 3, 0xfffffffe, 3, true, false},
		{SHUNT_FLOW_OPEN, SHUNT_FIN_CLIENT, 1000, 5000, 1000, 5000, false, false},
		{SHUNT_FLOW_OPEN, SHUNT_FIN_SERVER, 1000, 5000, 1000, 5000, false, false},
		{SHUNT_FLOW_OPENING, 0, 1000, 5000, 1000, 5000, false, false},
		{SHUNT_FLOW_ANSWERED, 0, 1000, 5000, 1000, 5000, false, false},
		{SHUNT_FLOW_CLOSED, 0, 1000, 5000, 1000, 5000, false, false},
		{SHUNT_FLOW_OPEN, 0, 999, 5000, 1000, 5000, true, true},
		{SHUNT_FLOW_OPEN, 0, 999, 5000, 1000, 4999, false, true},
		{SHUNT_FLOW_OPENING, 0, 999, 5000, 1000, 5000, false, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct shunt_flow flow = {.state = rows[i].state,
					  .fin = rows[i].fin,
					  .acknowledged = rows[i].acknowledged,
					  .reply_next = rows[i].reply_next};

		if (legs_quiet(&flow, rows[i].start, rows[i].reply, rows[i].answered) !=
		    rows[i].quiet)
			fail_msg("row %zu", i);
	}
}

static void acknowledges_one_segment_later_where_moves_follow_each_other(void **state)
{
	enum {
		NOW = SHUNT_ACK_DELAY_NS - 1,
		THEN = SHUNT_ACK_DELAY_NS
	};
	static const struct {
		__u32 client_reply, before, reply; /* acknowledgements */
		__u16 length; /* of the last segment */
		__u64 age;
		bool may;
	} rows[] = {
		{5300, 5000, 5300, 300, THEN, true}, /* acknowledged before */
		{5000, 5000, 5300, 300, NOW, true},
		{5000, 5000, 5300, 300, THEN, false},
		{5000, 5000, 5300, 200, NOW, false}, /* two segments */
		{5100, 5000, 5300, 200, NOW, false}, /* the same, the first is acknowledged */
		{5000, 5000, 5300, 600, NOW, false},
		{0xffffff00, 0xffffff00, 0x100, 0x200, NOW, true},
		{5000, 5000, 6400, 1400, NOW, true},
		{5000, 5000, 6401, 1401, NOW, false},
		{5000, 5000, 5000 + 0x10000 + 300, 300, NOW, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct shunt_flow flow = {.client_reply = rows[i].client_reply,
					  .reply_length = rows[i].length,
					  .client_mss = 1400};

		if (legs_may_delay(&flow, rows[i].before, rows[i].reply, rows[i].age) !=
		    rows[i].may)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timestamps_go_on_over_moves),
		cmocka_unit_test(old_legs_keep_their_clock),
		cmocka_unit_test(ends_when_both_have_got_all),
		cmocka_unit_test(moves_only_where_all_is_quiet),
		cmocka_unit_test(acknowledges_one_segment_later_where_moves_follow_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
