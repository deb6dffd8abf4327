/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What becomes of the client's packets that came too early. Each processor has a queue for what pods send;
 * a client that changes between processors, or sends as acknowledgements come in on another one, has its
 * packets overtake each other there.
 */
#ifndef SHUNT_BPF_EARLY_H
#define SHUNT_BPF_EARLY_H

#include "request.h"

static __always_inline void early_begin_period(struct scratch *scratch)
{
	__u32 period = bpf_ktime_get_ns() >> SHUNT_EARLY_PERIOD;
	__u32 passed = period - scratch->early_period;

	if (!passed)
		return;
	scratch->early_period = period;
	scratch->early = 0;
	scratch->early_doubt = scratch->early_doubt > passed ? scratch->early_doubt - passed : 0;
}

/* Whether a packet may be put in again. Where it was in vain, bytes are lost rather than overtaken: the next
 * ones of this processor get half as many rounds. */
static __always_inline bool early_may_wait(struct scratch *scratch, struct shunt_framing *known)
{
	early_begin_period(scratch);
	if (known->early == SHUNT_EARLY_IN_VAIN || scratch->early >= SHUNT_EARLY_PERIOD_MAX)
		return false;
	if (known->early >= SHUNT_EARLY_ROUNDS_MAX >> (scratch->early_doubt & 15)) {
		known->early = SHUNT_EARLY_IN_VAIN;
		if (scratch->early_doubt < SHUNT_EARLY_DOUBT_MAX)
			scratch->early_doubt++;
		return false;
	}
	known->early++;
	scratch->early++;
	return true;
}

/*
 * A TC verdict for a packet that came too early; `known` is of its connection. Most often what it overtook
 * waits in another processor's queue: the packet goes to the end of this one's, from where it comes to
 * from_pod again. If that does not help, it is dropped, and the client sends it again behind what is missing.
 */
SUBPROGRAM int early(struct __sk_buff *skb, struct shunt_framing *known)
{
	struct scratch *scratch = scratch_get();

	if (!scratch || !known)
		return TC_ACT_SHOT;
	if (direction_has_queue() && early_may_wait(scratch, known)) {
		count(SHUNT_REASON_REINJECTED);
		return bpf_redirect(skb->ifindex, direction_from_pod());
	}
	count(SHUNT_REASON_AHEAD);
	return TC_ACT_SHOT;
}

#endif
