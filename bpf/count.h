/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Counting, and telling `shunt trace`. Neither changes what happens to a packet. */
#ifndef SHUNT_BPF_COUNT_H
#define SHUNT_BPF_COUNT_H

#include "maps.h"

static __always_inline void count(__u32 reason)
{
	__u64 *value = bpf_map_lookup_elem(&stats, &reason);

	if (value)
		*value += 1;
}

static __always_inline struct shunt_override_stats *count_override(__u32 id)
{
	struct shunt_override_stats *value = bpf_map_lookup_elem(&override_stats, &id);

	if (!value) {
		struct shunt_override_stats zero = {};

		bpf_map_update_elem(&override_stats, &id, &zero, BPF_NOEXIST);
		value = bpf_map_lookup_elem(&override_stats, &id);
	}
	return value;
}

static __always_inline void count_request(__u32 override_id)
{
	struct shunt_override_stats *value = count_override(override_id);

	if (value)
		value->requests++;
}

/* A request was moved over a leg to the override's endpoint; id 0 is the origin. */
static __always_inline void count_move(__u32 override_id)
{
	struct shunt_override_stats *value;

	if (!override_id)
		return;
	value = count_override(override_id);
	if (value)
		value->moves++;
}

/* Whether somebody reads the events now. */
static __always_inline bool traced(void)
{
	__u32 zero = 0;
	struct shunt_tracing *tracing_now = bpf_map_lookup_elem(&tracing, &zero);

	return tracing_now && bpf_ktime_get_ns() < tracing_now->until;
}

/* Records what happened to a connection's request; context may be empty, for the origin. */
static __always_inline void trace(const struct scratch *scratch, const struct shunt_flow *flow,
				  __u8 reason, __u8 leg, const struct shunt_endpoint *target,
				  const char *context, __u32 override_id, __u64 duration)
{
	struct shunt_event *event;

	if (!traced())
		return;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		count(SHUNT_REASON_EVENT_LOST);
		return;
	}
	event->time = bpf_ktime_get_ns();
	event->duration = duration;
	event->service = flow->service;
	event->override_id = override_id;
	event->reason = reason;
	event->leg = leg;
	event->reserved = 0;
	event->connection = scratch->connection;
	event->target = *target;
	__builtin_memcpy(event->context, context, sizeof(event->context));
	bpf_ringbuf_submit(event, 0);
}

#endif
