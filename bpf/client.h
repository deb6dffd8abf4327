/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The client's packets of a moved connection. */
#ifndef SHUNT_BPF_CLIENT_H
#define SHUNT_BPF_CLIENT_H

#include "headers.h"
#include "move.h"
#include "parked.h"

/* Whether a SYN is an old one of a connection that is under way: sent twice, and overtaken. */
static __always_inline bool begins_late(struct __sk_buff *skb, struct scratch *scratch,
					const struct shunt_flow *flow)
{
	if (!flow && !bpf_map_lookup_elem(&framing, &scratch->connection))
		return false;
	return !socket_read(skb) && scratch->socket.snd_una != scratch->packet.segment.sequence;
}

/* A connection to a tracked frontend begins: its first byte begins a request. */
static __always_inline int begin_connection(struct __sk_buff *skb, struct scratch *scratch,
					    struct shunt_flow *flow)
{
	struct shunt_framing *state = &scratch->framing;

	if (begins_late(skb, scratch, flow))
		return TC_ACT_SHOT;
	if (flow)
		flow_remove(&scratch->connection, flow);
	if (scratch->packet.segment.length)
		return TC_ACT_UNSPEC;
	__builtin_memset(state, 0, sizeof(*state));
	state->requests.state = FRAMING_START;
	state->requests.next = scratch->packet.segment.sequence + 1;
	state->flags = SHUNT_FRAMING_FIRST;
	bpf_map_update_elem(&framing, &scratch->connection, state, BPF_ANY);
	return TC_ACT_UNSPEC;
}

/* The client's packet while a leg opens: keep what is new. */
static __always_inline int hold_more(struct __sk_buff *skb, struct scratch *scratch,
				     struct shunt_flow *flow)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);
	const struct packet *packet = &scratch->packet;
	__u32 to = packet->segment.sequence - flow->start;

	if (!entry || to != entry->length || entry->flags & SHUNT_HELD_FIN)
		return TC_ACT_SHOT;
	if (hold_payload(skb, packet, entry, 0, to))
		return TC_ACT_SHOT;
	flow->client_next = flow->start + entry->length;
	if (packet->segment.flags & TCP_FIN && entry->length == to + packet->segment.length) {
		entry->flags |= SHUNT_HELD_FIN;
		flow->client_next++;
	}
	return TC_ACT_SHOT;
}

/*
 * The client has sent again while a leg opens: so does the SYN, until its time is up. A client that
 * lost packets before may wait so long that the time is up when it first does: SYNs can get lost too,
 * so there are some more, unless the first came soon: then the client is not one of these.
 */
static __always_inline int retry_open(struct __sk_buff *skb, struct scratch *scratch,
				      struct shunt_flow *flow)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);
	__u64 waited;

	if (!entry)
		return TC_ACT_SHOT;
	waited = bpf_ktime_get_ns() - entry->since;
	if (entry->flags / SHUNT_HELD_RETRY >= SHUNT_CONNECT_RETRIES &&
	    (waited >= SHUNT_CONNECT_TIMEOUT_NS ||
	     (waited >= SHUNT_NEXT_ENDPOINT_NS && leg_alternatives(entry, scratch->packet.ipv6)))) {
		entry->reason = SHUNT_REASON_TIMEOUT;
		return MOVE_FAILED;
	}
	if (waited < SHUNT_NEXT_ENDPOINT_NS)
		entry->flags |= SHUNT_CONNECT_RETRIES * SHUNT_HELD_RETRY;
	else if (entry->flags / SHUNT_HELD_RETRY < SHUNT_CONNECT_RETRIES)
		entry->flags += SHUNT_HELD_RETRY;
	/* The reset can get lost like the SYN, and servers seldom say twice that it is needed. */
	if (entry->flags & SHUNT_HELD_REMEMBERED)
		return leg_open_anew(skb, scratch, flow, entry->remembered);
	return leg_open(skb, scratch, flow);
}

/* The client has reset the connection while a leg opens. */
static __always_inline int abort_open(struct __sk_buff *skb, struct scratch *scratch,
				      struct shunt_flow *flow)
{
	struct shunt_leg *leg = leg_at(flow, flow->current);

	if (!scratch->packet.segment.length)
		reset_parked(skb);
	craft_to_leg(scratch, &leg->endpoint, leg->mac, TCP_RST, flow->start, 0, 0);
	flow->state = SHUNT_FLOW_CLOSED;
	flow_close(&scratch->connection, flow);
	return craft_emit(skb, scratch);
}

/* The client's packet on a connection that the kernel has answered itself. */
static __always_inline int answered(struct __sk_buff *skb, struct scratch *scratch,
				    struct shunt_flow *flow, enum leg_action action)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);
	__u8 flags = scratch->packet.segment.flags;

	if (!scratch->packet.segment.length && has_parked(flow))
		reset_parked(skb);
	if (flags & (TCP_RST | TCP_FIN))
		flow_close(&scratch->connection, flow);
	if (action == LEG_ANSWER && entry)
		return answer_send(skb, scratch, flow, entry,
				   &leg_at(flow, flow->current)->endpoint);
	if (action == LEG_DROP)
		return TC_ACT_SHOT;
	craft_to_client(scratch, TCP_ACK, flow->answer_sequence + flow->answer_length,
			flow->client_next);
	return craft_emit(skb, scratch);
}

/* The client's end of its connection is also that of the parked legs. The packet in hand, which
 * has no payload, is made again after their resets. */
static __always_inline int end_connection(struct __sk_buff *skb, struct scratch *scratch,
					  struct shunt_flow *flow, const struct tcp_image *tcp)
{
	const struct shunt_leg *leg = &scratch->leg;
	__u8 flags = scratch->packet.segment.flags;

	scratch->image = *tcp;
	if (legs_ended(flow, &scratch->packet.segment))
		flow_close(&scratch->connection, flow);
	reset_parked(skb);
	craft_to_leg(scratch, &leg->endpoint, leg->mac, flags, 0, 0, 0);
	scratch->craft.image = scratch->image;
	return craft_emit(skb, scratch);
}

/* The client's packet, translated for the current leg, which is in scratch->leg. */
static __always_inline int to_leg(struct __sk_buff *skb, struct scratch *scratch,
				  struct shunt_flow *flow)
{
	const struct shunt_leg *leg = &scratch->leg;
	const struct segment *segment = &scratch->packet.segment;
	struct tcp_image *tcp = headers_tcp(scratch);

	if (headers_load(skb, scratch))
		return TC_ACT_SHOT;
	legs_client_time(flow, tcp_to_leg(tcp, leg, flow->client_scale, flow->client_time));
	tcp->destination = bpf_htons(leg->endpoint.port);
	if (!segment->length && (segment->flags & TCP_RST || flow->fin) && has_parked(flow))
		return end_connection(skb, scratch, flow, tcp);
	if (legs_ended(flow, segment))
		flow_close(&scratch->connection, flow);
	__builtin_memcpy(scratch->headers.frame, leg->mac, sizeof(leg->mac));
	if (headers_store(skb, scratch, headers_address(scratch, 1, &leg->endpoint.address))) {
		count(SHUNT_REASON_HELPER_FAILED);
		return TC_ACT_SHOT;
	}
	return TC_ACT_UNSPEC;
}

/* Bytes that the client can no longer resend are sent again for it while they are not
 * acknowledged; its own retransmissions set the pace. */
static __always_inline bool split_due(struct scratch *scratch, const struct shunt_flow *flow)
{
	struct shunt_held *entry;

	if (!flow->split || !scratch->packet.segment.length)
		return false;
	entry = bpf_map_lookup_elem(&held, &scratch->connection);
	return entry && bpf_ktime_get_ns() - entry->since > SHUNT_REPLAY_INTERVAL_NS &&
	       sequence_before(scratch->packet.segment.sequence, flow->start + entry->length);
}

static __always_inline int from_client(struct __sk_buff *skb, struct scratch *scratch,
				       struct shunt_flow *flow)
{
	const struct segment *segment = &scratch->packet.segment;
	enum leg_action action;

	if (flow->state == SHUNT_FLOW_OPENING || flow->split)
		leg_client_time(skb);
	if (leg_copy(scratch, flow, flow->current) && legs_is_plain(flow, &scratch->leg, segment)) {
		action = legs_client_current(flow, &scratch->leg, segment);
	} else {
		bpf_spin_lock(&flow->lock);
		action = legs_from_client(flow, leg_at(flow, flow->current), segment);
		scratch->leg = *leg_at(flow, flow->current);
		bpf_spin_unlock(&flow->lock);
	}
	switch (action) {
	case LEG_TRANSLATE:
		if (split_due(scratch, flow))
			return MOVE_REPLAY;
		return to_leg(skb, scratch, flow);
	case LEG_HOLD:
		return hold_more(skb, scratch, flow);
	case LEG_RETRY:
		return retry_open(skb, scratch, flow);
	case LEG_ABORT:
		return abort_open(skb, scratch, flow);
	case LEG_BEYOND:
		if (split_due(scratch,
			      flow)) /* what the server waits for, the client cannot send */
			return MOVE_REPLAY;
		count(SHUNT_REASON_BEYOND_WINDOW);
		return TC_ACT_SHOT;
	default:
		if (flow->answer_length)
			return answered(skb, scratch, flow, action);
		return TC_ACT_SHOT;
	}
}

#endif
