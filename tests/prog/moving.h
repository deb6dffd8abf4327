/* SPDX-License-Identifier: Apache-2.0 */
/* Requests on a connection that has both legs, of which one is current and the other is parked. */
#ifndef SHUNT_TESTS_PROG_MOVING_H
#define SHUNT_TESTS_PROG_MOVING_H

#include "bpf/framing.h"
#include "flow.h"

#define MOVING_OVERRIDE 9 /* id of mmeng's override, to whose endpoint leg 1 goes */

/* The other leg is parked at its end's numbers. */
static inline struct shunt_flow moving_flow(bool ipv6, __u8 current)
{
	struct shunt_flow flow = flow_new(ipv6);

	flow.current = current;
	if (!current) {
		flow.legs[1].next_sequence = FLOW_ENDPOINT_SEQUENCE;
		flow.legs[1].next_reply = FLOW_ENDPOINT_REPLY;
		flow.legs[1].acknowledged = FLOW_ENDPOINT_SEQUENCE;
	}
	return flow;
}

/* The client's next byte begins a request; the server has spoken since its last. */
static inline void moving_put(struct kernel *kernel, bool ipv6, const struct shunt_flow *flow)
{
	struct shunt_connection key = flow_connection(ipv6);
	struct shunt_framing framing = {.requests.state = FRAMING_START,
					.requests.next = FLOW_CLIENT_NEXT,
					.reply = FLOW_REPLY - 100};

	flow_put(kernel, ipv6, flow);
	kernel_put(kernel->programs->maps.framing, &key, &framing);
}

/* A segment with `length` bytes of the text. */
static inline struct frame_tcp moving_request(bool ipv6, const char *text, size_t from,
					      size_t length)
{
	struct frame_tcp tcp = flow_from_client(ipv6);

	tcp.sequence += from;
	tcp.flags = FRAME_ACK | FRAME_PSH;
	tcp.payload = text + from;
	tcp.payload_length = length;
	return tcp;
}

/* The client's segment as the server of leg `index` must get it. */
static inline struct frame_tcp moving_at_server(bool ipv6, int index, struct frame_tcp tcp)
{
	if (index) {
		tcp.destination = kernel_address(flow_ends[ipv6].endpoint);
		tcp.destination_port = FLOW_ENDPOINT_PORT;
		memcpy(tcp.destination_mac, flow_endpoint_mac, 6);
	}
	tcp.sequence += (index ? FLOW_ENDPOINT_SEQUENCE : FLOW_ORIGIN_SEQUENCE) - FLOW_CLIENT_NEXT;
	tcp.acknowledgement += (index ? FLOW_ENDPOINT_REPLY : FLOW_ORIGIN_REPLY) - FLOW_REPLY;
	return tcp;
}

/* Sends the whole text in one segment, which the server of leg `expected` must get. */
static inline void moving_check(struct kernel *kernel, bool ipv6, const char *text, int expected)
{
	struct frame_tcp sent = moving_request(ipv6, text, 0, strlen(text)), got;
	struct frame_tcp onward = moving_at_server(ipv6, expected, sent);
	static struct frame out;

	assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
			 TC_ACT_UNSPEC);
	flow_same_segment(&got, &onward);
	assert_int_equal(flow_get(kernel, ipv6).current, expected);
}

/* The override of mmeng, with the flows' endpoints of both families. */
static inline void moving_override(struct kernel *kernel, __u8 flags, __u64 tag)
{
	struct shunt_override_key key = {.context = "mmeng", .service = KERNEL_SERVICE};
	struct shunt_override value = {.id = MOVING_OVERRIDE,
				       .service = KERNEL_SERVICE,
				       .tag = tag,
				       .flags = flags,
				       .endpoint_count = 2};

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		value.endpoints[ipv6].address = kernel_address(flow_ends[ipv6].endpoint);
		value.endpoints[ipv6].port = FLOW_ENDPOINT_PORT;
		kernel_offloaded(kernel, &value.endpoints[ipv6], KERNEL_SERVICE, SHUNT_FENCE_OFF);
	}
	kernel_put(kernel->programs->maps.overrides, &key, &value);
}

/* Group setup: the programs, and the override, whose marker need not be signed. */
static inline int moving_setup(void **state)
{
	if (kernel_setup(state))
		return -1;
	moving_override(*state, 0, 0);
	return 0;
}

#endif
