// SPDX-License-Identifier: Apache-2.0
/*
 * Segments between a client and its current leg, through both programs in the kernel: addresses,
 * ports, numbers, options, window and checksums, for both families.
 */
#include "flow.h"

#define NOP10 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
#define TIMESTAMP 8, 10, 1, 2, 3, 4, 5, 6, 7, 8
#define WORD(x) (__u8)((x) >> 24), (__u8)((x) >> 16), (__u8)((x) >> 8), (__u8)(x)
#define SACK1(from) 5, 10, WORD((from)), WORD((from) + 100)

/* What passes, by its distance from the two ends' next bytes; what is not said stays. */
struct translate_case {
	const char *name;
	__s32 sequence, acknowledgement;
	__u16 window, expected_window;
	__u8 flags;
	__u8 options_length;
	__u8 options[40];
	__u8 expected_options[40];
	size_t payload;
	__u8 ip_words; /* of IPv4 options */
};

#define ACK FRAME_ACK
#define SAME(...) .options = {__VA_ARGS__}, .expected_options = {__VA_ARGS__}

static const struct translate_case client_cases[] = {
	{"acknowledgement", .flags = ACK, .window = 500, .expected_window = 500},
	{"data", .flags = ACK, .payload = 100, .window = 1, .expected_window = 1},
	{"data of an odd length", .flags = ACK | FRAME_PSH, .payload = 101},
	{"one byte", .flags = ACK, .payload = 1},
	{"much data, which wraps", .flags = ACK, .payload = 3000},
	{"later data", .sequence = 1000, .acknowledgement = 7000, .flags = ACK, .payload = 50},
	{"data sent again from before the move", .sequence = -100, .flags = ACK, .payload = 50},
	{"acknowledgement from before the move", .acknowledgement = -500, .flags = ACK},
	{"FIN", .flags = ACK | FRAME_FIN},
	{"data and FIN", .flags = ACK | FRAME_FIN, .payload = 77},
	{"timestamp", .flags = ACK, .payload = 100, .options_length = 12,
	 .options = {1, 1, TIMESTAMP}, .expected_options = {1, 1, NOP10}},
	{"SACK", .flags = ACK, .options_length = 12, .options = {1, 1, SACK1(FLOW_REPLY + 50)},
	 .expected_options = {1, 1, SACK1(FLOW_ENDPOINT_REPLY + 50)}},
	{"SACK at an odd place", .flags = ACK, .options_length = 12,
	 .options = {1, SACK1(FLOW_REPLY + 50), 1},
	 .expected_options = {1, SACK1(FLOW_ENDPOINT_REPLY + 50), 1}},
	{"timestamp and SACK", .flags = ACK, .options_length = 24,
	 .options = {1, 1, TIMESTAMP, 1, 1, SACK1(FLOW_REPLY)},
	 .expected_options = {1, 1, NOP10, 1, 1, SACK1(FLOW_ENDPOINT_REPLY)}},
	{"three SACK blocks and a timestamp fill the header", .flags = ACK, .options_length = 40,
	 .options = {1, 1, TIMESTAMP, 1, 1, 5, 26, WORD(FLOW_REPLY + 1), WORD(FLOW_REPLY + 2),
		     WORD(FLOW_REPLY + 3), WORD(FLOW_REPLY + 4), WORD(FLOW_REPLY + 5),
		     WORD(FLOW_REPLY + 6)},
	 .expected_options = {1, 1, NOP10, 1, 1, 5, 26, WORD(FLOW_ENDPOINT_REPLY + 1),
			      WORD(FLOW_ENDPOINT_REPLY + 2), WORD(FLOW_ENDPOINT_REPLY + 3),
			      WORD(FLOW_ENDPOINT_REPLY + 4), WORD(FLOW_ENDPOINT_REPLY + 5),
			      WORD(FLOW_ENDPOINT_REPLY + 6)}},
	{"malformed options", .flags = ACK, .options_length = 8, SAME(1, 5, 0, 9, 1, 1, 1, 1)},
	{"IP options", .flags = ACK, .payload = 50, .ip_words = 1},
	{"all options that there can be", .flags = ACK, .payload = 50, .ip_words = 10,
	 .options_length = 40, .options = {1, 1, TIMESTAMP, NOP10, NOP10, 1, 1, 1, 1, 1, 1, 1, 1},
	 .expected_options = {1, 1, NOP10, NOP10, NOP10, 1, 1, 1, 1, 1, 1, 1, 1}},
};

static const struct translate_case server_cases[] = {
	{"acknowledgement", .flags = ACK, .window = 300, .expected_window = 1200},
	{"data", .flags = ACK, .payload = 100, .window = 1, .expected_window = 4},
	{"closed window", .flags = ACK, .window = 0, .expected_window = 0},
	{"widest window", .flags = ACK, .window = 65535, .expected_window = 65535},
	{"data of an odd length", .flags = ACK | FRAME_PSH, .payload = 101},
	{"much data", .flags = ACK, .payload = 3000},
	{"later data", .sequence = 1000, .acknowledgement = 700, .flags = ACK, .payload = 50},
	{"data sent again from before the move", .sequence = -100, .flags = ACK, .payload = 50},
	{"FIN", .flags = ACK | FRAME_FIN},
	{"IP options", .flags = ACK, .payload = 50, .ip_words = 10},
	{"timestamp stays", .flags = ACK, .options_length = 12, SAME(1, 1, TIMESTAMP)},
	{"SACK", .flags = ACK, .options_length = 12,
	 .options = {1, 1, SACK1(FLOW_ENDPOINT_SEQUENCE + 50)},
	 .expected_options = {1, 1, SACK1(FLOW_CLIENT_NEXT + 50)}},
	{"SACK at an odd place", .flags = ACK, .options_length = 16,
	 .options = {1, 1, 1, SACK1(FLOW_ENDPOINT_SEQUENCE + 200)},
	 .expected_options = {1, 1, 1, SACK1(FLOW_CLIENT_NEXT + 200)}},
};

static __u8 payload[3000];

static void apply(const struct translate_case *row, struct frame_tcp *tcp, bool expected)
{
	tcp->sequence += row->sequence;
	tcp->acknowledgement += row->acknowledgement;
	tcp->window = expected ? row->expected_window : row->window;
	tcp->flags = row->flags;
	tcp->options_length = row->options_length;
	memcpy(tcp->options, expected ? row->expected_options : row->options, row->options_length);
	tcp->ip_words = row->ip_words;
	tcp->payload = payload;
	tcp->payload_length = row->payload;
}

/* The client's segment as the endpoint must get it. */
static struct frame_tcp at_endpoint(bool ipv6)
{
	struct frame_tcp tcp = flow_from_client(ipv6);

	tcp.destination = kernel_address(flow_ends[ipv6].endpoint);
	tcp.destination_port = FLOW_ENDPOINT_PORT;
	tcp.sequence = FLOW_ENDPOINT_SEQUENCE;
	tcp.acknowledgement = FLOW_ENDPOINT_REPLY;
	memcpy(tcp.destination_mac, flow_endpoint_mac, 6);
	return tcp;
}

/* The endpoint's segment as the client must get it. */
static struct frame_tcp at_client(bool ipv6)
{
	struct frame_tcp tcp = flow_from_server(ipv6, 1);

	tcp.source = kernel_address(flow_ends[ipv6].origin);
	tcp.source_port = FLOW_ORIGIN_PORT;
	tcp.sequence = FLOW_REPLY;
	tcp.acknowledgement = FLOW_CLIENT_NEXT;
	return tcp;
}

static void check_row(struct kernel *kernel, const struct translate_case *row, bool ipv6,
		      bool from_client)
{
	struct shunt_flow flow = flow_new(ipv6);
	struct frame_tcp sent, expected, got;
	static struct frame out;

	flow.legs[0].state = SHUNT_LEG_CLOSED; /* nothing that a FIN would have to end */
	flow_put(kernel, ipv6, &flow);
	sent = from_client ? flow_from_client(ipv6) : flow_from_server(ipv6, 1);
	expected = from_client ? at_endpoint(ipv6) : at_client(ipv6);
	apply(row, &sent, false);
	apply(row, &expected, true);
	assert_int_equal(flow_run(from_client ? kernel->programs->progs.from_pod
					      : kernel->programs->progs.to_pod,
				  &sent, &out, &got),
			 TC_ACT_UNSPEC);
	flow_same_segment(&got, &expected);
}

static void translates_the_clients_segments(void **state)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		for (size_t i = 0; i < sizeof(client_cases) / sizeof(client_cases[0]); i++) {
			print_message("# %s, IPv%d\n", client_cases[i].name, ipv6 ? 6 : 4);
			check_row(*state, &client_cases[i], ipv6, true);
		}
	}
	assert_true(kernel_silent(*state));
}

static void translates_the_servers_segments(void **state)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		for (size_t i = 0; i < sizeof(server_cases) / sizeof(server_cases[0]); i++) {
			print_message("# %s, IPv%d\n", server_cases[i].name, ipv6 ? 6 : 4);
			check_row(*state, &server_cases[i], ipv6, false);
		}
	}
	assert_true(kernel_silent(*state));
}

#define CLIENT_TIME 0x01020304U /* of TIMESTAMP */
#define LEG_CLOCK 0xfffffff0U /* how far the endpoint's clock is behind what the client knows */

static struct shunt_flow flow_with_timestamps(bool ipv6)
{
	struct shunt_flow flow = flow_new(ipv6);

	flow.client_options |= SHUNT_CLIENT_TIMESTAMPS;
	flow.legs[0].state = SHUNT_LEG_CLOSED;
	flow.legs[1].flags = 0;
	flow.legs[1].time_delta = LEG_CLOCK;
	flow.legs[1].last_time = 0x05060700U - LEG_CLOCK;
	flow.client_time = CLIENT_TIME - 100;
	flow.server_time = CLIENT_TIME - 200;
	return flow;
}

/* The endpoint's clock is translated, and what is older than its leg is not echoed to it. */
static void translates_timestamps(void **state)
{
	static const __u8 options[12] = {1, 1, TIMESTAMP};
	struct kernel *kernel = *state;

	for (int k = 0; k < 4; k++) {
		bool ipv6 = k & 1, old = k & 2;
		struct shunt_flow flow = flow_with_timestamps(ipv6);
		struct frame_tcp sent = flow_from_client(ipv6), expected = at_endpoint(ipv6), got;
		__u8 to_leg[12] = {1, 1, 8, 10, WORD(CLIENT_TIME), WORD(0x05060708U - LEG_CLOCK)};
		__u8 to_client[12] = {1, 1, 8, 10, WORD(CLIENT_TIME + LEG_CLOCK), 5, 6, 7, 8};
		static struct frame out;

		flow.legs[1].last_time += old ? 100 : 0;
		to_leg[11] += old ? 92 : 0;
		flow_put(kernel, ipv6, &flow);
		sent.options_length = expected.options_length = sizeof(options);
		memcpy(sent.options, options, sizeof(options));
		memcpy(expected.options, to_leg, sizeof(to_leg));
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
				 TC_ACT_UNSPEC);
		flow_same_segment(&got, &expected);
		assert_int_equal(flow_get(kernel, ipv6).client_time, CLIENT_TIME);
		sent = flow_from_server(ipv6, 1);
		expected = at_client(ipv6);
		sent.options_length = expected.options_length = sizeof(options);
		memcpy(sent.options, options, sizeof(options));
		memcpy(expected.options, to_client, sizeof(to_client));
		expected.window = sent.window << (FLOW_ENDPOINT_SCALE - FLOW_ORIGIN_SCALE);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &sent, &out, &got),
				 TC_ACT_UNSPEC);
		flow_same_segment(&got, &expected);
		assert_int_equal(flow_get(kernel, ipv6).server_time, CLIENT_TIME + LEG_CLOCK);
	}
}

static int setup(void **state)
{
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = i * 7 + i / 256;
	return kernel_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(translates_the_clients_segments),
		cmocka_unit_test(translates_the_servers_segments),
		cmocka_unit_test(translates_timestamps),
	};

	return cmocka_run_group_tests(tests, setup, kernel_teardown);
}
