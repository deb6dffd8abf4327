// SPDX-License-Identifier: Apache-2.0
/*
 * Routers' messages that a packet of a moved connection was too big, in the kernel: of the current leg's,
 * the client gets to read of its own packet; all others stay as they are.
 */
#include "flow.h"

#define ROUTER4 "10.9.3.1"
#define ROUTER6 "fd09:3::1"
#define ICMP_HEADER 8
#define QUOTED_MAX 200 /* bytes of the packet, without its frame's header */

struct too_big_case {
	const char *name;
	__u8 current; /* leg of the flow */
	__u8 quoted; /* leg whose packet is quoted */
	__u8 type[2], code; /* by family */
	bool translated;
};

static const struct too_big_case cases[] = {
	{"of the current endpoint", 1, 1, {3, 2}, 4, true},
	{"of the current origin", 0, 0, {3, 2}, 4, true},
	{"of the parked endpoint", 0, 1, {3, 2}, 4, false},
	{"of the parked origin", 1, 0, {3, 2}, 4, false},
	{"host unreachable", 1, 1, {3, 1}, 1, false},
	{"echo", 1, 1, {8, 128}, 0, false},
};

static __u16 message_sum(bool ipv6, const struct frame_tcp *outer, const __u8 *icmp, size_t length)
{
	__u32 sum = 0;

	if (ipv6) {
		sum = frame_sum(&outer->source, 16, IPPROTO_ICMPV6 + length);
		sum = frame_sum(&outer->destination, 16, sum);
	}
	return frame_fold(frame_sum(icmp, length, sum));
}

/* A router's message to the client that quotes the packet. */
static void message_build(struct frame *frame, bool ipv6, const struct too_big_case *row,
			  const struct frame_tcp *quoted)
{
	struct frame_tcp outer = {.source = kernel_address(ipv6 ? ROUTER6 : ROUTER4),
				  .destination = kernel_address(flow_ends[ipv6].client)};
	static struct frame whole;
	size_t length, at;
	__u8 *icmp;
	__u16 check;

	frame_build(&whole, quoted);
	length = whole.length - ETH_HLEN < QUOTED_MAX ? whole.length - ETH_HLEN : QUOTED_MAX;
	memset(frame, 0, sizeof(*frame));
	at = frame_put_ip(frame, &outer, ICMP_HEADER + length);
	if (ipv6) {
		frame->bytes[ETH_HLEN + 6] = IPPROTO_ICMPV6;
	} else {
		frame->bytes[ETH_HLEN + 9] = IPPROTO_ICMP;
	}
	icmp = frame->bytes + at;
	icmp[0] = row->type[ipv6];
	icmp[1] = ipv6 ? 0 : row->code;
	icmp[6] = 1400 >> 8;
	icmp[7] = 1400 & 0xff;
	memcpy(icmp + ICMP_HEADER, whole.bytes + ETH_HLEN, length);
	check = htons(~message_sum(ipv6, &outer, icmp, ICMP_HEADER + length));
	memcpy(icmp + 2, &check, sizeof(check));
	frame->length = at + ICMP_HEADER + length;
}

/* The client's packet, or that of a leg which is the same on its way. */
static struct frame_tcp packet_of(bool ipv6, int leg)
{
	struct frame_tcp tcp = flow_from_client(ipv6);
	static const char payload[1400];

	if (leg == 1) {
		tcp.destination = kernel_address(flow_ends[ipv6].endpoint);
		tcp.destination_port = FLOW_ENDPOINT_PORT;
	}
	if (leg >= 0)
		tcp.sequence = leg ? FLOW_ENDPOINT_SEQUENCE : FLOW_ORIGIN_SEQUENCE;
	tcp.payload = payload;
	tcp.payload_length = sizeof(payload);
	return tcp;
}

/* Bytes of the quoted packet that count: its IP header, its ports and its sequence number. */
static void check_quoted(const struct frame *out, const struct frame *expected, bool ipv6)
{
	size_t at = ETH_HLEN + (ipv6 ? 40 : 20), header = ipv6 ? 40 : 20;
	struct frame_tcp outer = {.source = kernel_address(ipv6 ? ROUTER6 : ROUTER4),
				  .destination = kernel_address(flow_ends[ipv6].client)};

	assert_int_equal(out->length, expected->length);
	assert_memory_equal(out->bytes, expected->bytes, at + 2);
	assert_memory_equal(out->bytes + at + 4, expected->bytes + at + 4,
			    ICMP_HEADER - 4 + header + 8);
	assert_int_equal(message_sum(ipv6, &outer, out->bytes + at, out->length - at), 0xffff);
}

static void check_row(struct kernel *kernel, const struct too_big_case *row, bool ipv6)
{
	struct shunt_flow flow = flow_new(ipv6);
	struct frame_tcp sent = packet_of(ipv6, row->quoted), known = packet_of(ipv6, -1);
	static struct frame in, out, expected;

	flow.current = row->current;
	flow_put(kernel, ipv6, &flow);
	message_build(&in, ipv6, row, &sent);
	message_build(&expected, ipv6, row, row->translated ? &known : &sent);
	assert_int_equal(kernel_run(kernel->programs->progs.to_pod, &in, &out), TC_ACT_UNSPEC);
	check_quoted(&out, &expected, ipv6);
}

static void tells_the_client_of_its_own_packet(void **state)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			print_message("# %s, IPv%d\n", cases[i].name, ipv6 ? 6 : 4);
			check_row(*state, &cases[i], ipv6);
		}
	}
}

/* Too short to say whose it is. */
static void leaves_a_message_that_is_cut_off(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_flow flow = flow_new(false);
	struct frame_tcp sent = packet_of(false, 1);
	static struct frame in, out;

	flow_put(kernel, false, &flow);
	message_build(&in, false, &cases[0], &sent);
	for (size_t length = ETH_HLEN + 20; length < ETH_HLEN + 20 + ICMP_HEADER + 28; length++) {
		in.length = length;
		assert_int_equal(kernel_run(kernel->programs->progs.to_pod, &in, &out),
				 TC_ACT_UNSPEC);
		assert_memory_equal(in.bytes, out.bytes, length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_client_of_its_own_packet),
		cmocka_unit_test(leaves_a_message_that_is_cut_off),
	};

	return cmocka_run_group_tests(tests, kernel_setup, kernel_teardown);
}
