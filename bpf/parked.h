/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Ending the legs that are not current. */
#ifndef SHUNT_BPF_PARKED_H
#define SHUNT_BPF_PARKED_H

#include "opening.h"

/* Resets every leg but the current one, which sends nothing to the client any more. Destroys the
 * packet in hand, which has no payload. */
SUBPROGRAM int reset_parked(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	struct shunt_flow *flow;
	__u32 i;

	if (!scratch)
		return 0;
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	if (!flow)
		return 0;
	for (i = 0; i < SHUNT_LEGS_MAX; i++) {
		struct shunt_leg *leg = leg_at(flow, i);

		if (i == flow->current || leg->state != SHUNT_LEG_OPEN)
			continue;
		leg->state = SHUNT_LEG_CLOSED;
		leg_reset(skb, scratch, leg, leg->next_sequence, leg->next_reply);
	}
	return 0;
}

static __always_inline bool has_parked(const struct shunt_flow *flow)
{
	__u32 i;

	for (i = 0; i < SHUNT_LEGS_MAX; i++) {
		if (i != flow->current && flow->legs[i].state == SHUNT_LEG_OPEN)
			return true;
	}
	return false;
}

#endif
