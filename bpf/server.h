/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The packets of a moved connection's servers. */
#ifndef SHUNT_BPF_SERVER_H
#define SHUNT_BPF_SERVER_H

#include "headers.h"
#include "move.h"
#include "parked.h"
#include "response.h"

/*
 * Completes the handshake by itself, as every client does, although the request acknowledges as much: if
 * that is lost, it comes again only when the client sends it again, and the server would take the path for
 * as slow as that.
 */
static __always_inline void complete_handshake(struct __sk_buff *skb, struct scratch *scratch,
					       const struct shunt_flow *flow,
					       const struct shunt_leg *leg)
{
	craft_to_leg(scratch, &leg->endpoint, leg->mac, TCP_ACK, flow->start,
		     flow->client_reply - leg->reply_delta,
		     tcp_window_to_leg(flow->client_window, leg, flow->client_scale));
	leg_timestamp(scratch, flow, leg);
	if (craft_inject(skb, scratch))
		count(SHUNT_REASON_HELPER_FAILED);
}

/*
 * The leg is open: the SYN-ACK in hand becomes the request. Not inlined: what it keeps on the stack is not
 * there while to_pod parses the requests that a counted pod receives.
 */
static __noinline int opened(struct __sk_buff *skb, struct scratch *scratch,
			     struct shunt_flow *flow)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);
	struct shunt_leg *leg = leg_at(flow, flow->current);
	struct tcp_offer offer = {};
	__u64 duration;
	__u8 mac[6];

	if (!entry || packet_load_tcp(skb, &scratch->packet, &scratch->old) ||
	    bpf_skb_load_bytes(skb, 6, mac, sizeof(mac)))
		return TC_ACT_SHOT;
	tcp_offer_read(&scratch->old, &offer);
	bpf_spin_lock(&flow->lock);
	legs_opened(flow, leg, scratch->packet.segment.sequence, &offer);
	leg->window_end = scratch->packet.segment.acknowledgement;
	legs_window(leg, &scratch->packet.segment, 0);
	if (flow->current)
		__builtin_memcpy(leg->mac, mac, sizeof(mac));
	flow->state = SHUNT_FLOW_OPEN;
	bpf_spin_unlock(&flow->lock);
	count(SHUNT_REASON_LEG_OPEN);
	count(SHUNT_REASON_MOVED_NEW);
	count_move(leg->override_id, flow->service);
	duration = bpf_ktime_get_ns() - entry->since;
	count_handshake(duration);
	move_trace(scratch, flow, leg, SHUNT_REASON_MOVED_NEW, duration,
		   (const char *)entry->bytes);
	complete_handshake(skb, scratch, flow, leg);
	return MOVE_REPLAY;
}

/* The server still has a connection of this tuple: reset it at the number that it names, and send
 * the SYN again. */
static __always_inline int remembered(struct __sk_buff *skb, struct scratch *scratch,
				      struct shunt_flow *flow)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);
	struct shunt_leg *leg = leg_at(flow, flow->current);

	if (!entry || (!craft_mac_is_known(leg->mac) &&
		       bpf_skb_load_bytes(skb, 6, leg->mac, sizeof(leg->mac))))
		return TC_ACT_SHOT;
	count(SHUNT_REASON_TUPLE_REMEMBERED);
	entry->flags |= SHUNT_HELD_REMEMBERED;
	entry->remembered = scratch->packet.segment.acknowledgement;
	return leg_open_anew(skb, scratch, flow, entry->remembered);
}

/* Answers a leg's server for the client: an acknowledgement, or a reset. */
static __always_inline int answer_leg(struct __sk_buff *skb, struct scratch *scratch,
				      struct shunt_flow *flow, __u32 index,
				      const struct segment *segment, bool reset)
{
	struct shunt_leg *leg = leg_at(flow, index);

	count(!reset		? SHUNT_REASON_PARKED_ANSWERED
	      : segment->length ? SHUNT_REASON_PARKED_DATA
				: SHUNT_REASON_PARKED_CLOSED);
	/* A leg that was already reset is reset at the number that its server names. */
	if (reset && (index == flow->current || segment->acknowledgement != leg->next_sequence)) {
		leg->next_sequence = segment->acknowledgement;
		leg->next_reply = segment->end;
	}
	if (packet_timestamp(skb))
		legs_parked_time(leg, segment->end, scratch->time);
	craft_to_leg(scratch, &leg->endpoint, leg->mac, reset ? TCP_RST | TCP_ACK : TCP_ACK,
		     leg->next_sequence, leg->next_reply,
		     tcp_window_to_leg(flow->client_window, leg, flow->client_scale));
	if (!reset)
		leg_timestamp(scratch, flow, leg);
	return craft_emit(skb, scratch);
}

/* The current leg's reset, which is translated in *tcp, ends the connection, and the parked legs. */
static __always_inline int reset_client(struct __sk_buff *skb, struct scratch *scratch,
					const struct tcp_image *tcp)
{
	__u32 sequence = bpf_ntohl(tcp->sequence);
	__u32 acknowledgement = bpf_ntohl(tcp->acknowledgement);

	reset_parked(skb);
	craft_to_client(scratch, scratch->packet.segment.flags, sequence, acknowledgement);
	return craft_emit(skb, scratch);
}

/* The packet of the leg in scratch->leg, translated for the client. */
static __always_inline int to_client(struct __sk_buff *skb, struct scratch *scratch,
				     struct shunt_flow *flow, __u32 index)
{
	const struct segment *segment = &scratch->packet.segment;
	struct tcp_image *tcp = headers_tcp(scratch);

	if (headers_load(skb, scratch))
		return TC_ACT_SHOT;
	legs_server_time(flow, leg_at(flow, index), segment->end,
			 tcp_to_client(tcp, &scratch->leg, flow->origin_scale, flow->server_time));
	tcp->source = bpf_htons(scratch->connection.remote_port);
	if (segment->flags & TCP_RST && !segment->length && has_parked(flow))
		return reset_client(skb, scratch, tcp);
	if (headers_store(skb, scratch, headers_address(scratch, 0, &scratch->connection.remote))) {
		count(SHUNT_REASON_HELPER_FAILED);
		return TC_ACT_SHOT;
	}
	return TC_ACT_UNSPEC;
}

/* All that was held is acknowledged. */
static __always_inline void split_done(struct scratch *scratch, struct shunt_flow *flow)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);

	if (entry && sequence_before(flow->acknowledged, flow->start + entry->length))
		return;
	flow->split = 0;
	bpf_map_delete_elem(&held, &scratch->connection);
}

/* Why the leg's server refused: a fence says so by the window (include/shunt/passport.h). */
static __always_inline __u8 refusal(__u16 window)
{
	if (window == SHUNT_REFUSAL_MISSING)
		return SHUNT_REASON_PASSPORT_LOST;
	if (window == SHUNT_REFUSAL_EXPIRED || window == SHUNT_REFUSAL_FORGED)
		return SHUNT_REASON_PASSPORT_REFUSED;
	return SHUNT_REASON_REFUSED;
}

/* The endpoint has answered the SYN with a RST. Where it had an older connection of this tuple, or may have had,
 * as servers of a ClusterIP may that another SYN has left, that may have been half open: such a one ends
 * with the next SYN, and with this very answer. So ask once more. */
static __always_inline int refused(struct __sk_buff *skb, struct scratch *scratch,
				   struct shunt_flow *flow)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);

	if (!entry)
		return TC_ACT_SHOT;
	if (!(entry->flags & SHUNT_HELD_REFUSED) &&
	    (!flow->current || entry->flags & SHUNT_HELD_REMEMBERED)) {
		entry->flags |= SHUNT_HELD_REFUSED;
		return leg_open(skb, scratch, flow);
	}
	entry->reason = refusal(scratch->packet.segment.window);
	return MOVE_FAILED;
}

static __always_inline int from_server(struct __sk_buff *skb, struct scratch *scratch,
				       struct shunt_flow *flow, __u32 index)
{
	const struct segment *segment = &scratch->packet.segment;
	struct shunt_framing *known = NULL;
	enum leg_action action;

	if (leg_copy(scratch, flow, index) && legs_is_plain(flow, &scratch->leg, segment)) {
		action = legs_server_current(flow, leg_at(flow, index), segment);
	} else {
		bpf_spin_lock(&flow->lock);
		action = legs_from_server(flow, leg_at(flow, index), index, segment);
		scratch->leg = *leg_at(flow, index);
		bpf_spin_unlock(&flow->lock);
	}
	switch (action) {
	case LEG_PASS:
		return TC_ACT_UNSPEC;
	case LEG_TRANSLATE:
		if (flow->split)
			split_done(scratch, flow);
		if (segment->length)
			known = response_to_follow(scratch, scratch->leg.reply_delta);
		if (known && response_follow(skb, known, scratch->leg.reply_delta))
			return TC_ACT_SHOT;
		return to_client(skb, scratch, flow, index);
	case LEG_OPENED:
		return opened(skb, scratch, flow);
	case LEG_REFUSED:
		return refused(skb, scratch, flow);
	case LEG_REMEMBERED:
		return remembered(skb, scratch, flow);
	case LEG_GONE:
		count(SHUNT_REASON_PARKED_CLOSED);
		return TC_ACT_SHOT;
	case LEG_ACKNOWLEDGE:
		return answer_leg(skb, scratch, flow, index, segment, false);
	case LEG_RESET:
		return answer_leg(skb, scratch, flow, index, segment, true);
	default:
		return TC_ACT_SHOT;
	}
}

#endif
