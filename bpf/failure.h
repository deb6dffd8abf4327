/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What becomes of a request whose leg does not open. */
#ifndef SHUNT_BPF_FAILURE_H
#define SHUNT_BPF_FAILURE_H

#include "answer.h"
#include "opening.h"
#include "override.h"

/* Whether the override that is in force names other endpoints than the copy of it. One whose demands on
 * the marker have changed is no other: the marker is not known any more. */
static __always_inline bool move_replaced(const struct shunt_override *now,
					  const struct shunt_override *copy)
{
	const __u64 *a = (const __u64 *)now->endpoints, *b = (const __u64 *)copy->endpoints;
	__u64 difference = now->endpoint_count ^ copy->endpoint_count;
	__u32 i;

	for (i = 0; i < sizeof(now->endpoints) / (sizeof(*a)); i++)
		difference |= a[i] ^ b[i];
	return difference && now->tag == copy->tag && now->flags == copy->flags;
}

/*
 * No endpoint of `held`'s copy of the override is left to try. It may have been replaced since, and its
 * endpoints gone with it: takes a new copy, and returns whether that has others. Where the override is
 * gone, the request is the origin's. Not for endpoints that the request itself listed.
 */
SUBPROGRAM int move_renew(void)
{
	struct scratch *scratch = scratch_get();
	const struct shunt_flow *flow;
	struct shunt_held *entry;

	if (!scratch)
		return 0;
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	entry = bpf_map_lookup_elem(&held, &scratch->connection);
	if (!flow || !entry || entry->override.id == SHUNT_OVERRIDE_BY_ADDRESS ||
	    (entry->flags & SHUNT_HELD_RENEWED) == SHUNT_HELD_RENEWED)
		return 0;
	entry->flags += SHUNT_HELD_RENEWAL;
	__builtin_memcpy(scratch->key.context, entry->context, sizeof(entry->context));
	scratch->key.service = flow->service;
	if (!override_copy()) {
		entry->override.on_unreachable = SHUNT_UNREACHABLE_MAIN;
		return 0;
	}
	if (!move_replaced(&scratch->override, &entry->override))
		return 0;
	entry->override = scratch->override;
	entry->endpoints_tried = 0;
	entry->endpoint = leg_random(&entry->override, socket_is_ipv6(&scratch->connection));
	return 1;
}

/* The origin takes the request that its override's endpoints would not. */
static __always_inline int move_to_origin(struct __sk_buff *skb, struct scratch *scratch,
					  struct shunt_flow *flow, struct shunt_held *entry)
{
	struct shunt_leg *origin = &flow->legs[0];

	count_outcome(flow->service, SHUNT_OUTCOME_FELL_BACK);
	__builtin_memset(flow->context, 0, sizeof(flow->context));
	flow->current = 0;
	if (origin->state == SHUNT_LEG_OPEN && !legs_caught_up(origin)) {
		origin->state = SHUNT_LEG_CLOSED;
		leg_give_up(skb, 0);
	}
	if (origin->state != SHUNT_LEG_OPEN) {
		entry->override.endpoint_count = 0;
		entry->override.on_unreachable = SHUNT_UNREACHABLE_ERROR;
		entry->since = bpf_ktime_get_ns();
		entry->flags &= SHUNT_HELD_FIN;
		origin->state = SHUNT_LEG_OPENING;
		return leg_open(skb, scratch, flow);
	}
	legs_resume(flow, origin, flow->start, flow->client_reply);
	flow->acknowledged = flow->start;
	flow->reply_next = flow->client_reply;
	flow->state = SHUNT_FLOW_OPEN;
	return MOVE_REPLAY;
}

/* Tells that the leg to scratch->failed did not open for a reason, and what comes of it. */
static __always_inline void move_failed_trace(struct scratch *scratch,
					      const struct shunt_flow *flow,
					      const struct shunt_held *entry, __u8 reason,
					      __u8 then)
{
	struct trace_note note = {
		.reason = reason,
		.leg = flow->current,
		.then = then,
		.override_id = entry->override.id,
		.duration = bpf_ktime_get_ns() - entry->since,
		.target = &scratch->failed,
		.context = entry->context,
		.line = (const char *)entry->bytes,
	};

	trace(scratch, flow->service, &note);
}

/* What comes of a request whose leg failed: a reason. The current leg may have got another endpoint. */
static __always_inline __u8 move_instead(const struct shunt_flow *flow,
					 const struct shunt_held *entry)
{
	if (flow->current && (!leg_choose() || (move_renew() && !leg_choose())))
		return SHUNT_REASON_NEXT_ENDPOINT;
	return flow->current && entry->override.on_unreachable == SHUNT_UNREACHABLE_MAIN
		       ? SHUNT_REASON_TO_ORIGIN
		       : SHUNT_REASON_ANSWERED;
}

/*
 * The current leg's endpoint could not be reached, for `held`'s reason: the next endpoint, the origin or
 * an answer of our own, as the override says. The packet in hand becomes what that takes. Returns
 * MOVE_REPLAY or a TC verdict.
 */
SUBPROGRAM int move_failed(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	struct shunt_endpoint *endpoint;
	struct shunt_held *entry;
	struct shunt_flow *flow;
	struct shunt_leg *leg;
	__u8 reason, then;

	if (!scratch)
		return TC_ACT_SHOT;
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	entry = bpf_map_lookup_elem(&held, &scratch->connection);
	if (!flow || !entry)
		return TC_ACT_SHOT;
	leg = leg_at(flow, flow->current);
	endpoint = &scratch->failed;
	*endpoint = leg->endpoint;
	reason = entry->reason;
	count(reason);
	if (flow->current && leg->state == SHUNT_LEG_OPENING)
		leg_unregister(scratch, endpoint);
	if (flow->current)
		leg->state = SHUNT_LEG_ABSENT;
	else
		leg->state = SHUNT_LEG_CLOSED;
	then = move_instead(flow, entry);
	count(then);
	move_failed_trace(scratch, flow, entry, reason, then);
	if (then == SHUNT_REASON_NEXT_ENDPOINT) {
		leg->override_id = entry->override.id;
		entry->since = bpf_ktime_get_ns();
		entry->flags &= SHUNT_HELD_FIN | SHUNT_HELD_RENEWED;
		return leg_open(skb, scratch, flow);
	}
	if (flow->current) {
		struct shunt_override_stats *stat = count_override(entry->override.id);

		if (stat)
			stat->failures++;
	}
	if (then == SHUNT_REASON_TO_ORIGIN)
		return move_to_origin(skb, scratch, flow, entry);
	if (flow->current)
		count_outcome(flow->service, SHUNT_OUTCOME_FAILED);
	leg->endpoint = *endpoint; /* named in the answer, also when it is sent again */
	return answer_send(skb, scratch, flow, entry, endpoint);
}

#endif
