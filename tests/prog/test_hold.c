// SPDX-License-Identifier: Apache-2.0
/*
 * What the client sends while a leg opens is held in order, or dropped for it to be sent again;
 * and what a leg's server has no window for is not sent to it.
 */
#include "opening.h"

struct hold_case {
	const char *name;
	__s32 sequence; /* from the end of what is held */
	__u8 flags;
	size_t payload;
	size_t held; /* bytes held afterwards, beyond those before */
	bool fin; /* the client's FIN is noted */
};

static const struct hold_case cases[] = {
	{"more of the request", 0, FRAME_ACK, 100, 100, false},
	{"much more", 0, FRAME_ACK, 3000, 3000, false},
	{"more after a gap", 1, FRAME_ACK, 100, 0, false},
	{"an acknowledgement", 0, FRAME_ACK, 0, 0, false},
	{"FIN", 0, FRAME_ACK | FRAME_FIN, 0, 0, true},
	{"more, and FIN", 0, FRAME_ACK | FRAME_FIN, 50, 50, true},
};

static const char payload[3000] = "more";

static void holds_what_the_client_sends(void **state)
{
	struct kernel *kernel = *state;
	static struct shunt_held entry;
	static struct frame out;

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const struct hold_case *row = &cases[i / 2];
		bool ipv6 = i & 1;
		struct shunt_connection key = flow_connection(ipv6);
		struct frame_tcp sent = flow_from_client(ipv6), got;
		__u32 end;

		print_message("# %s, IPv%d\n", row->name, ipv6 ? 6 : 4);
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, kernel_now());
		sent.sequence += OPENING_LENGTH + row->sequence;
		sent.flags = row->flags;
		sent.payload = payload;
		sent.payload_length = row->payload;
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
				 TC_ACT_SHOT);
		assert_true(kernel_get(kernel->programs->maps.held, &key, &entry));
		assert_int_equal(entry.length, OPENING_LENGTH + row->held);
		assert_memory_equal(entry.bytes, opening_request, OPENING_LENGTH);
		assert_memory_equal(entry.bytes + OPENING_LENGTH, payload, row->held);
		assert_int_equal(entry.flags % SHUNT_HELD_RETRY, row->fin ? SHUNT_HELD_FIN : 0);
		end = FLOW_CLIENT_NEXT + OPENING_LENGTH + row->held + row->fin;
		assert_int_equal(flow_get(kernel, ipv6).client_next, end);
	}
	assert_true(kernel_silent(kernel));
}

/* Held bytes never exceed their room; what is over is the client's to send again. */
static void holds_no_more_than_there_is_room(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_connection key = flow_connection(false);
	static struct shunt_held entry;
	static struct frame out;

	opening_put(kernel, false, SHUNT_UNREACHABLE_ERROR, 1, kernel_now());
	for (size_t at = OPENING_LENGTH; at < SHUNT_HELD_MAX + 6000; at += 3000) {
		struct frame_tcp sent = flow_from_client(false), got;
		size_t held = at + 3000 < SHUNT_HELD_MAX ? at + 3000 : SHUNT_HELD_MAX;

		sent.sequence += at;
		sent.payload = payload;
		sent.payload_length = 3000;
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
				 TC_ACT_SHOT);
		assert_true(kernel_get(kernel->programs->maps.held, &key, &entry));
		assert_int_equal(entry.length, held);
		assert_memory_equal(entry.bytes, opening_request, OPENING_LENGTH);
		assert_int_equal(flow_get(kernel, false).client_next,
				 (__u32)(FLOW_CLIENT_NEXT + held));
	}
	assert_true(kernel_silent(kernel));
}

/* The client gives up: so does the endpoint that has not answered yet, and the parked origin. */
static void resets_all_when_the_client_resets(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_address origin = kernel_address(flow_ends[ipv6].origin);
		struct frame_tcp sent = flow_from_client(ipv6), got;
		static struct frame out;

		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, kernel_now());
		sent.sequence += OPENING_LENGTH;
		sent.flags = FRAME_RST | FRAME_ACK;
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
				 TC_ACT_UNSPEC);
		assert_int_equal(got.flags, FRAME_RST);
		assert_int_equal(got.sequence, FLOW_CLIENT_NEXT);
		assert_int_equal(got.destination_port, FLOW_ENDPOINT_PORT);
		assert_true(kernel_injected(kernel, &out));
		assert_true(frame_read(&out, &got));
		assert_int_equal(got.flags, FRAME_RST | FRAME_ACK);
		assert_int_equal(got.sequence, FLOW_ORIGIN_SEQUENCE);
		assert_memory_equal(&got.destination, &origin, sizeof(origin));
		assert_int_equal(flow_get(kernel, ipv6).state, SHUNT_FLOW_CLOSED);
		assert_true(kernel_silent(kernel));
	}
}

static void drops_what_there_is_no_window_for(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		__u64 before = kernel_count(kernel, SHUNT_REASON_BEYOND_WINDOW);
		struct shunt_flow flow = flow_new(ipv6);
		struct frame_tcp sent = flow_from_client(ipv6), got;
		static struct frame out;

		flow.legs[1].window_end = FLOW_ENDPOINT_SEQUENCE + 100;
		flow_put(kernel, ipv6, &flow);
		sent.payload = payload;
		sent.payload_length = 10;
		sent.sequence += 100; /* at the edge: its server tells the window again */
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
				 TC_ACT_UNSPEC);
		sent.sequence++;
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
				 TC_ACT_SHOT);
		assert_int_equal(kernel_count(kernel, SHUNT_REASON_BEYOND_WINDOW), before + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_what_the_client_sends),
		cmocka_unit_test(holds_no_more_than_there_is_room),
		cmocka_unit_test(resets_all_when_the_client_resets),
		cmocka_unit_test(drops_what_there_is_no_window_for),
	};

	return cmocka_run_group_tests(tests, opening_setup, kernel_teardown);
}
