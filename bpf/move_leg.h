/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* How a request gets to another leg: over a parked one, or over one that is opened for it. */
#ifndef SHUNT_BPF_MOVE_LEG_H
#define SHUNT_BPF_MOVE_LEG_H

#include "failure.h"
#include "request.h"

/* Tells that the request moved to `leg`, which is current now. */
static __always_inline void move_trace(struct scratch *scratch, const struct shunt_flow *flow,
				       const struct shunt_leg *leg, __u8 reason, __u64 duration,
				       const char *line)
{
	struct trace_note note = {
		.reason = reason,
		.leg = flow->current,
		.override_id = leg->override_id,
		.duration = duration,
		.target = &leg->endpoint,
		.context = flow->context,
		.line = line,
	};

	trace(scratch, flow->service, &note);
}

/* The open leg to one of the override's endpoints, or -1. */
static __always_inline int leg_find(const struct shunt_flow *flow,
				    const struct shunt_override *override)
{
	__u32 i, k;

	for (i = 1; i < SHUNT_LEGS_MAX; i++) {
		if (flow->legs[i].state != SHUNT_LEG_OPEN)
			continue;
		for (k = 0; k < SHUNT_ENDPOINTS_MAX; k++) {
			if (k < override->endpoint_count &&
			    endpoint_equal(&flow->legs[i].endpoint, &override->endpoints[k]))
				return i;
		}
	}
	return -1;
}

static __always_inline int leg_find_origin(const struct shunt_flow *flow)
{
	return flow->legs[0].state == SHUNT_LEG_OPEN ? 0 : -1;
}

/* The leg to open for an override: one that is free, else the one after the current. */
static __always_inline __u32 leg_slot(const struct shunt_flow *flow)
{
	__u32 i;

	for (i = 1; i < SHUNT_LEGS_MAX; i++) {
		if (i != flow->current && flow->legs[i].state != SHUNT_LEG_OPEN)
			return i;
	}
	return flow->current + 1 < SHUNT_LEGS_MAX ? flow->current + 1 : 1;
}

static __always_inline void move_noted(struct scratch *scratch, struct shunt_flow *flow)
{
	__builtin_memcpy(flow->context, scratch->key.context, sizeof(flow->context));
	flow->start = scratch->start;
	flow->moved_at = bpf_ktime_get_ns();
}

/* The leg that got half a request, up to `sequence`, is of no more use: reset its server. The packet in hand
 * may begin with bytes that are sent again: a RST counts only from what the server has got. */
static __always_inline void move_reset_split(struct __sk_buff *skb, struct scratch *scratch,
					     struct shunt_leg *leg, __u32 sequence)
{
	leg->state = SHUNT_LEG_CLOSED;
	leg->next_sequence = sequence + leg->sequence_delta;
	if (sequence_before(leg->next_sequence, leg->acknowledged))
		leg->next_sequence = leg->acknowledged;
	leg_reset(skb, scratch, leg, leg->next_sequence, leg->next_reply);
}

/* Keeps the request's bytes up to and with the packet in hand, which may begin with the rest of a body
 * that was answered before it had come. */
static __always_inline struct shunt_held *move_hold(struct __sk_buff *skb, struct scratch *scratch,
						    int want)
{
	struct shunt_held *entry = &scratch->held;
	__u32 before = scratch->start - scratch->packet.segment.sequence;
	__u32 from = (__s32)before > 0 ? before : 0, to = (__s32)before > 0 ? 0 : -before;

	if (want & WANT_SPLIT) {
		entry = bpf_map_lookup_elem(&held, &scratch->connection);
		if (!entry || hold_payload(skb, &scratch->packet, entry, from, to))
			return NULL;
	} else {
		if (hold_payload(skb, &scratch->packet, entry, from, 0) ||
		    stream_keep(skb, scratch, entry->length, BPF_ANY))
			return NULL;
		entry = bpf_map_lookup_elem(&held, &scratch->connection);
		if (!entry)
			return NULL;
	}
	/* Where there is no room for all, the client sends the rest again, and its FIN. */
	if (scratch->packet.segment.flags & TCP_FIN &&
	    entry->length + before == scratch->packet.segment.length)
		entry->flags |= SHUNT_HELD_FIN;
	entry->since = bpf_ktime_get_ns();
	__builtin_memcpy(entry->context, scratch->key.context, sizeof(entry->context));
	if (want & WANT_OVERRIDE) {
		entry->override = scratch->override;
		entry->endpoint = leg_random(&entry->override, scratch->packet.ipv6);
	}
	return entry;
}

/* Makes the parked leg `index` current; false where its server has just closed it. */
static __always_inline bool move_resume(struct scratch *scratch, struct shunt_flow *flow,
					__u32 index)
{
	struct shunt_leg *leg = leg_at(flow, index), *left = leg_at(flow, flow->current);
	__u32 reply = scratch->packet.segment.acknowledgement;
	bool open;

	bpf_spin_lock(&flow->lock);
	open = leg->state == SHUNT_LEG_OPEN;
	if (open) {
		legs_park(flow, left, scratch->start, reply);
		legs_resume(flow, leg, scratch->start, reply);
		leg_becomes_current(flow, index);
		flow->acknowledged = scratch->start;
		flow->reply_next = reply;
	}
	bpf_spin_unlock(&flow->lock);
	return open;
}

/* What the flow knows of the client after the packet in hand, which is held. */
static __always_inline void move_held(struct scratch *scratch, struct shunt_flow *flow,
				      const struct shunt_held *entry)
{
	flow->client_next = scratch->start + entry->length + !!(entry->flags & SHUNT_HELD_FIN);
	flow->client_reply = scratch->packet.segment.acknowledgement;
	flow->client_window = scratch->packet.segment.window;
}

/* The request goes on as a copy, which from_pod sees as the client's own; the packet in hand is
 * cut down to the acknowledgement for the leg that is left. */
static __always_inline int move_acknowledging(struct __sk_buff *skb, struct scratch *scratch,
					      const struct shunt_flow *flow,
					      const struct shunt_leg *left)
{
	if (direction_inject(skb))
		return MOVE_NOTHING;
	leg_acknowledge(scratch, flow, left);
	return craft_emit(skb, scratch);
}

/* Moves over the parked leg `index`. */
static __always_inline int move_parked(struct __sk_buff *skb, struct scratch *scratch,
				       struct shunt_flow *flow, __u32 index, int want)
{
	struct shunt_leg *leg = leg_at(flow, index), *left = leg_at(flow, flow->current);
	const struct segment *segment = &scratch->packet.segment;
	__u32 sequence = segment->sequence;
	__u64 age = bpf_ktime_get_ns() - flow->moved_at;
	struct shunt_held *entry;

	if (!move_resume(scratch, flow, index)) {
		count(SHUNT_REASON_PARKED_CLOSED);
		return MOVE_NOTHING;
	}
	move_noted(scratch, flow);
	count(SHUNT_REASON_MOVED_PARKED);
	count_move(leg->override_id, flow->service);
	move_trace(scratch, flow, leg, SHUNT_REASON_MOVED_PARKED, 0, scratch->line);
	if (flow->split && !(want & WANT_SPLIT)) { /* what is held is of a request before */
		flow->split = 0;
		bpf_map_delete_elem(&held, &scratch->connection);
	}
	if (!(want & WANT_SPLIT))
		return legs_may_delay(flow, scratch->reply_before, segment->acknowledgement, age)
			       ? MOVE_NOTHING
			       : move_acknowledging(skb, scratch, flow, left);
	entry = move_hold(skb, scratch, want);
	if (!entry) {
		count(SHUNT_REASON_HELPER_FAILED);
		return TC_ACT_SHOT;
	}
	move_held(scratch, flow, entry);
	flow->split = 1;
	move_reset_split(skb, scratch, left, sequence);
	return MOVE_REPLAY;
}

static __always_inline void move_opening(struct scratch *scratch, struct shunt_flow *flow,
					 struct shunt_leg *leg, __u32 index)
{
	bpf_spin_lock(&flow->lock);
	legs_park(flow, leg_at(flow, flow->current), scratch->start,
		  scratch->packet.segment.acknowledgement);
	leg->flags = SHUNT_LEG_NO_TIMESTAMPS;
	leg->window_scale = 0;
	leg->state = SHUNT_LEG_OPENING; /* it may have been open to another endpoint */
	leg_becomes_current(flow, index);
	flow->state = SHUNT_FLOW_OPENING;
	flow->start = scratch->start;
	flow->acknowledged = scratch->start;
	flow->reply_next = scratch->packet.segment.acknowledgement;
	if (scratch->packet.segment.flags & TCP_FIN)
		flow->fin |= SHUNT_FIN_CLIENT;
	bpf_spin_unlock(&flow->lock);
}

/* Where frames for a leg go until its server has answered. */
static __always_inline void move_mac(const struct __sk_buff *skb, const struct shunt_flow *flow,
				     struct shunt_leg *leg)
{
	struct shunt_link *link;
	__u32 ifindex;

	/* clang 14 would read the field through a pointer to it, kept since before, which the verifier
	 * forbids of a context. */
	opaque(skb);
	if (direction_has_routes()) {
		__builtin_memset(leg->mac, 0, sizeof(leg->mac));
		return;
	}
	ifindex = skb->ifindex;
	link = bpf_map_lookup_elem(&links, &ifindex);
	if (link && link->flags & SHUNT_LINK_BRIDGED)
		__builtin_memcpy(leg->mac, link->mac, sizeof(leg->mac));
	else
		__builtin_memcpy(leg->mac, flow->legs[0].mac, sizeof(leg->mac));
}

/* Opens a leg for the request, which `entry` has: to an endpoint of its override, or to the origin again.
 * `behind`: the closed leg to give up for it, or -1; its reset takes the packet in hand. */
static __always_inline int move_new(struct __sk_buff *skb, struct scratch *scratch,
				    struct shunt_flow *flow, struct shunt_held *entry, int want,
				    int behind)
{
	__u32 index = want & WANT_OVERRIDE ? leg_slot(flow) : 0;
	struct shunt_leg *leg = leg_at(flow, index), *left = leg_at(flow, flow->current);
	bool acknowledge = scratch->packet.segment.acknowledgement != flow->client_reply;
	__u32 sequence = scratch->packet.segment.sequence;
	struct shunt_leg *old = &scratch->replaced;

	if (behind >= 0)
		leg_give_up(skb, behind);
	*old = *leg;
	if (index && old->state != SHUNT_LEG_ABSENT)
		leg_unregister(scratch, &old->endpoint);
	move_opening(scratch, flow, leg, index);
	move_held(scratch, flow, entry);
	flow->split = !!(want & WANT_SPLIT);
	move_noted(scratch, flow);
	if (index && old->state == SHUNT_LEG_OPEN)
		leg_reset(skb, scratch, old, old->next_sequence, old->next_reply);
	if (flow->split)
		move_reset_split(skb, scratch, left, sequence);
	else if (acknowledge && left->state == SHUNT_LEG_OPEN) {
		leg_acknowledge(scratch, flow, left);
		if (craft_inject(skb, scratch))
			count(SHUNT_REASON_HELPER_FAILED);
	}
	if (!index) {
		leg->state = SHUNT_LEG_OPENING;
		return leg_open(skb, scratch, flow);
	}
	move_mac(skb, flow, leg);
	leg->override_id = entry->override.id;
	leg->state = SHUNT_LEG_ABSENT;
	__builtin_memset(&leg->endpoint, 0, sizeof(leg->endpoint));
	entry->reason = SHUNT_REASON_NO_ENDPOINT;
	if (leg_choose())
		return MOVE_FAILED;
	return leg_open(skb, scratch, flow);
}

#endif
