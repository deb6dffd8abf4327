/* SPDX-License-Identifier: Apache-2.0 */
/* A moved connection whose leg 1 is being opened for a request of which all is held. */
#ifndef SHUNT_TESTS_PROG_OPENING_H
#define SHUNT_TESTS_PROG_OPENING_H

#include "flow.h"

#define OPENING_INITIAL 0xfffffffeU /* sequence number of the endpoint's SYN-ACK */
#define OPENING_LENGTH 2500

static char opening_request[OPENING_LENGTH];

static const char *const opening_second[2] = {"10.9.2.2", "fd09:2::2"};

/* What there is for the context and service port of the request. */
static inline struct shunt_override_key opening_override_key(void)
{
	return (struct shunt_override_key){.context = "mmeng", .service = KERNEL_SERVICE};
}

/* A flow whose leg 1 is being opened for a request of which all is held. The override is in the table
 * as in the request's copy. */
static inline void opening_put(struct kernel *kernel, bool ipv6, __u8 on_unreachable,
			       __u8 endpoints, __u64 since)
{
	static struct shunt_held entry;
	struct shunt_flow flow = flow_new(ipv6);
	struct shunt_connection key = flow_connection(ipv6);
	struct shunt_override *override = &entry.override;
	struct shunt_override_key override_key = opening_override_key();
	__u32 service = KERNEL_SERVICE;
	struct shunt_service name = {.name = "shop/users:http"};

	memset(&entry, 0, sizeof(entry));
	flow.state = SHUNT_FLOW_OPENING;
	flow.client_next = FLOW_CLIENT_NEXT + OPENING_LENGTH;
	flow.client_mss = 1460;
	flow.client_options |= SHUNT_CLIENT_SACK;
	flow.legs[1].state = SHUNT_LEG_OPENING;
	flow.legs[1].sequence_delta = flow.legs[1].reply_delta = 0;
	flow.legs[1].window_end = 0;
	entry.length = OPENING_LENGTH;
	entry.since = since;
	entry.flags = SHUNT_CONNECT_RETRIES * SHUNT_HELD_RETRY;
	entry.endpoints_tried = 1;
	memcpy(entry.context, "mmeng", 5);
	memcpy(entry.bytes, opening_request, OPENING_LENGTH);
	*override = (struct shunt_override){.id = 9,
					    .service = KERNEL_SERVICE,
					    .on_unreachable = on_unreachable,
					    .endpoint_count = endpoints};
	override->endpoints[0] = flow.legs[1].endpoint;
	override->endpoints[1].address = kernel_address(opening_second[ipv6]);
	override->endpoints[1].port = FLOW_ENDPOINT_PORT;
	flow_put(kernel, ipv6, &flow);
	kernel_put(kernel->programs->maps.held, &key, &entry);
	kernel_put(kernel->programs->maps.overrides, &override_key, override);
	kernel_put(kernel->programs->maps.services, &service, &name);
}

static inline void opening_register(struct kernel *kernel, bool ipv6, __u32 service)
{
	struct shunt_endpoint key = {.address = kernel_address(opening_second[ipv6]),
				     .port = FLOW_ENDPOINT_PORT};

	kernel_offloaded(kernel, &key, service, SHUNT_FENCE_OFF);
}

/* What the endpoint answers to the SYN. */
static inline struct frame_tcp opening_answer(bool ipv6, __u8 flags)
{
	struct frame_tcp tcp = flow_from_server(ipv6, 1);

	tcp.flags = flags;
	tcp.sequence = flags & FRAME_SYN ? OPENING_INITIAL : 0;
	tcp.acknowledgement = FLOW_CLIENT_NEXT;
	return tcp;
}

/* The client sends its request's last bytes again. */
static inline struct frame_tcp opening_client_again(bool ipv6)
{
	struct frame_tcp tcp = flow_from_client(ipv6);

	tcp.sequence += OPENING_LENGTH - 100;
	tcp.payload = opening_request + OPENING_LENGTH - 100;
	tcp.payload_length = 100;
	return tcp;
}

/* The held request comes as the client's own, in segments of at most `mss`, and from_pod turns
 * each into one for `address`, from `sequence` on. */
static inline void opening_check_replay(struct kernel *kernel, bool ipv6, size_t mss,
					const char *address, __u32 sequence)
{
	static struct frame frame, out;
	struct frame_tcp got;

	for (size_t at = 0; at < OPENING_LENGTH; at += mss) {
		size_t length = OPENING_LENGTH - at < mss ? OPENING_LENGTH - at : mss;
		struct frame_tcp expected = flow_from_client(ipv6);

		expected.sequence += at;
		expected.flags = at + length == OPENING_LENGTH ? FRAME_ACK | FRAME_PSH : FRAME_ACK;
		expected.payload = opening_request + at;
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
		assert_memory_equal(got.payload, opening_request + at, length);
	}
	assert_true(kernel_silent(kernel));
}

#define OPENING_SYN_OPTIONS 12

/* The frame opens a leg to the address with all that the client's own SYN offered, and `more` bytes of
 * options behind. */
static inline void opening_check_syn_with(const struct frame_tcp *got, const char *address,
					  size_t more)
{
	static const __u8 options[OPENING_SYN_OPTIONS] = {
		2, 4, 1460 >> 8, 1460 & 0xff, 4, 2, 1, 1, 1, 3, 3, FLOW_ORIGIN_SCALE};
	struct shunt_address expected = kernel_address(address);

	assert_int_equal(got->flags, FRAME_SYN);
	assert_memory_equal(&got->destination, &expected, 16);
	assert_int_equal(got->destination_port, FLOW_ENDPOINT_PORT);
	assert_int_equal(got->source_port, FLOW_CLIENT_PORT);
	assert_int_equal(got->sequence, FLOW_CLIENT_NEXT - 1);
	assert_int_equal(got->acknowledgement, 0);
	assert_int_equal(got->options_length, sizeof(options) + more);
	assert_memory_equal(got->options, options, sizeof(options));
	assert_int_equal(got->payload_length, 0);
}

static inline void opening_check_syn(const struct frame_tcp *got, const char *address)
{
	opening_check_syn_with(got, address, 0);
}

static inline int opening_setup(void **state)
{
	for (size_t i = 0; i < sizeof(opening_request); i++)
		opening_request[i] = 'a' + i % 26;
	return kernel_setup(state);
}

#endif
