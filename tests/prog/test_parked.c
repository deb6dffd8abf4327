// SPDX-License-Identifier: Apache-2.0
/*
 * Parked legs, in the kernel: what their servers send is answered for the client or reset, and a
 * connection's end is theirs too.
 */
#include "flow.h"
#include "bpf/tcp.h"

/* What is sent on a parked leg, by its distance from the server's and the client's next byte. */
struct parked_case {
	const char *name;
	__s32 sequence, acknowledgement;
	__u8 flags;
	size_t payload;
	int verdict;
	__u8 answer; /* flags of what goes back */
	__u8 state; /* of the leg */
	__u32 counted; /* enum shunt_reason, or SHUNT_REASON_COUNT for none */
};

#define ACK FRAME_ACK
#define RST FRAME_RST
#define OPEN SHUNT_LEG_OPEN
#define CLOSED SHUNT_LEG_CLOSED
#define NONE SHUNT_REASON_COUNT

static const struct parked_case cases[] = {
	{"keep-alive probe", -1, 0, ACK, 0, TC_ACT_REDIRECT, ACK, OPEN,
	 SHUNT_REASON_PARKED_ANSWERED},
	{"keep-alive probe with a byte", -1, 0, ACK, 1, TC_ACT_REDIRECT, ACK, OPEN,
	 SHUNT_REASON_PARKED_ANSWERED},
	{"tail sent again", -1000, 0, ACK, 1000, TC_ACT_REDIRECT, ACK, OPEN,
	 SHUNT_REASON_PARKED_ANSWERED},
	{"acknowledgement", 0, 0, ACK, 0, TC_ACT_SHOT, 0, OPEN, NONE},
	{"RST", 0, 0, RST, 0, TC_ACT_SHOT, 0, CLOSED, NONE},
	{"RST from far away", 1 << 24, 0, RST, 0, TC_ACT_SHOT, 0, OPEN, NONE},
	{"data that nobody asked for", 0, 0, ACK, 120, TC_ACT_REDIRECT, RST | ACK, CLOSED,
	 SHUNT_REASON_PARKED_DATA},
	{"much of it", 0, 0, ACK | FRAME_PSH, 3001, TC_ACT_REDIRECT, RST | ACK, CLOSED,
	 SHUNT_REASON_PARKED_DATA},
	{"data and FIN", 0, 0, ACK | FRAME_FIN, 120, TC_ACT_REDIRECT, RST | ACK, CLOSED,
	 SHUNT_REASON_PARKED_DATA},
	{"FIN", 0, 0, ACK | FRAME_FIN, 0, TC_ACT_REDIRECT, RST | ACK, CLOSED,
	 SHUNT_REASON_PARKED_CLOSED},
};

static const char payload[3001] = "HTTP/1.1 408 Request Timeout\r\n\r\n";

/* A flow whose leg `index` is parked and the other current. */
static struct shunt_flow flow_parked(bool ipv6, int index)
{
	struct shunt_flow flow = flow_new(ipv6);
	struct shunt_leg *leg = &flow.legs[1];

	if (index) {
		flow.current = 0;
		leg->next_sequence = FLOW_ENDPOINT_SEQUENCE;
		leg->next_reply = FLOW_ENDPOINT_REPLY;
	}
	return flow;
}

/* What the client, or we for it, send the server of leg `index` on its own numbering. */
static struct frame_tcp to_server(bool ipv6, int index, __u8 flags)
{
	struct frame_tcp tcp = flow_from_client(ipv6);

	if (index) {
		tcp.destination = kernel_address(flow_ends[ipv6].endpoint);
		tcp.destination_port = FLOW_ENDPOINT_PORT;
		memcpy(tcp.destination_mac, flow_endpoint_mac, 6);
	}
	tcp.sequence = index ? FLOW_ENDPOINT_SEQUENCE : FLOW_ORIGIN_SEQUENCE;
	tcp.acknowledgement = index ? FLOW_ENDPOINT_REPLY : FLOW_ORIGIN_REPLY;
	tcp.flags = flags;
	return tcp;
}

/* What came out for the origin is marked; from_pod lets it on, ordinary. */
static void check_mark(struct kernel *kernel, const struct frame *marked,
		       const struct frame_tcp *expected)
{
	static struct frame out;
	struct frame_tcp got;

	assert_int_equal(kernel_run(kernel->programs->progs.from_pod, marked, &out), TC_ACT_UNSPEC);
	assert_true(frame_read(&out, &got));
	flow_same_segment(&got, expected);
}

static void check_row(struct kernel *kernel, const struct parked_case *row, bool ipv6, int index)
{
	struct shunt_flow flow = flow_parked(ipv6, index);
	struct frame_tcp sent = flow_from_server(ipv6, index), got;
	struct frame_tcp expected = to_server(ipv6, index, row->answer);
	__u64 before = row->counted < NONE ? kernel_count(kernel, row->counted) : 0;
	static struct frame out;

	flow_put(kernel, ipv6, &flow);
	sent.sequence += row->sequence;
	sent.acknowledgement += row->acknowledgement;
	sent.flags = row->flags;
	sent.payload = payload;
	sent.payload_length = row->payload;
	assert_int_equal(flow_run(kernel->programs->progs.to_pod, &sent, &out, &got), row->verdict);
	if (row->answer && index) {
		flow_same_segment(&got, &expected);
	} else if (row->answer) {
		assert_int_equal(got.urgent, TCP_INJECTED);
		check_mark(kernel, &out, &expected);
	}
	assert_int_equal(flow_get(kernel, ipv6).legs[index].state, row->state);
	if (row->counted < NONE)
		assert_int_equal(kernel_count(kernel, row->counted), before + 1);
}

static void answers_parked_servers(void **state)
{
	for (int k = 0; k < 4; k++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			print_message("# %s, IPv%d, leg %d\n", cases[i].name, k & 1 ? 6 : 4,
				      k >> 1);
			check_row(*state, &cases[i], k & 1, k >> 1);
		}
	}
	assert_true(kernel_silent(*state));
}

/* A server that does not scale windows reads them as they are written. */
static void says_its_window_unscaled_to_who_does_not_scale(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_flow flow = flow_parked(false, 1);
	struct frame_tcp probe = flow_from_server(false, 1), got;
	struct frame_tcp expected = to_server(false, 1, ACK);
	static struct frame out;

	flow.legs[1].flags = SHUNT_LEG_NO_TIMESTAMPS | SHUNT_LEG_NO_SCALE;
	flow.legs[1].window_scale = 0;
	flow_put(kernel, false, &flow);
	probe.sequence--;
	expected.window = flow.client_window << flow.client_scale;
	assert_int_equal(flow_run(kernel->programs->progs.to_pod, &probe, &out, &got),
			 TC_ACT_REDIRECT);
	flow_same_segment(&got, &expected);
}

/* What a parked server sends again is acknowledged with the timestamp that it has. */
static void echoes_timestamps_of_parked_servers(void **state)
{
	static const __u8 options[12] = {1, 1, 8, 10, 0, 0, 3, 0, 0, 0, 0, 1};
	static const __u8 echoed[12] = {1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 3, 0};
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_flow flow = flow_parked(ipv6, 1);
		struct frame_tcp sent = flow_from_server(ipv6, 1), got;
		struct frame_tcp expected = to_server(ipv6, 1, ACK);
		static struct frame out;

		flow.client_time = 9;
		flow.legs[1].flags = 0;
		flow.legs[1].last_time = 0x2ff;
		flow_put(kernel, ipv6, &flow);
		sent.sequence -= 100;
		sent.payload = payload;
		sent.payload_length = 100;
		sent.options_length = expected.options_length = sizeof(options);
		memcpy(sent.options, options, sizeof(options));
		memcpy(expected.options, echoed, sizeof(echoed));
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &sent, &out, &got),
				 TC_ACT_REDIRECT);
		flow_same_segment(&got, &expected);
		assert_int_equal(flow_get(kernel, ipv6).legs[1].last_time, 0x300);
	}
}

/* Only what from_pod will take for the client's is marked, since only that is unmarked. */
static void marks_nothing_for_another_port_of_the_origin(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_flow flow = flow_parked(false, 1);
	struct shunt_connection leg = flow_connection(false);
	struct shunt_leg_owner owner = {.connection = leg, .leg = 1};
	struct frame_tcp probe = flow_from_server(false, 1), got;
	struct frame_tcp expected = to_server(false, 1, ACK);
	static struct frame out;

	leg.remote_port = FLOW_ENDPOINT_PORT;
	flow.legs[1].endpoint.address = leg.remote;
	flow_put(kernel, false, &flow);
	kernel_put(kernel->programs->maps.legs, &leg, &owner);
	probe.sequence--;
	probe.source = expected.destination = leg.remote;
	assert_int_equal(flow_run(kernel->programs->progs.to_pod, &probe, &out, &got),
			 TC_ACT_REDIRECT);
	flow_same_segment(&got, &expected);
}

/* The next injected frame is `expected`, marked where it is for the origin. */
static void check_injected(struct kernel *kernel, const struct frame_tcp *expected, bool marked)
{
	static struct frame frame;
	struct frame_tcp got;

	assert_true(kernel_injected(kernel, &frame));
	assert_true(frame_read(&frame, &got));
	if (marked)
		check_mark(kernel, &frame, expected);
	else
		flow_same_segment(&got, expected);
}

/* The client's FIN or RST reaches the current server, and the parked one gets a RST. */
static void check_client_end(struct kernel *kernel, bool ipv6, int index, __u8 flags)
{
	struct shunt_flow flow = flow_parked(ipv6, index);
	struct frame_tcp sent = flow_from_client(ipv6), got;
	struct frame_tcp onward = to_server(ipv6, !index, flags);
	struct frame_tcp reset = to_server(ipv6, index, RST | ACK);
	static struct frame out;

	flow_put(kernel, ipv6, &flow);
	sent.flags = flags;
	reset.window = 0;
	assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
			 TC_ACT_UNSPEC);
	flow_same_segment(&got, &onward);
	check_injected(kernel, &reset, index == 0);
	assert_int_equal(flow_get(kernel, ipv6).legs[index].state, SHUNT_LEG_CLOSED);
}

static void ends_parked_legs_with_the_client(void **state)
{
	for (int k = 0; k < 4; k++) {
		check_client_end(*state, k & 1, k >> 1, RST | ACK);
		check_client_end(*state, k & 1, k >> 1, ACK | FRAME_FIN);
	}
	assert_true(kernel_silent(*state));
}

static void ends_parked_legs_with_the_server(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_flow flow = flow_parked(ipv6, 0);
		struct frame_tcp sent = flow_from_server(ipv6, 1), got;
		struct frame_tcp reset = to_server(ipv6, 0, RST | ACK);
		static struct frame out;

		flow_put(kernel, ipv6, &flow);
		sent.flags = RST | ACK;
		reset.window = 0;
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &sent, &out, &got),
				 TC_ACT_UNSPEC);
		assert_int_equal(got.flags, RST | ACK);
		assert_int_equal(got.sequence, FLOW_REPLY);
		assert_int_equal(got.acknowledgement, FLOW_CLIENT_NEXT);
		assert_int_equal(got.source_port, FLOW_ORIGIN_PORT);
		assert_int_equal(got.destination_port, FLOW_CLIENT_PORT);
		check_injected(kernel, &reset, true);
	}
	assert_true(kernel_silent(kernel));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_parked_servers),
		cmocka_unit_test(says_its_window_unscaled_to_who_does_not_scale),
		cmocka_unit_test(echoes_timestamps_of_parked_servers),
		cmocka_unit_test(marks_nothing_for_another_port_of_the_origin),
		cmocka_unit_test(ends_parked_legs_with_the_client),
		cmocka_unit_test(ends_parked_legs_with_the_server),
	};

	return cmocka_run_group_tests(tests, kernel_setup, kernel_teardown);
}
