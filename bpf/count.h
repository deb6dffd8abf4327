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

#define TRACE_SECOND 1000000000ULL
#define TRACE_MANY (SHUNT_EVENTS_BYTES / 4) /* waiting bytes for which the reader is woken */

static __always_inline const struct shunt_tracing *tracing_now(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tracing, &zero);
}

/* What an event says besides the connection. */
struct trace_note {
	__u8 reason;
	__u8 leg;
	__u8 then;
	__u32 override_id;
	__u64 duration;
	const struct shunt_endpoint *target; /* NULL: none */
	const char *context; /* empty: the origin */
	const char *line; /* SHUNT_EVENT_LINE_MAX bytes of the request, or NULL */
};

/*
 * Whether an event with this reason is wanted now, and there is room for it in this second: then
 * scratch->event is empty but for its time. What the requests of a connection repeat leaves half of the
 * room to the rest.
 */
SUBPROGRAM int trace_begin(__u32 reason)
{
	bool repeats = reason == SHUNT_REASON_STAYED || reason == SHUNT_REASON_MOVED_PARKED;
	const struct shunt_tracing *wanted = tracing_now();
	struct scratch *scratch = scratch_get();
	__u64 now;

	if (!wanted || !scratch || !wanted->until)
		return 0;
	now = bpf_ktime_get_ns();
	if (now >= wanted->until)
		return 0;
	if (now - scratch->traced_since >= TRACE_SECOND) {
		scratch->traced_since = now;
		scratch->traced = 0;
	}
	if (scratch->traced >= (repeats ? wanted->rate / 2 : wanted->rate)) {
		count(SHUNT_REASON_EVENT_LIMITED);
		return 0;
	}
	scratch->traced++;
	__builtin_memset(&scratch->event, 0, sizeof(scratch->event));
	scratch->event.time = now;
	return 1;
}

/* Writes scratch->event. */
SUBPROGRAM int trace_end(void)
{
	const struct shunt_tracing *wanted = tracing_now();
	struct scratch *scratch = scratch_get();
	__u64 size = SHUNT_EVENT_SHORT, wake = 0;

	if (!wanted || !scratch)
		return 0;
	if (wanted->flags & SHUNT_TRACING_LINES)
		size = sizeof(scratch->event);
	if (!(wanted->flags & SHUNT_TRACING_LIVE))
		wake = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) > TRACE_MANY
			       ? BPF_RB_FORCE_WAKEUP
			       : BPF_RB_NO_WAKEUP;
	if (bpf_ringbuf_output(&events, &scratch->event, size, wake))
		count(SHUNT_REASON_EVENT_LOST);
	return 0;
}

/* Records what trace_begin() has begun: what happened to a request of scratch->connection. */
static __always_inline void trace_go_on(struct scratch *scratch, __u32 service,
					const struct trace_note *note)
{
	struct shunt_event *event = &scratch->event;

	event->duration = note->duration;
	event->service = service;
	event->override_id = note->override_id;
	event->reason = note->reason;
	event->leg = note->leg;
	event->then = note->then;
	event->connection = scratch->connection;
	if (note->target)
		event->target = *note->target;
	__builtin_memcpy(event->context, note->context, sizeof(event->context));
	if (note->line)
		__builtin_memcpy(event->line, note->line, sizeof(event->line));
	trace_end();
}

/* Records it if it is wanted. */
static __always_inline void trace(struct scratch *scratch, __u32 service,
				  const struct trace_note *note)
{
	if (trace_begin(note->reason))
		trace_go_on(scratch, service, note);
}

/* Counts and traces that the request of scratch->key, an override's, could not be moved. */
static __always_inline void not_moved(struct scratch *scratch, __u8 reason)
{
	struct trace_note note = {
		.reason = reason,
		.override_id = scratch->override.id,
		.context = scratch->key.context,
		.line = scratch->line,
	};

	count(reason);
	if (scratch->key.service) /* else it was counted when its marker was */
		count_outcome(scratch->key.service, SHUNT_OUTCOME_KEPT);
	trace(scratch, scratch->key.service, &note);
}

#endif
