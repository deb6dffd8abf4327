// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The switch: TC programs on both directions of every client pod's link. from_pod finds the
 * marker and moves the request; both translate between the client and the current leg. to_pod is also
 * the fence of a pod that is offloaded.
 */
#include "client.h"
#include "early.h"
#include "fence_link.h"
#include "moved.h"
#include "propagation.h"
#include "server.h"
#include "too_big.h"

/* Leave the packet as it is to whoever comes next on the link. */
#define PASS TC_ACT_UNSPEC

static __always_inline const struct shunt_frontend *frontend_find(
	struct scratch *scratch, const struct shunt_address *address, __u16 port)
{
	scratch->frontend.address = *address;
	scratch->frontend.port = port;
	scratch->frontend.reserved = 0;
	return bpf_map_lookup_elem(&frontends, &scratch->frontend);
}

/* The frontend that the client's packet in hand goes to, or NULL. */
static __always_inline const struct shunt_frontend *frontend_dialled(struct scratch *scratch)
{
	return frontend_find(scratch, &scratch->packet.addresses[1],
			     scratch->packet.destination_port);
}

static __always_inline bool frontend_is_tracked(const struct shunt_frontend *frontend)
{
	return frontend && frontend->flags & SHUNT_FRONTEND_TRACKED;
}

/* A pod's packet to a frontend that is not tracked, or to none. */
static __always_inline int pass_untracked(struct __sk_buff *skb, const struct packet *packet,
					  const struct shunt_frontend *frontend)
{
	if (packet->segment.length && propagation_is_counted())
		propagation_sent(skb, !!frontend);
	return PASS;
}

/* Describes the connection that the packet in hand, which goes from or to its client's pod, is of. */
static __always_inline void connection_describe(struct scratch *scratch, __u8 from_pod)
{
	const struct packet *packet = &scratch->packet;
	struct shunt_connection *connection = &scratch->connection;

	connection->client = packet->addresses[!from_pod];
	connection->remote = packet->addresses[from_pod];
	connection->client_port = from_pod ? packet->source_port : packet->destination_port;
	connection->remote_port = from_pod ? packet->destination_port : packet->source_port;
	scratch->from_pod = from_pod;
	scratch->toward_leg = from_pod;
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

/* Whether the packet says nothing that matters while its connection is not moved. */
static __always_inline bool packet_is_bare(const struct packet *packet)
{
	return !packet->segment.length && !(packet->segment.flags & (TCP_SYN | TCP_FIN)) &&
	       !packet->injected;
}

/* Follows the payload of the client's packet, and moves the request that wants it: a MOVE_* code or a TC
 * verdict. `known` is of its connection, *flow its flow, which may be made here. */
static __always_inline int client_payload(struct __sk_buff *skb, struct scratch *scratch,
					  struct shunt_framing *known, struct shunt_flow **flow)
{
	int want, verdict;

	scratch->asked = 0;
	want = request_examine(skb, known);
	if (scratch->asked && propagation_is_counted())
		propagation_call(skb, scratch->asked);
	if (want == WANT_EARLY)
		return early(skb, known);
	if (want == WANT_NOTHING)
		return MOVE_NOTHING;
	if (!direction_has_queue()) /* what the move injects comes by at once */
		request_publish(known);
	verdict = move_decide(skb, scratch, *flow, want);
	if (!*flow)
		*flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	if (direction_has_queue())
		request_publish(known);
	return verdict;
}

static __always_inline int from_pod_verdict(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	const struct shunt_frontend *frontend = NULL;
	struct shunt_framing *known = NULL;
	struct shunt_flow *flow = NULL;
	int verdict = MOVE_NOTHING;
	struct packet *packet;
	bool may_move;

	if (!scratch || packet_parse(skb, &scratch->packet))
		return PASS;
	packet = &scratch->packet;
	may_move = moved_is(&packet->addresses[0], packet->source_port);
	if (!may_move && packet_is_bare(packet))
		return PASS;
	connection_describe(scratch, 1);
	if (!may_move) {
		frontend = frontend_dialled(scratch);
		if (!frontend_is_tracked(frontend))
			return pass_untracked(skb, packet, frontend);
	}
	if (packet->segment.length || packet->segment.flags & TCP_FIN)
		known = request_known(scratch);
	if (moved_is(&packet->addresses[0], packet->source_port))
		flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	if (may_move && !flow) {
		frontend = frontend_dialled(scratch);
		if (!frontend_is_tracked(frontend))
			return pass_untracked(skb, packet, frontend);
	}
	scratch->service = flow ? flow->service : frontend ? frontend->service : 0;
	scratch->moved = !!flow;
	if (packet->injected)
		return craft_unmark(skb, packet);
	if (packet->segment.flags & TCP_SYN)
		return begin_connection(skb, scratch, flow);
	if (packet->segment.length)
		verdict = client_payload(skb, scratch, known, &flow);
	else if (known && request_end_is_early(skb))
		verdict = early(skb, known);
	if (verdict == MOVE_NOTHING && flow)
		verdict = client_packet(skb, scratch, flow);
	return verdict == MOVE_NOTHING ? PASS : carry_out(skb, verdict);
}

SEC("tc")
int from_pod(struct __sk_buff *skb)
{
	return direction_verdict(from_pod_verdict(skb));
}

/* A SYN that does not stand where it should. Nothing else is made of such packets. */
static __always_inline int fence_hidden(struct __sk_buff *skb)
{
	int verdict = hidden_begins(skb) ? fence(skb, 0) : MOVE_NOTHING;

	return verdict == MOVE_NOTHING ? PASS : verdict;
}

/* A packet with payload to a pod, of a connection that is not moved: a server's, or a request for a pod that
 * serves. */
static __always_inline int follow_unmoved(struct __sk_buff *skb, struct scratch *scratch)
{
	const struct packet *packet = &scratch->packet;
	struct shunt_framing *known = response_to_follow(scratch, 0);

	if (!known) {
		if (propagation_is_counted())
			propagation_received(skb);
		return PASS;
	}
	if (!frontend_is_tracked(
		    frontend_find(scratch, &packet->addresses[0], packet->source_port)))
		return PASS;
	return response_follow(skb, known, 0) ? TC_ACT_SHOT : PASS;
}

/* The flow that scratch->connection is a tuple of, and the leg of it; scratch->connection is that of its
 * client then. NULL: it is not moved. */
static __always_inline struct shunt_flow *flow_find(struct scratch *scratch, __u32 *leg)
{
	const struct shunt_leg_owner *owner = bpf_map_lookup_elem(&legs, &scratch->connection);
	struct shunt_flow *flow;

	*leg = 0;
	if (!owner)
		return bpf_map_lookup_elem(&flows, &scratch->connection);
	scratch->leg_owner = *owner;
	flow = bpf_map_lookup_elem(&flows, &scratch->leg_owner.connection);
	if (!flow)
		return NULL;
	*leg = scratch->leg_owner.leg;
	scratch->connection = scratch->leg_owner.connection;
	return flow;
}

SEC("tc")
int to_pod(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	struct shunt_flow *flow = NULL;
	struct packet *packet;
	bool may_move;
	__u32 leg = 0;
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
	may_move = moved_is(&packet->addresses[1], packet->destination_port);
	if (!may_move && !packet->segment.length)
		return PASS;
	connection_describe(scratch, 0);
	if (may_move)
		flow = flow_find(scratch, &leg);
	if (flow)
		return carry_out(skb, from_server(skb, scratch, flow, leg));
	return packet->segment.length ? follow_unmoved(skb, scratch) : PASS;
}
