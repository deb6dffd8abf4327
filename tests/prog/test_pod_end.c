// SPDX-License-Identifier: Apache-2.0
/*
 * The programs on the pod's own end of its link, which is the loopback device here: what is injected at
 * its egress goes through from_pod there at once, in the middle of the program that injects it.
 */
#include "opening.h"

#define MSS 1000
#define CHECKSUM_COMPLETE_FLAG 4 /* BPF_F_TEST_SKB_CHECKSUM_COMPLETE, since Linux 6.17 */

static void attach_from_pod(struct kernel *kernel)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)if_nametoindex("lo"),
		    .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts,
		    .prog_fd = bpf_program__fd(kernel->programs->progs.from_pod));
	int on = 1;

	assert_int_equal(bpf_tc_hook_create(&hook), 0);
	assert_int_equal(bpf_tc_attach(&hook, &opts), 0);
	/* The device receives what it sends: once is enough. */
	assert_int_equal(
		setsockopt(kernel->capture, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)),
		0);
}

static int setup(void **state)
{
	kernel_at_pod = 1;
	if (opening_setup(state))
		return -1;
	attach_from_pod(*state);
	return 0;
}

static void expect_at_endpoint(struct kernel *kernel, bool ipv6, __u32 sequence, size_t at,
			       size_t length)
{
	struct shunt_address endpoint = kernel_address(flow_ends[ipv6].endpoint);
	static struct frame frame;
	struct frame_tcp got;

	assert_true(kernel_injected(kernel, &frame));
	assert_true(frame_read(&frame, &got));
	assert_memory_equal(&got.destination, &endpoint, sizeof(endpoint));
	assert_int_equal(got.destination_port, FLOW_ENDPOINT_PORT);
	assert_memory_equal(got.destination_mac, flow_endpoint_mac, 6);
	assert_int_equal(got.sequence, sequence);
	assert_int_equal(got.urgent, 0);
	assert_int_equal(got.payload_length, length);
	if (length)
		assert_memory_equal(got.payload, opening_request + at, length);
}

static void request_goes_out_translated_when_its_leg_is_open(void **state)
{
	static const __u8 options[4] = {2, 4, MSS >> 8, MSS & 0xff};
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp synack = opening_answer(ipv6, FRAME_SYN | FRAME_ACK), got;
		static struct frame out;

		synack.options_length = sizeof(options);
		memcpy(synack.options, options, sizeof(options));
		synack.window = 30000;
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, 0);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &synack, &out, &got),
				 TC_ACT_SHOT);
		expect_at_endpoint(kernel, ipv6, FLOW_CLIENT_NEXT, 0, 0);
		for (size_t at = 0; at < OPENING_LENGTH; at += MSS)
			expect_at_endpoint(kernel, ipv6, FLOW_CLIENT_NEXT + at, at,
					   OPENING_LENGTH - at < MSS ? OPENING_LENGTH - at : MSS);
		assert_true(kernel_silent(kernel));
	}
}

/* The socket would take a packet that is dropped for one that was not sent. */
static void dropped_packet_seems_to_be_sent(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp acknowledgement = flow_from_client(ipv6), got;
		static struct frame out;

		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, 0);
		assert_int_equal(
			flow_run(kernel->programs->progs.from_pod, &acknowledgement, &out, &got),
			TC_ACT_STOLEN);
	}
	assert_true(kernel_silent(kernel));
}

/* Only the kernel knows who comes next on the way to an endpoint that has not answered yet. */
static void syn_is_routed_until_its_receiver_is_known(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		for (int known = 0; known < 2; known++) {
			struct frame_tcp again = opening_client_again(ipv6), got;
			struct shunt_connection key = flow_connection(ipv6);
			static struct frame out;
			struct shunt_flow flow;

			opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, kernel_now());
			flow = flow_get(kernel, ipv6);
			if (!known)
				memset(flow.legs[1].mac, 0, sizeof(flow.legs[1].mac));
			kernel_put(kernel->programs->maps.flows, &key, &flow);
			assert_int_equal(
				flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				known ? TC_ACT_UNSPEC : TC_ACT_REDIRECT);
			opening_check_syn(&got, flow_ends[ipv6].endpoint);
		}
	}
}

/* Network cards compute the sum of all that they receive, and the kernel complains where what it finds
 * does not add up to it. */
static void sum_of_the_device_is_kept_right(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp answer = flow_from_server(ipv6, 1);
		struct shunt_flow flow = flow_new(ipv6);
		static struct frame in, out;
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in.bytes, .data_out = out.bytes,
			    .data_size_out = sizeof(out.bytes), .flags = CHECKSUM_COMPLETE_FLAG);

		answer.payload = opening_request;
		answer.payload_length = 77;
		flow_put(kernel, ipv6, &flow);
		frame_build(&in, &answer);
		opts.data_size_in = in.length;
		if (bpf_prog_test_run_opts(bpf_program__fd(kernel->programs->progs.to_pod), &opts))
			fail_msg("IPv%d: %s", ipv6 ? 6 : 4, strerror(errno));
		assert_int_equal((int)opts.retval, TC_ACT_UNSPEC);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_goes_out_translated_when_its_leg_is_open),
		cmocka_unit_test(dropped_packet_seems_to_be_sent),
		cmocka_unit_test(syn_is_routed_until_its_receiver_is_known),
		cmocka_unit_test(sum_of_the_device_is_kept_right),
	};

	return cmocka_run_group_tests(tests, setup, kernel_teardown);
}
