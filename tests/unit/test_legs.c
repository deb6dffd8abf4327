// SPDX-License-Identifier: Apache-2.0
/* What becomes of a segment of a moved connection, and what the flow learns from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "bpf/legs.h"

/*
 * The flow that every row starts from. The client's request began at 1000 and goes on to 1100;
 * the leg of its present server counts 100 more than the client, its server 2000 less. The leg
 * of its parked server counts 500 more, that server 300 less.
 */
#define START 1000
#define CLIENT_NEXT 1100
#define REPLY 5000 /* what the client expects next */
#define PRESENT 1
#define PARKED 0
#define PARKED_SEQUENCE 1500 /* what the parked server expects next */
#define PARKED_REPLY 4700 /* what the client expects next of it */
#define WINDOW_END 3000 /* of the present server, its numbering */
#define PARKED_WINDOW_END 5500

enum situation {
	CURRENT, /* an open leg */
	OPENING, /* the present leg is being opened; its deltas are not known yet */
	ABANDONED, /* the same, and the client's socket is gone */
	ANSWERED, /* the kernel has answered in 201 bytes from 5000 on */
	PARKED_GONE, /* open, and the parked server has closed */
};

static struct shunt_flow flow_in(enum situation situation)
{
	struct shunt_flow flow = {
		.state = SHUNT_FLOW_OPEN,
		.current = PRESENT,
		.start = START,
		.client_next = CLIENT_NEXT,
		.client_reply = REPLY,
		.acknowledged = START,
		.reply_next = REPLY,
		.legs[PRESENT] = {.state = SHUNT_LEG_OPEN,
				  .sequence_delta = 100,
				  .reply_delta = 2000,
				  .window_end = WINDOW_END},
		.legs[PARKED] = {.state = SHUNT_LEG_OPEN,
				 .sequence_delta = 500,
				 .reply_delta = 300,
				 .next_sequence = PARKED_SEQUENCE,
				 .acknowledged = PARKED_SEQUENCE,
				 .next_reply = PARKED_REPLY,
				 .window_scale = 2,
				 .window_end = PARKED_WINDOW_END},
	};

	if (situation == OPENING || situation == ABANDONED) {
		flow.legs[PRESENT] = (struct shunt_leg){.state = SHUNT_LEG_OPENING};
		flow.state = situation == OPENING ? SHUNT_FLOW_OPENING : SHUNT_FLOW_CLOSED;
	} else if (situation == ANSWERED) {
		flow.state = SHUNT_FLOW_ANSWERED;
		flow.answer_sequence = REPLY;
		flow.answer_length = 201;
	} else if (situation == PARKED_GONE) {
		flow.legs[PARKED].state = SHUNT_LEG_CLOSED;
	}
	return flow;
}

/* What a row changes in the flow; 0: nothing. */
struct change {
	__u32 client_next, client_reply, acknowledged, reply_next, window_end;
	__u8 fin, leg_state;
};

struct legs_case {
	const char *name;
	enum situation situation;
	__u32 sequence, acknowledgement, length;
	__u8 flags;
	__u8 leg; /* a server's: which one's */
	__u16 window; /* 0: 1000 */
	enum leg_action action;
	struct change change; /* leg_state and window_end are those of the leg */
};

#define ACK TCP_ACK
#define FIN (TCP_FIN | TCP_ACK)
#define RST TCP_RST
#define SYNACK (TCP_SYN | TCP_ACK)
#define SEGMENT(s, a, l, f) .sequence = (s), .acknowledgement = (a), .length = (l), .flags = (f)

static const struct legs_case client_cases[] = {
	{"new data", CURRENT, SEGMENT(1100, 5000, 50, ACK), .action = LEG_TRANSLATE,
	 .change = {.client_next = 1150}},
	{"data sent again", CURRENT, SEGMENT(1000, 5000, 50, ACK), .action = LEG_TRANSLATE},
	{"data from before the move", CURRENT, SEGMENT(900, 5000, 100, ACK),
	 .action = LEG_TRANSLATE},
	{"data sent again and more", CURRENT, SEGMENT(1050, 5000, 100, ACK),
	 .action = LEG_TRANSLATE, .change = {.client_next = 1150}},
	{"data after a gap", CURRENT, SEGMENT(1200, 5000, 10, ACK), .action = LEG_TRANSLATE,
	 .change = {.client_next = 1210}},
	{"acknowledgement", CURRENT, SEGMENT(1100, 5300, 0, ACK), .action = LEG_TRANSLATE,
	 .change = {.client_reply = 5300}},
	{"keep-alive probe", CURRENT, SEGMENT(1099, 5000, 0, ACK), .action = LEG_TRANSLATE},
	{"last byte within the window", CURRENT, SEGMENT(2899, 5000, 1, ACK),
	 .action = LEG_TRANSLATE, .change = {.client_next = 2900}},
	{"data at the window's end", CURRENT, SEGMENT(2900, 5000, 1, ACK), .action = LEG_TRANSLATE,
	 .change = {.client_next = 2901}},
	{"data beyond the window", CURRENT, SEGMENT(2901, 5000, 1, ACK), .action = LEG_BEYOND,
	 .change = {.client_next = 2902}},
	{"acknowledgement at the window's end", CURRENT, SEGMENT(2900, 5000, 0, ACK),
	 .action = LEG_TRANSLATE, .change = {.client_next = 2900}},
	{"FIN", CURRENT, SEGMENT(1100, 5000, 0, FIN), .action = LEG_TRANSLATE,
	 .change = {.client_next = 1101, .fin = SHUNT_FIN_CLIENT}},
	{"data and FIN", CURRENT, SEGMENT(1100, 5000, 10, FIN), .action = LEG_TRANSLATE,
	 .change = {.client_next = 1111, .fin = SHUNT_FIN_CLIENT}},
	{"RST", CURRENT, SEGMENT(1100, 5000, 0, RST | ACK), .action = LEG_TRANSLATE},

	{"opening: the request again", OPENING, SEGMENT(1000, 5000, 100, ACK), .action = LEG_RETRY},
	{"opening: its tail again", OPENING, SEGMENT(1099, 5000, 1, ACK), .action = LEG_RETRY},
	{"opening: more of it", OPENING, SEGMENT(1100, 5000, 100, ACK), .action = LEG_HOLD},
	{"opening: more after a gap", OPENING, SEGMENT(1200, 5000, 100, ACK), .action = LEG_HOLD},
	{"opening: acknowledgement", OPENING, SEGMENT(1100, 5000, 0, ACK), .action = LEG_DROP},
	{"opening: FIN", OPENING, SEGMENT(1100, 5000, 0, FIN), .action = LEG_HOLD,
	 .change = {.fin = SHUNT_FIN_CLIENT}},
	{"opening: RST", OPENING, SEGMENT(1100, 0, 0, RST), .action = LEG_ABORT},

	{"abandoned: RST", ABANDONED, SEGMENT(1100, 0, 0, RST), .action = LEG_ABORT},

	{"answered: the request again", ANSWERED, SEGMENT(1000, 5000, 100, ACK),
	 .action = LEG_ANSWER},
	{"answered: more of it", ANSWERED, SEGMENT(1100, 5000, 100, ACK), .action = LEG_ANSWER,
	 .change = {.client_next = 1200}},
	{"answered: more after a gap", ANSWERED, SEGMENT(1101, 5000, 100, ACK),
	 .action = LEG_ANSWER},
	{"answered: more, the answer is there", ANSWERED, SEGMENT(1100, 5201, 100, ACK),
	 .action = LEG_ANSWER_ACKNOWLEDGE, .change = {.client_next = 1200}},
	{"answered: acknowledgement", ANSWERED, SEGMENT(1100, 5201, 0, ACK), .action = LEG_DROP},
	{"answered: FIN", ANSWERED, SEGMENT(1100, 5201, 0, FIN), .action = LEG_ANSWER_ACKNOWLEDGE,
	 .change = {.client_next = 1101, .fin = SHUNT_FIN_CLIENT}},
	{"answered: FIN before the answer", ANSWERED, SEGMENT(1100, 5000, 0, FIN),
	 .action = LEG_ANSWER, .change = {.client_next = 1101, .fin = SHUNT_FIN_CLIENT}},
	{"answered: RST", ANSWERED, SEGMENT(1100, 0, 0, RST), .action = LEG_DROP},
};

static const struct legs_case server_cases[] = {
	{"data", CURRENT, SEGMENT(3000, 1200, 100, ACK), .leg = PRESENT, .action = LEG_TRANSLATE,
	 .change = {.acknowledged = 1100, .reply_next = 5100}},
	{"data sent again", CURRENT, SEGMENT(2900, 1100, 100, ACK), .leg = PRESENT,
	 .action = LEG_TRANSLATE},
	{"acknowledgement", CURRENT, SEGMENT(3000, 1150, 0, ACK), .leg = PRESENT,
	 .action = LEG_TRANSLATE, .change = {.acknowledged = 1050}},
	{"an older acknowledgement", CURRENT, SEGMENT(3000, 1000, 0, ACK), .leg = PRESENT,
	 .action = LEG_TRANSLATE},
	{"a wider window", CURRENT, SEGMENT(3000, 2100, 0, ACK), .leg = PRESENT,
	 .action = LEG_TRANSLATE, .change = {.acknowledged = 2000, .window_end = 3100}},
	{"FIN", CURRENT, SEGMENT(3000, 1200, 0, FIN), .leg = PRESENT, .action = LEG_TRANSLATE,
	 .change = {.acknowledged = 1100, .reply_next = 5001, .fin = SHUNT_FIN_SERVER}},
	{"RST", CURRENT, SEGMENT(3000, 0, 0, RST), .leg = PRESENT, .action = LEG_TRANSLATE},
	{"FIN again", CURRENT, SEGMENT(2999, 1100, 0, FIN), .leg = PRESENT, .action = LEG_TRANSLATE,
	 .change = {.fin = SHUNT_FIN_SERVER}},
	{"FIN of an older connection", CURRENT, SEGMENT(2000, 1100, 0, FIN), .leg = PRESENT,
	 .action = LEG_TRANSLATE},
	{"RST with an older connection's numbers", CURRENT, SEGMENT(90000, 90000, 0, RST | ACK),
	 .leg = PRESENT, .action = LEG_TRANSLATE},
	{"SYN-ACK again", CURRENT, SEGMENT(2999, 1100, 0, SYNACK), .leg = PRESENT,
	 .action = LEG_DROP},

	{"opening: SYN-ACK", OPENING, SEGMENT(77, 1000, 0, SYNACK), .leg = PRESENT,
	 .action = LEG_OPENED},
	{"opening: SYN-ACK of an older SYN", OPENING, SEGMENT(77, 900, 0, SYNACK), .leg = PRESENT,
	 .action = LEG_REMEMBERED},
	{"opening: challenge ACK", OPENING, SEGMENT(77, 900, 0, ACK), .leg = PRESENT,
	 .action = LEG_REMEMBERED},
	{"opening: an ACK that overtook the SYN-ACK", OPENING, SEGMENT(78, 1000, 0, ACK),
	 .leg = PRESENT, .action = LEG_DROP},
	{"opening: RST", OPENING, SEGMENT(0, 1000, 0, RST | ACK), .leg = PRESENT,
	 .action = LEG_REFUSED},
	{"opening: RST for something else", OPENING, SEGMENT(0, 900, 0, RST | ACK), .leg = PRESENT,
	 .action = LEG_DROP},
	{"opening: SYN without ACK", OPENING, SEGMENT(77, 0, 0, TCP_SYN), .leg = PRESENT,
	 .action = LEG_DROP},
	{"opening: the parked server's data", OPENING, SEGMENT(4600, 1500, 100, ACK), .leg = PARKED,
	 .action = LEG_ACKNOWLEDGE},
	{"abandoned: SYN-ACK", ABANDONED, SEGMENT(77, 1000, 0, SYNACK), .leg = PRESENT,
	 .action = LEG_RESET},
	{"abandoned: RST", ABANDONED, SEGMENT(0, 1000, 0, RST | ACK), .leg = PRESENT,
	 .action = LEG_DROP},

	{"parked: keep-alive probe", CURRENT, SEGMENT(4699, 1500, 0, ACK), .leg = PARKED,
	 .action = LEG_ACKNOWLEDGE},
	{"parked: keep-alive probe with a byte", CURRENT, SEGMENT(4699, 1500, 1, ACK),
	 .leg = PARKED, .action = LEG_ACKNOWLEDGE},
	{"parked: tail sent again", CURRENT, SEGMENT(4000, 1500, 700, ACK), .leg = PARKED,
	 .action = LEG_ACKNOWLEDGE},
	{"parked: SYN-ACK again, its window is not scaled", CURRENT, SEGMENT(4000, 1400, 0, SYNACK),
	 .window = 2000, .leg = PARKED, .action = LEG_ACKNOWLEDGE},
	{"parked: acknowledgement", CURRENT, SEGMENT(4700, 1500, 0, ACK), .leg = PARKED,
	 .action = LEG_DROP},
	{"parked: a wider window", CURRENT, SEGMENT(4700, 1500, 0, ACK), .window = 1025,
	 .leg = PARKED, .action = LEG_DROP, .change = {.window_end = 5600}},
	{"parked: data that nobody asked for", CURRENT, SEGMENT(4700, 1500, 90, ACK), .leg = PARKED,
	 .action = LEG_RESET, .change = {.leg_state = SHUNT_LEG_CLOSED}},
	{"parked: tail sent again, and more", CURRENT, SEGMENT(4600, 1500, 101, ACK), .leg = PARKED,
	 .action = LEG_RESET, .change = {.leg_state = SHUNT_LEG_CLOSED}},
	{"parked: FIN", CURRENT, SEGMENT(4700, 1500, 0, FIN), .leg = PARKED, .action = LEG_RESET,
	 .change = {.leg_state = SHUNT_LEG_CLOSED}},
	{"parked: data and FIN", CURRENT, SEGMENT(4700, 1500, 90, FIN), .leg = PARKED,
	 .action = LEG_RESET, .change = {.leg_state = SHUNT_LEG_CLOSED}},
	{"parked: RST", CURRENT, SEGMENT(4700, 0, 0, RST), .leg = PARKED, .action = LEG_GONE,
	 .change = {.leg_state = SHUNT_LEG_CLOSED}},
	{"parked: RST a little further", CURRENT, SEGMENT(4791, 0, 0, RST), .leg = PARKED,
	 .action = LEG_GONE, .change = {.leg_state = SHUNT_LEG_CLOSED}},
	{"parked: RST from anywhere", CURRENT, SEGMENT(4700 + LEG_WINDOW, 0, 0, RST), .leg = PARKED,
	 .action = LEG_DROP},
	{"parked: RST from below", CURRENT, SEGMENT(4600, 0, 0, RST), .leg = PARKED,
	 .action = LEG_DROP},
	{"parked and closed: FIN again", PARKED_GONE, SEGMENT(4700, 1500, 0, FIN), .leg = PARKED,
	 .action = LEG_RESET},
	{"parked and closed: acknowledgement", PARKED_GONE, SEGMENT(4701, 1500, 0, ACK),
	 .leg = PARKED, .action = LEG_RESET},
	{"parked and closed: RST", PARKED_GONE, SEGMENT(4701, 0, 0, RST), .leg = PARKED,
	 .action = LEG_DROP},

	{"answered: our own answer", ANSWERED, SEGMENT(5000, 1100, 200, FIN), .leg = 0,
	 .action = LEG_PASS},
	{"answered: our own acknowledgement", ANSWERED, SEGMENT(5201, 1100, 0, ACK), .leg = 0,
	 .action = LEG_PASS},
	{"answered: the origin", ANSWERED, SEGMENT(5000, 1000, 0, ACK), .leg = 0,
	 .action = LEG_RESET},
	{"answered: the origin, elsewhere", ANSWERED, SEGMENT(5202, 1100, 0, ACK), .leg = 0,
	 .action = LEG_RESET},
	{"answered: the origin's RST", ANSWERED, SEGMENT(5000, 1000, 0, RST), .leg = 0,
	 .action = LEG_DROP},
	{"answered: the endpoint", ANSWERED, SEGMENT(5000, 1100, 0, ACK), .leg = 1,
	 .action = LEG_RESET},
	{"answered: the endpoint's RST", ANSWERED, SEGMENT(0, 1000, 0, RST | ACK), .leg = 1,
	 .action = LEG_DROP},
};

static struct segment segment_of(const struct legs_case *row)
{
	return (struct segment){
		.sequence = row->sequence,
		.acknowledgement = row->acknowledgement,
		.length = row->length,
		.end = row->sequence + row->length + !!(row->flags & TCP_SYN) +
		       !!(row->flags & TCP_FIN),
		.flags = row->flags,
		.window = row->window ? row->window : 1000,
	};
}

static void expect_change(struct shunt_flow *flow, const struct legs_case *row)
{
	const struct change *change = &row->change;

	if (change->client_next)
		flow->client_next = change->client_next;
	if (change->client_reply)
		flow->client_reply = change->client_reply;
	if (change->acknowledged)
		flow->acknowledged = change->acknowledged;
	if (change->reply_next) {
		flow->reply_next = change->reply_next;
		flow->reply_length = row->length;
	}
	if (change->window_end)
		flow->legs[row->leg].window_end = change->window_end;
	if (change->leg_state)
		flow->legs[row->leg].state = change->leg_state;
	flow->fin |= change->fin;
}

static bool outcome_is(const struct legs_case *row, enum leg_action action,
		       const struct shunt_flow *flow, struct shunt_flow *expected)
{
	expect_change(expected, row);
	if (action == row->action && !memcmp(flow, expected, sizeof(*flow)))
		return true;
	print_error("row \"%s\": action %d, client %u %u, acknowledged %u, reply %u, "
		    "window end %u, fin %u, leg %u\n",
		    row->name, action, flow->client_next, flow->client_reply, flow->acknowledged,
		    flow->reply_next, flow->legs[row->leg].window_end, flow->fin,
		    flow->legs[row->leg].state);
	return false;
}

static void decides_on_the_clients_segments(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(client_cases) / sizeof(client_cases[0]); i++) {
		const struct legs_case *row = &client_cases[i];
		struct shunt_flow flow = flow_in(row->situation), expected = flow;
		struct segment segment = segment_of(row);
		enum leg_action action =
			legs_from_client(&flow, &flow.legs[flow.current], &segment);

		if (action == LEG_TRANSLATE || action == LEG_BEYOND)
			expected.client_window = segment.window;
		failed += !outcome_is(row, action, &flow, &expected);
	}
	assert_int_equal(failed, 0);
}

static void decides_on_the_servers_segments(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(server_cases) / sizeof(server_cases[0]); i++) {
		const struct legs_case *row = &server_cases[i];
		struct shunt_flow flow = flow_in(row->situation), expected = flow;
		struct segment segment = segment_of(row);
		enum leg_action action =
			legs_from_server(&flow, &flow.legs[row->leg], row->leg, &segment);

		failed += !outcome_is(row, action, &flow, &expected);
	}
	assert_int_equal(failed, 0);
}

/* A leg that is left before its server has acknowledged all cannot be used until it has. */
static void waits_for_a_parked_server_to_catch_up(void **state)
{
	struct shunt_leg leg = {.state = SHUNT_LEG_OPEN, .sequence_delta = 500};
	struct shunt_flow flow = {.state = SHUNT_FLOW_OPEN, .current = 1};
	struct segment segment = {.flags = TCP_ACK};

	(void)state;
	flow.acknowledged = 0xffffff00;
	legs_park(&flow, &leg, 0xfffffff0, 100);
	assert_false(legs_caught_up(&leg));
	segment.sequence = segment.end = leg.next_reply;
	for (__u32 got = 0xffffff01 + 500; legs_caught_up(&leg) == false; got++) {
		segment.acknowledgement = got;
		assert_int_equal(legs_from_server(&flow, &leg, 0, &segment), LEG_DROP);
		assert_int_equal(leg.acknowledged, got);
	}
	assert_int_equal(leg.acknowledged, 0xfffffff0U + 500);
	segment.acknowledgement = 0xffffff00U + 500;
	assert_int_equal(legs_from_server(&flow, &leg, 0, &segment), LEG_DROP);
	assert_true(legs_caught_up(&leg));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_on_the_clients_segments),
		cmocka_unit_test(decides_on_the_servers_segments),
		cmocka_unit_test(waits_for_a_parked_server_to_catch_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
