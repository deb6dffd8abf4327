/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which requests move, and where to: by their markers, by who sends them, and by what is under way. */
#ifndef SHUNT_BPF_MOVE_H
#define SHUNT_BPF_MOVE_H

#include "move_leg.h"
#include "permission.h"
#include "request.h"

/* Reads the client's socket and makes the flow of a connection's first move, or NULL. */
static __always_inline struct shunt_flow *move_first(struct __sk_buff *skb, struct scratch *scratch)
{
	struct shunt_flow *flow;

	if (socket_read(skb)) {
		not_moved(scratch, SHUNT_REASON_NO_SOCKET);
		return NULL;
	}
	flow = flow_create(skb, scratch);
	if (!flow)
		not_moved(scratch, SHUNT_REASON_FLOWS_FULL);
	return flow;
}

/*
 * There is no room to hold a request for which a leg has to be opened. As one without a marker it goes to
 * the origin, not to another context's leg, unless the origin's leg had to be opened too. Returns whether
 * it does.
 */
static __always_inline bool move_without_room(struct scratch *scratch,
					      const struct shunt_flow *flow, int want)
{
	not_moved(scratch, SHUNT_REASON_HELD_FULL);
	if (want & WANT_SPLIT || flow->current == 0 || leg_find_origin(flow) ||
	    !legs_caught_up(&flow->legs[0]))
		return false;
	__builtin_memset(&scratch->key, 0, sizeof(scratch->key));
	return true;
}

/*
 * A request at scratch->start whose head is completed by the packet in hand wants `want`, which is
 * not the current leg; its override is in scratch->override. Returns MOVE_* or a TC verdict.
 */
SUBPROGRAM int move_request(struct __sk_buff *skb, int want)
{
	struct scratch *scratch = scratch_get();
	bool overridden = want & WANT_OVERRIDE;
	struct shunt_held *entry = NULL;
	struct shunt_flow *flow;
	int index;

	if (!scratch)
		return MOVE_NOTHING;
	packet_timestamp(skb);
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	if (!flow && overridden)
		flow = move_first(skb, scratch);
	if (!flow)
		return MOVE_NOTHING;
	if (!legs_quiet(flow, scratch->start, scratch->packet.segment.acknowledgement,
			scratch->answered)) {
		if (overridden)
			not_moved(scratch, SHUNT_REASON_PIPELINED);
		else
			count(SHUNT_REASON_PIPELINED);
		return MOVE_NOTHING;
	}
	if (overridden)
		index = leg_find(flow, &scratch->override);
	else
		index = leg_find_origin(flow);
	if (index == flow->current)
		return MOVE_NOTHING;
	flow->client_time = scratch->time;
	if (index < 0 || !legs_caught_up(leg_at(flow, index))) {
		entry = move_hold(skb, scratch, want);
		if (!entry && !move_without_room(scratch, flow, want))
			return MOVE_NOTHING;
		if (!entry)
			index = 0;
	}
	if (!entry)
		return move_parked(skb, scratch, flow, index, want);
	if (index >= 0)
		leg_at(flow, index)->state = SHUNT_LEG_CLOSED;
	return move_new(skb, scratch, flow, entry, want, index);
}

/* Copies to scratch->override what the request's marker leads to; false where there is no such override,
 * or the client may not name it. */
static __always_inline bool move_marked(struct scratch *scratch, int want)
{
	__u32 refusal;

	if (!(want & WANT_LISTED) && !override_copy()) {
		count_outcome(scratch->key.service, SHUNT_OUTCOME_NO_OVERRIDE);
		permission_refuse(SHUNT_REASON_UNKNOWN_CONTEXT);
		return false;
	}
	refusal = permission_refusal(scratch, &scratch->override);
	if (refusal) {
		count_outcome(scratch->key.service, SHUNT_OUTCOME_NOT_PERMITTED);
		permission_refuse(refusal);
	}
	return !refusal;
}

/* Tells that the request of scratch->key stays on the current leg, which is one of its override's. */
SUBPROGRAM int move_stayed(void)
{
	struct trace_note note = {.reason = SHUNT_REASON_STAYED};
	struct scratch *scratch = scratch_get();
	struct shunt_flow *flow;

	if (!scratch || !trace_begin(note.reason))
		return 0;
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	if (!flow)
		return 0;
	note.leg = flow->current;
	note.override_id = scratch->override.id;
	note.target = &leg_at(flow, flow->current)->endpoint;
	note.context = scratch->key.context;
	note.line = scratch->line;
	trace_go_on(scratch, scratch->key.service, &note);
	return 0;
}

/*
 * What a request that wants `want` wants other than the current leg, or WANT_NOTHING; scratch->key is an
 * override's, or the origin's. A marker that does not count is as if it were not there. Not inlined:
 * what this keeps on the stack is not there while a request is parsed or moved.
 */
static __noinline int move_wanted(struct scratch *scratch, const struct shunt_flow *flow, int want)
{
	if (want & WANT_OVERRIDE) {
		if (move_marked(scratch, want)) {
			count_request(scratch->override.id);
			if (!flow || leg_find(flow, &scratch->override) != flow->current)
				return want;
			count_outcome(scratch->key.service, SHUNT_OUTCOME_MOVED);
			move_stayed();
			return WANT_NOTHING;
		}
		__builtin_memset(&scratch->key, 0, sizeof(scratch->key));
		want = (want & WANT_SPLIT) | WANT_ORIGIN;
	}
	return !flow || (flow->current == 0 && leg_find_origin(flow) == 0) ? WANT_NOTHING : want;
}

/*
 * As move_request(), for a request of which nothing is known but what it wants; `flow` is its
 * connection's, if there is one. Most requests stay where they are, and cost no more than this.
 */
static __always_inline int move_decide(struct __sk_buff *skb, struct scratch *scratch,
				       const struct shunt_flow *flow, int want)
{
	int wanted = move_wanted(scratch, flow, want), result = MOVE_NOTHING;

	if (wanted != WANT_NOTHING)
		result = move_request(skb, wanted);
	else if (flow)
		count(SHUNT_REASON_STAYED);
	if (result == MOVE_NOTHING && want & WANT_SPLIT)
		bpf_map_delete_elem(&held, &scratch->connection);
	return result;
}

#endif
