// SPDX-License-Identifier: Apache-2.0
/* Counts of reasons: each by itself, and those that belong together under names of their own. */
#include "user/agent/metrics_write.h"
#include "user/lib/reason.h"

/* A value of a metric; those of one metric stand together. label: NULL: the reason's own, as "reason". */
struct value {
	enum metric metric;
	enum shunt_reason reason;
	const char *label;
	const char *text;
};

#define PLAIN(metric, reason)                                      \
	{                                                          \
		METRIC_##metric, SHUNT_REASON_##reason, NULL, NULL \
	}
#define NAMED(metric, reason, label, text)                          \
	{                                                           \
		METRIC_##metric, SHUNT_REASON_##reason, label, text \
	}
#define SINGLE(metric, reason)                                   \
	{                                                        \
		METRIC_##metric, SHUNT_REASON_##reason, NULL, "" \
	}

static const struct value values[] = {
	NAMED(REQUESTS_BY_MARKER, NO_MARKER, "form", "none"),
	NAMED(REQUESTS_BY_MARKER, BY_HEADER, "form", "header"),
	NAMED(REQUESTS_BY_MARKER, BY_COOKIE, "form", "cookie"),
	NAMED(REQUESTS_BY_MARKER, BY_QUERY, "form", "query"),
	NAMED(REQUESTS_BY_MARKER, BY_BAGGAGE, "form", "baggage"),
	NAMED(REQUESTS_BY_MARKER, BY_TRACESTATE, "form", "tracestate"),
	NAMED(REQUESTS_BY_MARKER, BY_OT, "form", "ot"),
	NAMED(REQUESTS_BY_MARKER, BY_UBERCTX, "form", "uberctx"),
	NAMED(REQUESTS_BY_MARKER, BY_CARRIER, "form", "carrier"),
	NAMED(REQUESTS_BY_MARKER, BY_OVERRIDES, "form", "overrides"),
	NAMED(MOVES, MOVED_NEW, "leg", "new"),
	NAMED(MOVES, MOVED_PARKED, "leg", "parked"),
	SINGLE(RETURNS, RETURNED),
	PLAIN(LEG_FAILURES, REFUSED),
	PLAIN(LEG_FAILURES, TIMEOUT),
	PLAIN(LEG_FAILURES, NO_ENDPOINT),
	PLAIN(LEG_FAILURES, TUPLE_IN_USE),
	PLAIN(LEG_FAILURES, PASSPORT_LOST),
	PLAIN(LEG_FAILURES, PASSPORT_REFUSED),
	PLAIN(LEG_FAILURES, FLOWS_FULL),
	PLAIN(LEG_FAILURES, HELD_FULL),
	PLAIN(LEG_FAILURES, LEGS_FULL),
	PLAIN(LEG_FAILURES, NO_SOCKET),
	NAMED(UNREACHABLE, NEXT_ENDPOINT, "result", "next_endpoint"),
	NAMED(UNREACHABLE, TO_ORIGIN, "result", "to_origin"),
	NAMED(UNREACHABLE, ANSWERED, "result", "answered"),
	PLAIN(PINNED, NOT_HTTP),
	PLAIN(PINNED, TLS),
	PLAIN(PINNED, HTTP2),
	PLAIN(PINNED, BAD_REQUEST_LINE),
	PLAIN(PINNED, BAD_LINE_END),
	PLAIN(PINNED, BAD_FIELD),
	PLAIN(PINNED, OBS_FOLD),
	PLAIN(PINNED, BAD_LENGTH),
	PLAIN(PINNED, BAD_TRANSFER_ENCODING),
	PLAIN(PINNED, BAD_CHUNK),
	PLAIN(PINNED, HEAD_TOO_LARGE),
	PLAIN(PINNED, TOO_MANY_REQUESTS),
	PLAIN(PINNED, PIPELINED_HEAD),
	PLAIN(PINNED, UPGRADE),
	PLAIN(PINNED, ENDED),
	NAMED(FENCE, FENCE_PASSED, "result", "passed"),
	NAMED(FENCE, FENCE_ALLOWED, "result", "allowed"),
	NAMED(FENCE, FENCE_UNKEYED, "result", "unkeyed"),
	NAMED(FENCE, FENCE_REFUSED, "result", "refused"),
	NAMED(FENCE, FENCE_OBSERVED, "result", "observed"),
	NAMED(FENCE_PASSPORTS, FENCE_MISSING, "reason", "missing"),
	NAMED(FENCE_PASSPORTS, FENCE_EXPIRED, "reason", "expired"),
	NAMED(FENCE_PASSPORTS, FENCE_FORGED, "reason", "forged"),
	NAMED(STEER, STEERED, "result", "steered"),
	NAMED(STEER, STEER_REFUSED, "result", "refused"),
	SINGLE(EVENTS_LOST, EVENT_LOST),
};

static void write_value(FILE *file, const struct value *value, __u64 count)
{
	fputs(metric_names[value->metric], file);
	if (!value->text) {
		fputc('{', file);
		metric_label(file, "reason", reason_label(value->reason));
		fputc('}', file);
	} else if (value->label) {
		fputc('{', file);
		metric_label(file, value->label, value->text);
		fputc('}', file);
	}
	fprintf(file, " %llu\n", (unsigned long long)count);
}

int metrics_events(FILE *file, const struct maps *maps)
{
	__u64 counts[SHUNT_REASON_COUNT];
	int error;

	error = maps_read_stats(maps, counts);
	if (error)
		return error;
	metric_begin(file, METRIC_EVENTS);
	for (unsigned int i = 0; i < SHUNT_REASON_COUNT; i++)
		fprintf(file, "%s{reason=\"%s\"} %llu\n", metric_names[METRIC_EVENTS],
			reason_label(i), (unsigned long long)counts[i]);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (!i || values[i].metric != values[i - 1].metric)
			metric_begin(file, values[i].metric);
		write_value(file, &values[i], counts[values[i].reason]);
	}
	return 0;
}
