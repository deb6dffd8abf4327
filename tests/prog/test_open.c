// SPDX-License-Identifier: Apache-2.0
/*
 * A leg that is being opened, in the kernel: its endpoint accepts, refuses, still knows the
 * tuple, or does not answer.
 */
#include "opening.h"

#define MSS 1000

/* The handshake is completed by a packet of its own. */
static void check_handshake(struct kernel *kernel, bool ipv6)
{
	static struct frame frame;
	struct frame_tcp got, expected = flow_from_client(ipv6);

	expected.destination = kernel_address(flow_ends[ipv6].endpoint);
	expected.destination_port = FLOW_ENDPOINT_PORT;
	expected.acknowledgement = OPENING_INITIAL + 1;
	assert_true(kernel_injected(kernel, &frame));
	assert_true(frame_read(&frame, &got));
	memcpy(expected.source_mac, got.source_mac, 6);
	memcpy(expected.destination_mac, flow_endpoint_mac, 6);
	flow_same_segment(&got, &expected);
}

static void sends_the_request_when_open(void **state)
{
	struct kernel *kernel = *state;
	static const __u8 options[12] = {2, 4, MSS >> 8, MSS & 0xff, 1, 1, 4, 2, 1, 3, 3, 5};

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_connection key = flow_connection(ipv6);
		struct frame_tcp synack = opening_answer(ipv6, FRAME_SYN | FRAME_ACK), got;
		static struct shunt_held entry;
		static struct frame out;
		struct shunt_flow flow;

		synack.options_length = sizeof(options);
		memcpy(synack.options, options, sizeof(options));
		synack.window = 30000;
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, 0);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &synack, &out, &got),
				 TC_ACT_SHOT);
		flow = flow_get(kernel, ipv6);
		assert_int_equal(flow.state, SHUNT_FLOW_OPEN);
		assert_int_equal(flow.legs[1].state, SHUNT_LEG_OPEN);
		assert_int_equal(flow.legs[1].mss, MSS);
		assert_int_equal(flow.legs[1].window_scale, 5);
		assert_int_equal(flow.legs[1].sequence_delta, 0);
		assert_int_equal(flow.legs[1].reply_delta, FLOW_REPLY - (OPENING_INITIAL + 1));
		assert_int_equal(flow.legs[1].window_end, FLOW_CLIENT_NEXT + 30000);
		check_handshake(kernel, ipv6);
		opening_check_replay(kernel, ipv6, MSS, flow_ends[ipv6].endpoint, FLOW_CLIENT_NEXT);
		assert_false(kernel_get(kernel->programs->maps.held, &key, &entry));
	}
}

/* The client and its origin agreed on timestamps: so the SYN offers them, and with what the endpoint
 * offers, its clock goes on where the origin's ended. */
static void agrees_on_timestamps(void **state)
{
	static const __u8 offered[12] = {1, 1, 8, 10, 0, 0, 0x30, 0x39, 0, 0, 0, 0};
	static const __u8 accepted[16] = {2, 4, MSS >> 8, MSS & 0xff, 8, 10,   0,
					  1, 0, 0,	  0,	      0, 0x30, 0x39};
	static const __u8 sent[12] = {1, 1, 8, 10, 0, 0, 0x30, 0x39, 0, 1, 0, 0};
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp again = opening_client_again(ipv6), got;
		struct frame_tcp synack = opening_answer(ipv6, FRAME_SYN | FRAME_ACK);
		struct shunt_connection key = flow_connection(ipv6);
		static struct frame out, frame;
		struct shunt_flow flow;

		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, kernel_now());
		flow = flow_get(kernel, ipv6);
		flow.client_options |= SHUNT_CLIENT_TIMESTAMPS;
		flow.client_time = 12000;
		flow.server_time = 777;
		kernel_put(kernel->programs->maps.flows, &key, &flow);
		again.options_length = sizeof(offered);
		memcpy(again.options, offered, sizeof(offered));
		flow_run(kernel->programs->progs.from_pod, &again, &out, &got);
		opening_check_syn_with(&got, flow_ends[ipv6].endpoint, sizeof(offered));
		assert_memory_equal(got.options + OPENING_SYN_OPTIONS, offered, sizeof(offered));
		synack.window = 30000;
		synack.options_length = sizeof(accepted);
		memcpy(synack.options, accepted, sizeof(accepted));
		flow_run(kernel->programs->progs.to_pod, &synack, &out, &got);
		flow = flow_get(kernel, ipv6);
		assert_int_equal(flow.legs[1].flags, SHUNT_LEG_NO_SCALE);
		assert_int_equal(flow.legs[1].last_time, 0x10000);
		assert_int_equal(flow.legs[1].time_delta, 777U - 0x10000);
		assert_true(kernel_injected(kernel, &frame));
		assert_true(frame_read(&frame, &got));
		assert_int_equal(got.payload_length, 0);
		assert_int_equal(got.options_length, sizeof(sent));
		assert_memory_equal(got.options, sent, sizeof(sent));
		for (int at = 0; at < OPENING_LENGTH; at += MSS - (int)sizeof(sent)) {
			assert_true(kernel_injected(kernel, &frame));
			kernel_run(kernel->programs->progs.from_pod, &frame, &out);
			assert_true(frame_read(&out, &got));
			assert_int_equal(got.sequence, FLOW_CLIENT_NEXT + at);
			assert_int_equal(got.options_length, sizeof(sent));
			assert_memory_equal(got.options, sent, sizeof(sent));
			assert_memory_equal(got.payload, opening_request + at, got.payload_length);
		}
		assert_true(kernel_silent(kernel));
	}
}

static void tries_the_next_endpoint(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_connection first = flow_leg_connection(ipv6), second = first;
		struct frame_tcp refusal = opening_answer(ipv6, FRAME_RST | FRAME_ACK), got;
		struct shunt_leg_owner owner;
		static struct frame out;

		second.remote = kernel_address(opening_second[ipv6]);
		opening_register(kernel, ipv6, KERNEL_SERVICE);
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 2, 0);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got),
				 TC_ACT_REDIRECT);
		opening_check_syn(&got, opening_second[ipv6]);
		assert_false(kernel_get(kernel->programs->maps.legs, &first, &owner));
		assert_true(kernel_get(kernel->programs->maps.legs, &second, &owner));
		assert_int_equal(flow_get(kernel, ipv6).state, SHUNT_FLOW_OPENING);
		bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.legs), &second);
	}
	assert_true(kernel_silent(kernel));
}

static const char *const other_origin[2] = {"10.9.1.9", "fd09:1::9"};

/* Another connection of the client's port, in `state`, has the tuple of the second endpoint. */
static struct shunt_connection put_other(struct kernel *kernel, bool ipv6, __u8 state)
{
	struct shunt_connection key = flow_connection(ipv6), tuple = flow_leg_connection(ipv6);
	struct shunt_flow flow = flow_new(ipv6);
	struct shunt_leg_owner owner = {.leg = 1};

	key.remote = kernel_address(other_origin[ipv6]);
	tuple.remote = kernel_address(opening_second[ipv6]);
	flow.state = state;
	flow.legs[1].endpoint.address = tuple.remote;
	owner.connection = key;
	kernel_frontend(kernel, other_origin[ipv6], FLOW_ORIGIN_PORT, SHUNT_FRONTEND_TRACKED);
	flow_put_one(kernel, &key, &flow);
	kernel_put(kernel->programs->maps.legs, &tuple, &owner);
	return key;
}

/* Two connections from one port cannot both be moved to one endpoint. */
static void spares_the_tuple_of_another(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp refusal = opening_answer(ipv6, FRAME_RST | FRAME_ACK), got;
		static struct frame out;

		put_other(kernel, ipv6, SHUNT_FLOW_OPEN);
		opening_register(kernel, ipv6, KERNEL_SERVICE);
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 2, 0);
		flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got);
		assert_non_null(memmem(got.payload, got.payload_length, "reason=tuple_in_use", 19));
		assert_int_equal(flow_get(kernel, ipv6).state, SHUNT_FLOW_ANSWERED);
	}
}

/* One whose socket is gone needs its tuple no more, and takes nothing along when it is removed. */
static void takes_the_tuple_of_a_closed_connection(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp refusal = opening_answer(ipv6, FRAME_RST | FRAME_ACK), got;
		struct shunt_connection other = put_other(kernel, ipv6, SHUNT_FLOW_CLOSED);
		struct shunt_connection client = flow_connection(ipv6);
		struct shunt_connection second = flow_leg_connection(ipv6);
		struct frame_tcp begin = flow_from_client(ipv6);
		struct shunt_leg_owner owner;
		struct shunt_flow flow;
		static struct frame out;

		opening_register(kernel, ipv6, KERNEL_SERVICE);
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 2, 0);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got),
				 TC_ACT_REDIRECT);
		opening_check_syn(&got, opening_second[ipv6]);
		begin.destination = other.remote;
		begin.flags = FRAME_SYN;
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &begin, &out, &got),
				 TC_ACT_UNSPEC);
		assert_false(kernel_get(kernel->programs->maps.flows, &other, &flow));
		second.remote = kernel_address(opening_second[ipv6]);
		assert_true(kernel_get(kernel->programs->maps.legs, &second, &owner));
		assert_memory_equal(&owner.connection, &client, sizeof(client));
		bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.legs), &second);
	}
	assert_true(kernel_silent(kernel));
}

static void sends_the_syn_again(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp again = opening_client_again(ipv6), got;
		static struct frame out;

		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, kernel_now());
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_UNSPEC);
		opening_check_syn(&got, flow_ends[ipv6].endpoint);
	}
	assert_true(kernel_silent(kernel));
}

/* The time is up, but the endpoint was asked only once: that SYN may be lost, and the next one. */
static void asks_three_times_before_it_gives_up(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp again = opening_client_again(ipv6), got;
		struct shunt_connection key = flow_connection(ipv6);
		static struct shunt_held entry;
		static struct frame out;

		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, 0);
		assert_true(kernel_get(kernel->programs->maps.held, &key, &entry));
		entry.flags = 0;
		kernel_put(kernel->programs->maps.held, &key, &entry);
		for (int i = 0; i < SHUNT_CONNECT_RETRIES; i++) {
			assert_int_equal(
				flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				TC_ACT_UNSPEC);
			opening_check_syn(&got, flow_ends[ipv6].endpoint);
		}
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_REDIRECT);
		assert_int_equal(flow_get(kernel, ipv6).state, SHUNT_FLOW_ANSWERED);
	}
	assert_true(kernel_silent(kernel));
}

static void returns_to_the_origin_by_policy(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp refusal = opening_answer(ipv6, FRAME_RST | FRAME_ACK), got;
		static struct frame out;

		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_MAIN, 1, 0);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got),
				 TC_ACT_SHOT);
		assert_int_equal(flow_get(kernel, ipv6).current, 0);
		assert_string_equal(flow_get(kernel, ipv6).context, "");
		opening_check_replay(kernel, ipv6, ipv6 ? 1220 : 536, flow_ends[ipv6].origin,
				     FLOW_ORIGIN_SEQUENCE);
	}
}

/* The origin lacks a byte of a request before: it is reset, and opened anew. */
static void returns_to_an_origin_that_is_behind(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp refusal = opening_answer(ipv6, FRAME_RST | FRAME_ACK), got;
		struct shunt_connection key = flow_connection(ipv6);
		struct shunt_flow flow;
		static struct frame out;

		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_MAIN, 1, 0);
		flow = flow_get(kernel, ipv6);
		flow.legs[0].acknowledged--;
		kernel_put(kernel->programs->maps.flows, &key, &flow);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got),
				 TC_ACT_REDIRECT);
		assert_int_equal(got.flags, FRAME_SYN);
		assert_int_equal(got.sequence, FLOW_CLIENT_NEXT - 1);
		assert_int_equal(got.destination_port, FLOW_ORIGIN_PORT);
		assert_int_equal(flow_get(kernel, ipv6).legs[0].state, SHUNT_LEG_OPENING);
		assert_true(kernel_injected(kernel, &out));
		assert_true(frame_read(&out, &got));
		assert_int_equal(got.flags, FRAME_RST | FRAME_ACK);
		assert_int_equal(got.sequence, FLOW_ORIGIN_SEQUENCE);
		assert_true(kernel_silent(kernel));
	}
}

/* The endpoint's older connection is reset where it says, and only then the SYN goes. */
static void check_reset_and_syn(struct kernel *kernel, bool ipv6)
{
	static struct frame frame;
	struct frame_tcp got;

	assert_true(kernel_injected(kernel, &frame));
	assert_true(frame_read(&frame, &got));
	assert_int_equal(got.flags, FRAME_RST);
	assert_int_equal(got.sequence, 0x12345678);
	assert_int_equal(got.destination_port, FLOW_ENDPOINT_PORT);
	assert_true(kernel_injected(kernel, &frame));
	assert_true(frame_read(&frame, &got));
	opening_check_syn(&got, flow_ends[ipv6].endpoint);
	assert_true(kernel_silent(kernel));
}

/* The endpoint still has an older connection of this tuple: it is reset, and the SYN goes again.
 * Both may be lost: with the client's retransmission both go once more. */
static void resets_what_the_endpoint_remembers(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp challenge = opening_answer(ipv6, FRAME_ACK), got;
		struct frame_tcp again = opening_client_again(ipv6);
		static struct frame out;

		challenge.acknowledgement = 0x12345678;
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, kernel_now());
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &challenge, &out, &got),
				 TC_ACT_SHOT);
		check_reset_and_syn(kernel, ipv6);
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_SHOT);
		check_reset_and_syn(kernel, ipv6);
	}
}

/* What it remembers may be half open, and end by a reset that looks like a refusal: only the second is. */
static void asks_again_where_the_endpoint_remembered(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp challenge = opening_answer(ipv6, FRAME_ACK), got;
		struct frame_tcp refusal = opening_answer(ipv6, FRAME_RST | FRAME_ACK);
		static struct frame out;

		challenge.acknowledgement = 0x12345678;
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, 0);
		flow_run(kernel->programs->progs.to_pod, &challenge, &out, &got);
		check_reset_and_syn(kernel, ipv6);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got),
				 TC_ACT_REDIRECT);
		opening_check_syn(&got, flow_ends[ipv6].endpoint);
		flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got);
		assert_int_equal(flow_get(kernel, ipv6).state, SHUNT_FLOW_ANSWERED);
	}
	assert_true(kernel_silent(kernel));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_the_request_when_open),
		cmocka_unit_test(agrees_on_timestamps),
		cmocka_unit_test(tries_the_next_endpoint),
		cmocka_unit_test(spares_the_tuple_of_another),
		cmocka_unit_test(takes_the_tuple_of_a_closed_connection),
		cmocka_unit_test(sends_the_syn_again),
		cmocka_unit_test(asks_three_times_before_it_gives_up),
		cmocka_unit_test(returns_to_the_origin_by_policy),
		cmocka_unit_test(returns_to_an_origin_that_is_behind),
		cmocka_unit_test(resets_what_the_endpoint_remembers),
		cmocka_unit_test(asks_again_where_the_endpoint_remembered),
	};

	return cmocka_run_group_tests(tests, opening_setup, kernel_teardown);
}
