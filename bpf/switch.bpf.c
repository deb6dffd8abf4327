// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The switch: TC programs on both directions of every client pod's link. from_pod finds the
 * marker and moves the request; both translate between the client and the current leg. to_pod is also
 * the fence of a pod that is offloaded.
 */
#include "client.h"
#include "early.h"
#include "fence_link.h"
#include "server.h"
#include "too_big.h"

/* Leave the packet as it is to whoever comes next on the link. */
#define PASS TC_ACT_UNSPEC

static __always_inline struct shunt_frontend *frontend_find(struct scratch *scratch, __u32 side,
							    __u16 port)
{
	scratch->frontend.address = scratch->packet.addresses[side];
	scratch->frontend.port = port;
	scratch->frontend.reserved = 0;
	return bpf_map_lookup_elem(&frontends, &scratch->frontend);
}

/* Does what a MOVE_* code stands for; returns the TC verdict. */
static __always_inline int carry_out(struct __sk_buff *skb, int verdict)
{
	if (verdict == MOVE_FAILED)
		verdict = move_failed(skb);
	if (verdict != MOVE_REPLAY)
		return verdict;
	if (replay(skb))
		count(SHUNT_REASON_HELPER_FAILED);
	return TC_ACT_SHOT;
}

/* What becomes of the client's packet of a moved connection: a MOVE_* code or a TC verdict. Not
 * inlined, as move_wanted(): what it keeps on the stack is not there while a request is parsed. */
static __noinline int client_packet(struct __sk_buff *skb, struct scratch *scratch,
				    struct shunt_flow *flow)
{
	return from_client(skb, scratch, flow);
}

SEC("tc")
int from_pod(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	struct shunt_framing *known = NULL;
	struct shunt_frontend *frontend;
	struct shunt_flow *flow;
	struct packet *packet;
	int verdict = MOVE_NOTHING;

	if (!scratch || packet_parse(skb, &scratch->packet))
		return PASS;
	packet = &scratch->packet;
	frontend = frontend_find(scratch, 1, packet->destination_port);
	if (!frontend || !(frontend->flags & SHUNT_FRONTEND_TRACKED))
		return PASS;
	if (packet->injected)
		return craft_unmark(skb, packet);
	scratch->connection.client = packet->addresses[0];
	scratch->connection.client_port = packet->source_port;
	scratch->connection.remote = packet->addresses[1];
	scratch->connection.remote_port = packet->destination_port;
	scratch->from_pod = 1;
	scratch->toward_leg = 1;
	if (packet->segment.length || packet->segment.flags & TCP_FIN)
		known = request_known(scratch);
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	if (packet->segment.flags & TCP_SYN)
		return begin_connection(skb, scratch, flow);
	scratch->moved = !!flow;
	if (packet->segment.length) {
		int want = request_examine(skb, known, frontend->service);

		if (want == WANT_EARLY)
			return early(skb, known);
		if (want != WANT_NOTHING) {
			verdict = move_decide(skb, scratch, flow, frontend->service, want);
			if (!flow) /* it may have been made meanwhile */
				flow = bpf_map_lookup_elem(&flows, &scratch->connection);
			request_publish(known);
		}
	} else if (known && request_end_is_early(skb)) {
		return early(skb, known);
	}
	if (verdict == MOVE_NOTHING && flow)
		verdict = client_packet(skb, scratch, flow);
	return verdict == MOVE_NOTHING ? PASS : carry_out(skb, verdict);
}

/* A SYN that does not stand where it should. Nothing else is made of such packets. */
static __always_inline int fence_hidden(struct __sk_buff *skb)
{
	int verdict = hidden_begins(skb) ? fence(skb, 0) : MOVE_NOTHING;

	return verdict == MOVE_NOTHING ? PASS : verdict;
}

SEC("tc")
int to_pod(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	struct shunt_flow *flow = NULL;
	struct shunt_frontend *frontend;
	struct shunt_leg_owner *owner;
	struct packet *packet;
	__u32 index = 0;
	int parsed;

	if (!scratch)
		return PASS;
	packet = &scratch->packet;
	parsed = packet_parse(skb, packet);
	if (parsed == PACKET_CONTROL)
		return too_big(skb);
	if (parsed)
		return parsed == PACKET_HIDDEN ? fence_hidden(skb) : PASS;
	if (packet_begins(packet)) {
		int verdict = fence(skb, 1);

		if (verdict != MOVE_NOTHING)
			return verdict;
	}
	scratch->connection.client = packet->addresses[1];
	scratch->connection.client_port = packet->destination_port;
	scratch->connection.remote = packet->addresses[0];
	scratch->connection.remote_port = packet->source_port;
	scratch->from_pod = 0;
	scratch->toward_leg = 0;
	frontend = frontend_find(scratch, 0, packet->source_port);
	if (frontend && !(frontend->flags & SHUNT_FRONTEND_TRACKED))
		return PASS;
	if (frontend)
		flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	if (!flow) {
		owner = bpf_map_lookup_elem(&legs, &scratch->connection);
		if (!owner) {
			if (frontend && packet->segment.length && response_follow(skb, 0))
				return TC_ACT_SHOT;
			return PASS;
		}
		index = owner->leg;
		scratch->connection = owner->connection;
		flow = bpf_map_lookup_elem(&flows, &scratch->connection);
		if (!flow)
			return PASS;
	}
	return carry_out(skb, from_server(skb, scratch, flow, index));
}
