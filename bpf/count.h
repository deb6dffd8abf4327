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

/* What became of a request to the service port; each is counted once. */
static __always_inline void count_outcome(__u32 service, __u32 outcome)
{
	__u32 index = service & (SHUNT_SERVICE_STATS_MAX - 1);
	struct shunt_service_stats *value = bpf_map_lookup_elem(&service_stats, &index);

	if (value)
		value->outcomes[outcome]++;
}

/* A request was moved over a leg to the override's endpoint; id 0 is the origin. */
static __always_inline void count_move(__u32 override_id, __u32 service)
{
	struct shunt_override_stats *value;

	if (!override_id) {
		count(SHUNT_REASON_RETURNED);
		return;
	}
	count_outcome(service, SHUNT_OUTCOME_MOVED);
	value = count_override(override_id);
	if (value)
		value->moves++;
}

/* A leg took so many ns to open. */
SUBPROGRAM int count_handshake(__u64 duration)
{
	__u32 zero = 0, bucket = 0, i;
	struct shunt_handshakes *value = bpf_map_lookup_elem(&handshakes, &zero);
	__u64 microseconds = duration / 1000;

	if (!value)
		return 0;
	for (i = 0; i < SHUNT_HANDSHAKE_BUCKETS - 1; i++)
		bucket += microseconds >> i != 0;
	value->sum += duration;
	value->buckets[bucket]++;
	return 0;
}

/* Whether somebody reads the events now. */
static __always_inline bool traced(void)
{
	__u32 zero = 0;
	struct shunt_tracing *tracing_now = bpf_map_lookup_elem(&tracing, &zero);

	return tracing_now && bpf_ktime_get_ns() < tracing_now->until;
}

/* What an event says besides the connection. */
struct trace_note {
	__u8 reason;
	__u8 leg;
	__u32 override_id;
	__u64 duration;
	const struct shunt_endpoint *target; /* NULL: none */
	const char *context; /* empty: the origin */
};

/* Records what happened to a request of scratch->connection. */
static __always_inline void trace(const struct scratch *scratch, __u32 service,
				  const struct trace_note *note)
{
	struct shunt_event *event;

	if (!traced())
		return;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		count(SHUNT_REASON_EVENT_LOST);
		return;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->time = bpf_ktime_get_ns();
	event->duration = note->duration;
	event->service = service;
	event->override_id = note->override_id;
	event->reason = note->reason;
	event->leg = note->leg;
	event->connection = scratch->connection;
	if (note->target)
		event->target = *note->target;
	__builtin_memcpy(event->context, note->context, sizeof(event->context));
	bpf_ringbuf_submit(event, 0);
}

/* Counts and traces that the request of scratch->key, an override's, could not be moved. */
static __always_inline void not_moved(const struct scratch *scratch, __u8 reason)
{
	struct trace_note note = {
		.reason = reason,
		.override_id = scratch->override.id,
		.context = scratch->key.context,
	};

	count(reason);
	if (scratch->key.service) /* else it was counted when its marker was */
		count_outcome(scratch->key.service, SHUNT_OUTCOME_KEPT);
	trace(scratch, scratch->key.service, &note);
}

#endif
