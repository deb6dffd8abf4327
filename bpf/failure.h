/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What becomes of a request whose leg does not open. */
#ifndef SHUNT_BPF_FAILURE_H
#define SHUNT_BPF_FAILURE_H

#include "answer.h"
#include "opening.h"

/* The origin takes the request that its override's endpoints would not. */
static __always_inline int move_to_origin(struct __sk_buff *skb, struct scratch *scratch,
					  struct shunt_flow *flow, struct shunt_held *entry)
{
	struct shunt_leg *origin = &flow->legs[0];

	count(SHUNT_REASON_TO_ORIGIN);
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
	legs_resume(origin, flow->start, flow->client_reply);
	flow->acknowledged = flow->start;
	flow->reply_next = flow->client_reply;
	flow->state = SHUNT_FLOW_OPEN;
	return MOVE_REPLAY;
}

/* Tells what became of the request whose leg to scratch->failed did not open. */
static __always_inline void move_failed_trace(const struct scratch *scratch,
					      const struct shunt_flow *flow,
					      const struct shunt_held *entry)
{
	struct trace_note note = {
		.reason = entry->reason,
		.leg = flow->current,
		.override_id = entry->override.id,
		.duration = bpf_ktime_get_ns() - entry->since,
		.target = &scratch->failed,
		.context = entry->context,
	};

	trace(scratch, flow->service, &note);
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

	if (!scratch)
		return TC_ACT_SHOT;
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	entry = bpf_map_lookup_elem(&held, &scratch->connection);
	if (!flow || !entry)
		return TC_ACT_SHOT;
	leg = leg_at(flow, flow->current);
	endpoint = &scratch->failed;
	*endpoint = leg->endpoint;
	count(entry->reason);
	move_failed_trace(scratch, flow, entry);
	if (flow->current && leg->state == SHUNT_LEG_OPENING)
		leg_unregister(scratch, endpoint);
	if (flow->current)
		leg->state = SHUNT_LEG_ABSENT;
	else
		leg->state = SHUNT_LEG_CLOSED;
	if (flow->current && !leg_choose(scratch, flow, entry)) {
		count(SHUNT_REASON_NEXT_ENDPOINT);
		entry->since = bpf_ktime_get_ns();
		entry->flags &= SHUNT_HELD_FIN;
		return leg_open(skb, scratch, flow);
	}
	if (flow->current) {
		struct shunt_override_stats *stat = count_override(entry->override.id);

		if (stat)
			stat->failures++;
	}
	if (flow->current && entry->override.on_unreachable == SHUNT_UNREACHABLE_MAIN)
		return move_to_origin(skb, scratch, flow, entry);
	count(SHUNT_REASON_ANSWERED);
	leg->endpoint = *endpoint; /* named in the answer, also when it is sent again */
	return answer_send(skb, scratch, flow, entry, endpoint);
}

#endif
