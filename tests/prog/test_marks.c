// SPDX-License-Identifier: Apache-2.0
/*
 * What other programs note on a packet, its mark and its priority: it stays on what goes on, also behind
 * packets that were made of it, and is gone from what turns round.
 */
#include "flow.h"

#define MARK 0x5348
#define PRIORITY 6

/* Runs a program on a marked segment; what the packet has then is in *noted. */
static int run(struct bpf_program *program, const struct frame_tcp *tcp, struct __sk_buff *noted)
{
	struct __sk_buff in = {.mark = MARK, .priority = PRIORITY};
	static struct frame frame, out;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame.bytes, .data_out = out.bytes,
		    .data_size_out = sizeof(out.bytes), .ctx_in = &in, .ctx_size_in = sizeof(in),
		    .ctx_out = noted, .ctx_size_out = sizeof(*noted));

	frame_build(&frame, tcp);
	opts.data_size_in = frame.length;
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(program), &opts), 0);
	return opts.retval;
}

static void check(struct bpf_program *program, const struct frame_tcp *tcp, int verdict, bool kept)
{
	struct __sk_buff noted = {0};

	assert_int_equal(run(program, tcp, &noted), verdict);
	assert_int_equal(noted.mark, kept ? MARK : 0);
	assert_int_equal(noted.priority, kept ? PRIORITY : 0);
}

static void stay_on_translated_packets(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_flow flow = flow_new(ipv6);
		struct frame_tcp client = flow_from_client(ipv6);
		struct frame_tcp server = flow_from_server(ipv6, 1);

		flow_put(kernel, ipv6, &flow);
		check(kernel->programs->progs.from_pod, &client, TC_ACT_UNSPEC, true);
		check(kernel->programs->progs.to_pod, &server, TC_ACT_UNSPEC, true);
	}
}

/* A keep-alive probe of the parked origin. */
static void are_gone_from_a_packet_that_turns_round(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_flow flow = flow_new(ipv6);
		struct frame_tcp probe = flow_from_server(ipv6, 0);

		probe.sequence--;
		flow_put(kernel, ipv6, &flow);
		check(kernel->programs->progs.to_pod, &probe, TC_ACT_REDIRECT, false);
	}
}

/* Of the RST, packets for the parked leg are made first. */
static void stay_on_what_goes_on_behind_packets_that_turned_round(void **state)
{
	struct kernel *kernel = *state;
	static struct frame injected;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_flow flow = flow_new(ipv6);
		struct frame_tcp reset = flow_from_server(ipv6, 1);

		reset.flags = FRAME_RST;
		flow_put(kernel, ipv6, &flow);
		check(kernel->programs->progs.to_pod, &reset, TC_ACT_UNSPEC, true);
		assert_true(kernel_injected(kernel, &injected));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stay_on_translated_packets),
		cmocka_unit_test(are_gone_from_a_packet_that_turns_round),
		cmocka_unit_test(stay_on_what_goes_on_behind_packets_that_turned_round),
	};

	return cmocka_run_group_tests(tests, kernel_setup, kernel_teardown);
}
