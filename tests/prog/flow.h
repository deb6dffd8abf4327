/* SPDX-License-Identifier: Apache-2.0 */
/* A moved connection put into the maps by hand, of either family. */
#ifndef SHUNT_TESTS_PROG_FLOW_H
#define SHUNT_TESTS_PROG_FLOW_H

#include "kernel.h"
#include <shunt/moved.h>

#define FLOW_CLIENT_PORT 40000
#define FLOW_ORIGIN_PORT 80
#define FLOW_ENDPOINT_PORT 8080

#define FLOW_CLIENT_NEXT 0xffffff00U /* the client's next byte; its request wraps */
#define FLOW_REPLY 0x7fffff00U /* what the client expects next */

/* The origin, parked: its deltas count to here from the client's two numbers. */
#define FLOW_ORIGIN_SEQUENCE 0xfffff000U
#define FLOW_ORIGIN_REPLY 0x7ffff000U

/* The endpoint, current. */
#define FLOW_ENDPOINT_SEQUENCE 0x100
#define FLOW_ENDPOINT_REPLY 0x20000000U

#define FLOW_ORIGIN_SCALE 7
#define FLOW_ENDPOINT_SCALE 9

struct flow_ends {
	const char *client, *origin, *endpoint;
};

static const struct flow_ends flow_ends[2] = {
	{"10.9.0.2", "10.9.1.1", "10.9.2.1"},
	{"fd09::2", "fd09:1::1", "fd09:2::1"},
};

static const __u8 flow_origin_mac[6] = {2, 0, 0, 0, 0, 1};
static const __u8 flow_endpoint_mac[6] = {2, 0, 0, 0, 0, 2};
static const __u8 flow_client_mac[6] = {2, 0, 0, 0, 0, 3};

static inline struct shunt_connection flow_connection(bool ipv6)
{
	return (struct shunt_connection){
		.client = kernel_address(flow_ends[ipv6].client),
		.remote = kernel_address(flow_ends[ipv6].origin),
		.client_port = FLOW_CLIENT_PORT,
		.remote_port = FLOW_ORIGIN_PORT,
	};
}

static inline struct shunt_connection flow_leg_connection(bool ipv6)
{
	struct shunt_connection connection = flow_connection(ipv6);

	connection.remote = kernel_address(flow_ends[ipv6].endpoint);
	connection.remote_port = FLOW_ENDPOINT_PORT;
	return connection;
}

static inline struct shunt_flow flow_new(bool ipv6)
{
	struct shunt_flow flow = {
		.service = KERNEL_SERVICE,
		.state = SHUNT_FLOW_OPEN,
		.current = 1,
		.origin_scale = FLOW_ORIGIN_SCALE,
		.client_scale = FLOW_ORIGIN_SCALE,
		.start = FLOW_CLIENT_NEXT,
		.client_next = FLOW_CLIENT_NEXT,
		.client_reply = FLOW_REPLY,
		.acknowledged = FLOW_CLIENT_NEXT,
		.reply_next = FLOW_REPLY,
		.client_window = 500,
		.client_options = SHUNT_CLIENT_SCALE,
		.context = "mmeng",
	};
	struct shunt_leg *origin = &flow.legs[0], *leg = &flow.legs[1];

	origin->endpoint.address = kernel_address(flow_ends[ipv6].origin);
	origin->endpoint.port = FLOW_ORIGIN_PORT;
	origin->state = SHUNT_LEG_OPEN;
	origin->window_scale = FLOW_ORIGIN_SCALE;
	origin->flags = SHUNT_LEG_NO_TIMESTAMPS;
	origin->sequence_delta = FLOW_ORIGIN_SEQUENCE - FLOW_CLIENT_NEXT;
	origin->reply_delta = FLOW_REPLY - FLOW_ORIGIN_REPLY;
	origin->next_sequence = FLOW_ORIGIN_SEQUENCE;
	origin->next_reply = FLOW_ORIGIN_REPLY;
	origin->acknowledged = FLOW_ORIGIN_SEQUENCE;
	origin->window_end = FLOW_ORIGIN_SEQUENCE + 60000;
	memcpy(origin->mac, flow_origin_mac, sizeof(origin->mac));
	leg->endpoint.address = kernel_address(flow_ends[ipv6].endpoint);
	leg->endpoint.port = FLOW_ENDPOINT_PORT;
	leg->state = SHUNT_LEG_OPEN;
	leg->flags = SHUNT_LEG_NO_TIMESTAMPS;
	leg->window_scale = FLOW_ENDPOINT_SCALE;
	leg->sequence_delta = FLOW_ENDPOINT_SEQUENCE - FLOW_CLIENT_NEXT;
	leg->reply_delta = FLOW_REPLY - FLOW_ENDPOINT_REPLY;
	leg->window_end = FLOW_ENDPOINT_SEQUENCE + 60000;
	leg->mss = 1460;
	leg->override_id = 9;
	memcpy(leg->mac, flow_endpoint_mac, sizeof(leg->mac));
	return flow;
}

/* Puts the flow into the map, and counts it as the switch does. */
static inline void flow_put_one(struct kernel *kernel, const struct shunt_connection *key,
				const struct shunt_flow *flow)
{
	__u32 index = shunt_moved_index(&key->client, key->client_port), one = 1;

	kernel_put(kernel->programs->maps.flows, key, flow);
	kernel_put(kernel->programs->maps.moved, &index, &one);
}

/* How many flows are counted where one of this connection is. */
static inline __u32 flow_counted(struct kernel *kernel, const struct shunt_connection *key)
{
	__u32 index = shunt_moved_index(&key->client, key->client_port), count;

	assert_true(kernel_get(kernel->programs->maps.moved, &index, &count));
	return count;
}

/* Puts the flow, its frontend and its leg's tuple into the maps; forgets its framing. */
static inline void flow_put(struct kernel *kernel, bool ipv6, const struct shunt_flow *flow)
{
	struct shunt_connection key = flow_connection(ipv6), leg = flow_leg_connection(ipv6);
	struct shunt_leg_owner owner = {.connection = key, .leg = 1};

	kernel_frontend(kernel, flow_ends[ipv6].origin, FLOW_ORIGIN_PORT, SHUNT_FRONTEND_TRACKED);
	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.framing), &key);
	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.held), &key);
	flow_put_one(kernel, &key, flow);
	kernel_put(kernel->programs->maps.legs, &leg, &owner);
}

static inline struct shunt_flow flow_get(struct kernel *kernel, bool ipv6)
{
	struct shunt_connection key = flow_connection(ipv6);
	struct shunt_flow flow = {};

	assert_true(kernel_get(kernel->programs->maps.flows, &key, &flow));
	return flow;
}

/* A segment of the client, as its pod sends it. */
static inline struct frame_tcp flow_from_client(bool ipv6)
{
	struct frame_tcp tcp = {
		.source = kernel_address(flow_ends[ipv6].client),
		.destination = kernel_address(flow_ends[ipv6].origin),
		.source_port = FLOW_CLIENT_PORT,
		.destination_port = FLOW_ORIGIN_PORT,
		.sequence = FLOW_CLIENT_NEXT,
		.acknowledgement = FLOW_REPLY,
		.window = 500,
		.flags = FRAME_ACK,
	};

	memcpy(tcp.destination_mac, flow_origin_mac, 6);
	memcpy(tcp.source_mac, flow_client_mac, 6);
	return tcp;
}

/* A segment of leg `index`'s server, as it comes to the client's pod. */
static inline struct frame_tcp flow_from_server(bool ipv6, int index)
{
	struct frame_tcp tcp = {
		.source = kernel_address(index ? flow_ends[ipv6].endpoint : flow_ends[ipv6].origin),
		.destination = kernel_address(flow_ends[ipv6].client),
		.source_port = index ? FLOW_ENDPOINT_PORT : FLOW_ORIGIN_PORT,
		.destination_port = FLOW_CLIENT_PORT,
		.sequence = index ? FLOW_ENDPOINT_REPLY : FLOW_ORIGIN_REPLY,
		.acknowledgement = index ? FLOW_ENDPOINT_SEQUENCE : FLOW_ORIGIN_SEQUENCE,
		.window = 300,
		.flags = FRAME_ACK,
	};

	memcpy(tcp.destination_mac, flow_client_mac, 6);
	memcpy(tcp.source_mac, index ? flow_endpoint_mac : flow_origin_mac, 6);
	return tcp;
}

/* Runs a program on the segment, and reads what has become of it; a packet that is dropped need
 * not be one any more. */
static inline int flow_run(struct bpf_program *program, const struct frame_tcp *tcp,
			   struct frame *out, struct frame_tcp *result)
{
	static struct frame in;
	int verdict;

	frame_build(&in, tcp);
	verdict = kernel_run(program, &in, out);
	if (!frame_read(out, result) && verdict != TC_ACT_SHOT)
		fail_msg("the frame is not sound");
	return verdict;
}

static inline void flow_same_segment(const struct frame_tcp *got, const struct frame_tcp *expected)
{
	assert_memory_equal(&got->source, &expected->source, sizeof(got->source));
	assert_memory_equal(&got->destination, &expected->destination, sizeof(got->destination));
	assert_int_equal(got->source_port, expected->source_port);
	assert_int_equal(got->destination_port, expected->destination_port);
	assert_int_equal(got->sequence, expected->sequence);
	assert_int_equal(got->acknowledgement, expected->acknowledgement);
	assert_int_equal(got->flags, expected->flags);
	assert_int_equal(got->window, expected->window);
	assert_int_equal(got->urgent, expected->urgent);
	assert_int_equal(got->options_length, expected->options_length);
	assert_memory_equal(got->options, expected->options, sizeof(got->options));
	assert_memory_equal(got->destination_mac, expected->destination_mac, 6);
	assert_memory_equal(got->source_mac, expected->source_mac, 6);
	assert_int_equal(got->payload_length, expected->payload_length);
	if (got->payload_length)
		assert_memory_equal(got->payload, expected->payload, got->payload_length);
}

#endif
