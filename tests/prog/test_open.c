// SPDX-License-Identifier: Apache-2.0
/*
 * A leg that is being opened, in the kernel: its endpoint accepts, refuses, still knows the
 * tuple, or does not answer.
 */
#include "flow.h"
#include <stdio.h>
#include <time.h>

#define REQUEST_LENGTH 2500
#define MSS 1000
#define INITIAL 0xfffffffeU /* sequence number of the endpoint's SYN-ACK */

static char request[REQUEST_LENGTH];

static const char *const second_endpoint[2] = {"10.9.2.2", "fd09:2::2"};

/* A flow whose leg 1 is being opened for a request of which all is held. */
static void put_opening(struct kernel *kernel, bool ipv6, __u8 on_unreachable, __u8 endpoints,
			__u64 since)
{
	static struct shunt_held entry;
	struct shunt_flow flow = flow_new(ipv6);
	struct shunt_connection key = flow_connection(ipv6);
	struct shunt_override *override = &entry.override;
	__u32 service = KERNEL_SERVICE;
	struct shunt_service name = {.name = "shop/users:http"};

	memset(&entry, 0, sizeof(entry));
	flow.state = SHUNT_FLOW_OPENING;
	flow.client_next = FLOW_CLIENT_NEXT + REQUEST_LENGTH;
	flow.client_mss = 1460;
	flow.client_sack = 1;
	flow.legs[1].state = SHUNT_LEG_OPENING;
	flow.legs[1].sequence_delta = flow.legs[1].reply_delta = 0;
	flow.legs[1].window_end = 0;
	entry.length = REQUEST_LENGTH;
	entry.since = since;
	entry.endpoints_tried = 1;
	memcpy(entry.context, "mmeng", 5);
	memcpy(entry.bytes, request, REQUEST_LENGTH);
	*override = (struct shunt_override){.id = 9,
					    .service = KERNEL_SERVICE,
					    .on_unreachable = on_unreachable,
					    .endpoint_count = endpoints};
	override->endpoints[0] = flow.legs[1].endpoint;
	override->endpoints[1].address = kernel_address(second_endpoint[ipv6]);
	override->endpoints[1].port = FLOW_ENDPOINT_PORT;
	flow_put(kernel, ipv6, &flow);
	kernel_put(kernel->programs->maps.held, &key, &entry);
	kernel_put(kernel->programs->maps.services, &service, &name);
}

static void put_offloaded(struct kernel *kernel, bool ipv6, __u32 service)
{
	struct shunt_endpoint key = {.address = kernel_address(second_endpoint[ipv6]),
				     .port = FLOW_ENDPOINT_PORT};
	struct shunt_offloaded value = {.service = service};

	kernel_put(kernel->programs->maps.offloaded, &key, &value);
}

/* What the endpoint answers to the SYN. */
static struct frame_tcp answer(bool ipv6, __u8 flags)
{
	struct frame_tcp tcp = flow_from_server(ipv6, 1);

	tcp.flags = flags;
	tcp.sequence = flags & FRAME_SYN ? INITIAL : 0;
	tcp.acknowledgement = FLOW_CLIENT_NEXT;
	return tcp;
}

/* The held request comes as the client's own, in segments of at most `mss`, and from_pod turns
 * each into one for `address`, from `sequence` on. */
static void check_replay(struct kernel *kernel, bool ipv6, size_t mss, const char *address,
			 __u32 sequence)
{
	static struct frame frame, out;
	struct frame_tcp got;

	for (size_t at = 0; at < REQUEST_LENGTH; at += mss) {
		size_t length = REQUEST_LENGTH - at < mss ? REQUEST_LENGTH - at : mss;
		struct frame_tcp expected = flow_from_client(ipv6);

		expected.sequence += at;
		expected.flags = at + length == REQUEST_LENGTH ? FRAME_ACK | FRAME_PSH : FRAME_ACK;
		expected.payload = request + at;
		expected.payload_length = length;
		assert_true(kernel_injected(kernel, &frame));
		assert_true(frame_read(&frame, &got));
		memcpy(expected.source_mac, got.source_mac, 6);
		flow_same_segment(&got, &expected);
		assert_int_equal(kernel_run(kernel->programs->progs.from_pod, &frame, &out),
				 TC_ACT_UNSPEC);
		assert_true(frame_read(&out, &got));
		expected.destination = kernel_address(address);
		assert_memory_equal(&got.destination, &expected.destination, 16);
		assert_int_equal(got.sequence, (__u32)(sequence + at));
		assert_memory_equal(got.payload, request + at, length);
	}
	assert_true(kernel_silent(kernel));
}

static void sends_the_request_when_open(void **state)
{
	struct kernel *kernel = *state;
	static const __u8 options[12] = {2, 4, MSS >> 8, MSS & 0xff, 1, 1, 4, 2, 1, 3, 3, 5};

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_connection key = flow_connection(ipv6);
		struct frame_tcp synack = answer(ipv6, FRAME_SYN | FRAME_ACK), got;
		static struct shunt_held entry;
		static struct frame out;
		struct shunt_flow flow;

		synack.options_length = sizeof(options);
		memcpy(synack.options, options, sizeof(options));
		synack.window = 30000;
		put_opening(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, 0);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &synack, &out, &got),
				 TC_ACT_SHOT);
		flow = flow_get(kernel, ipv6);
		assert_int_equal(flow.state, SHUNT_FLOW_OPEN);
		assert_int_equal(flow.legs[1].state, SHUNT_LEG_OPEN);
		assert_int_equal(flow.legs[1].mss, MSS);
		assert_int_equal(flow.legs[1].window_scale, 5);
		assert_int_equal(flow.legs[1].sequence_delta, 0);
		assert_int_equal(flow.legs[1].reply_delta, FLOW_REPLY - (INITIAL + 1));
		assert_int_equal(flow.legs[1].window_end, FLOW_CLIENT_NEXT + 30000);
		check_replay(kernel, ipv6, MSS, flow_ends[ipv6].endpoint, FLOW_CLIENT_NEXT);
		assert_false(kernel_get(kernel->programs->maps.held, &key, &entry));
	}
}

/* The frame opens a leg to the address with all that the client's own SYN offered. */
static void check_syn(const struct frame_tcp *got, const char *address)
{
	static const __u8 options[12] = {2, 4, 1460 >> 8, 1460 & 0xff, 4, 2,
					 1, 1, 1,	  3,	       3, FLOW_ORIGIN_SCALE};
	struct shunt_address expected = kernel_address(address);

	assert_int_equal(got->flags, FRAME_SYN);
	assert_memory_equal(&got->destination, &expected, 16);
	assert_int_equal(got->destination_port, FLOW_ENDPOINT_PORT);
	assert_int_equal(got->source_port, FLOW_CLIENT_PORT);
	assert_int_equal(got->sequence, FLOW_CLIENT_NEXT - 1);
	assert_int_equal(got->acknowledgement, 0);
	assert_int_equal(got->options_length, sizeof(options));
	assert_memory_equal(got->options, options, sizeof(options));
	assert_int_equal(got->payload_length, 0);
}

static void tries_the_next_endpoint(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_connection first = flow_leg_connection(ipv6), second = first;
		struct frame_tcp refusal = answer(ipv6, FRAME_RST | FRAME_ACK), got;
		struct shunt_leg_owner owner;
		static struct frame out;

		second.remote = kernel_address(second_endpoint[ipv6]);
		put_offloaded(kernel, ipv6, KERNEL_SERVICE);
		put_opening(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 2, 0);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got),
				 TC_ACT_REDIRECT);
		check_syn(&got, second_endpoint[ipv6]);
		assert_false(kernel_get(kernel->programs->maps.legs, &first, &owner));
		assert_true(kernel_get(kernel->programs->maps.legs, &second, &owner));
		assert_int_equal(flow_get(kernel, ipv6).state, SHUNT_FLOW_OPENING);
		bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.legs), &second);
	}
	assert_true(kernel_silent(kernel));
}

/* The endpoint as the answer names it: an IPv6 address in full. */
static void endpoint_text(bool ipv6, char text[64])
{
	struct shunt_address address = kernel_address(flow_ends[ipv6].endpoint);
	const __u8 *b = address.bytes;
	size_t length = 0;

	if (!ipv6) {
		snprintf(text, 64, "%u.%u.%u.%u:%u", b[12], b[13], b[14], b[15],
			 FLOW_ENDPOINT_PORT);
		return;
	}
	for (size_t i = 0; i < 16; i += 2)
		length += snprintf(text + length, 64 - length, "%c%02x%02x", i ? ':' : '[', b[i],
				   b[i + 1]);
	snprintf(text + length, 64 - length, "]:%u", FLOW_ENDPOINT_PORT);
}

/* The client gets the kernel's own answer, which ends the connection. */
static void check_answer(bool ipv6, const struct frame_tcp *got, const char *status,
			 const char *reason)
{
	struct shunt_address origin = kernel_address(flow_ends[ipv6].origin);
	char text[512], expected[512], endpoint[64];

	endpoint_text(ipv6, endpoint);
	snprintf(expected, sizeof(expected),
		 "HTTP/1.1 %s\r\n"
		 "x-shunt: context=mmeng; service=shop/users:http; endpoint=%s; reason=%s\r\n"
		 "content-length: 0\r\nconnection: close\r\n\r\n",
		 status, endpoint, reason);
	assert_true(got->payload_length < sizeof(text));
	memcpy(text, got->payload, got->payload_length);
	text[got->payload_length] = '\0';
	assert_string_equal(text, expected);
	assert_memory_equal(&got->source, &origin, 16);
	assert_int_equal(got->source_port, FLOW_ORIGIN_PORT);
	assert_int_equal(got->destination_port, FLOW_CLIENT_PORT);
	assert_int_equal(got->sequence, FLOW_REPLY);
	assert_int_equal(got->acknowledgement, FLOW_CLIENT_NEXT + REQUEST_LENGTH);
	assert_int_equal(got->flags, FRAME_ACK | FRAME_PSH | FRAME_FIN);
}

/* The client sends its request's last bytes again. */
static struct frame_tcp client_again(bool ipv6)
{
	struct frame_tcp tcp = flow_from_client(ipv6);

	tcp.sequence += REQUEST_LENGTH - 100;
	tcp.payload = request + REQUEST_LENGTH - 100;
	tcp.payload_length = 100;
	return tcp;
}

static void answers_when_none_is_left(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp refusal = answer(ipv6, FRAME_RST | FRAME_ACK), got;
		struct frame_tcp again = client_again(ipv6);
		static struct frame out;
		size_t length;

		/* The second endpoint is registered for another service port. */
		put_offloaded(kernel, ipv6, KERNEL_SERVICE + 1);
		put_opening(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 2, 0);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got),
				 TC_ACT_UNSPEC);
		check_answer(ipv6, &got, "503 Service Unavailable", "refused");
		length = got.payload_length;
		assert_int_equal(flow_get(kernel, ipv6).state, SHUNT_FLOW_ANSWERED);

		/* Lost: the client asks again and gets it again, on its way out of the pod. */
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_REDIRECT);
		check_answer(ipv6, &got, "503 Service Unavailable", "refused");
		assert_int_equal(kernel_run(kernel->programs->progs.to_pod, &out, &out),
				 TC_ACT_UNSPEC);

		/* The client has got it and ends its side. */
		again = flow_from_client(ipv6);
		again.sequence += REQUEST_LENGTH;
		again.acknowledgement += length + 1;
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_SHOT);
		while (!kernel_silent(kernel))
			assert_true(kernel_injected(kernel, &out)); /* the parked leg's RST */
		again.flags = FRAME_ACK | FRAME_FIN;
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_REDIRECT);
		assert_int_equal(got.flags, FRAME_ACK);
		assert_int_equal(got.acknowledgement, again.sequence + 1);
	}
}

static void answers_when_none_answers(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp again = client_again(ipv6), got;
		static struct frame out;

		put_opening(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, 0); /* since long ago */
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_REDIRECT);
		check_answer(ipv6, &got, "504 Gateway Timeout", "timeout");
	}
	assert_true(kernel_silent(kernel));
}

static void sends_the_syn_again(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp again = client_again(ipv6), got;
		struct timespec now;
		static struct frame out;

		clock_gettime(CLOCK_MONOTONIC, &now);
		put_opening(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1,
			    now.tv_sec * 1000000000ULL + now.tv_nsec);
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_UNSPEC);
		check_syn(&got, flow_ends[ipv6].endpoint);
	}
	assert_true(kernel_silent(kernel));
}

static void returns_to_the_origin_by_policy(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp refusal = answer(ipv6, FRAME_RST | FRAME_ACK), got;
		static struct frame out;

		put_opening(kernel, ipv6, SHUNT_UNREACHABLE_MAIN, 1, 0);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got),
				 TC_ACT_SHOT);
		assert_int_equal(flow_get(kernel, ipv6).current, 0);
		assert_string_equal(flow_get(kernel, ipv6).context, "");
		check_replay(kernel, ipv6, ipv6 ? 1220 : 536, flow_ends[ipv6].origin,
			     FLOW_ORIGIN_SEQUENCE);
	}
}

/* The endpoint still has an older connection of this tuple: it is reset, and the SYN goes again. */
static void resets_what_the_endpoint_remembers(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp challenge = answer(ipv6, FRAME_ACK), got;
		static struct frame out;

		challenge.acknowledgement = 0x12345678;
		put_opening(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, 0);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &challenge, &out, &got),
				 TC_ACT_REDIRECT);
		check_syn(&got, flow_ends[ipv6].endpoint);
		assert_true(kernel_injected(kernel, &out));
		assert_true(frame_read(&out, &got));
		assert_int_equal(got.flags, FRAME_RST);
		assert_int_equal(got.sequence, 0x12345678);
		assert_int_equal(got.destination_port, FLOW_ENDPOINT_PORT);
		assert_true(kernel_silent(kernel));
	}
}

static int setup(void **state)
{
	for (size_t i = 0; i < sizeof(request); i++)
		request[i] = 'a' + i % 26;
	return kernel_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_the_request_when_open),
		cmocka_unit_test(tries_the_next_endpoint),
		cmocka_unit_test(answers_when_none_is_left),
		cmocka_unit_test(answers_when_none_answers),
		cmocka_unit_test(sends_the_syn_again),
		cmocka_unit_test(returns_to_the_origin_by_policy),
		cmocka_unit_test(resets_what_the_endpoint_remembers),
	};

	return cmocka_run_group_tests(tests, setup, kernel_teardown);
}
