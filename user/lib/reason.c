// SPDX-License-Identifier: Apache-2.0
#include "user/lib/reason.h"

#include <stdio.h>
#include <string.h>
#include "user/lib/format.h"

static const char *const labels[] = {
#define X(NAME, label, text) label,
	SHUNT_REASONS(X)
#undef X
};

static const char *const texts[] = {
#define X(NAME, label, text) text,
	SHUNT_REASONS(X)
#undef X
};

const char *reason_label(unsigned int reason)
{
	return reason < SHUNT_REASON_COUNT ? labels[reason] : "unknown";
}

const char *reason_text(unsigned int reason)
{
	return reason < SHUNT_REASON_COUNT ? texts[reason] : "unknown";
}

bool reason_is_failure(unsigned int reason)
{
	switch (reason) {
	case SHUNT_REASON_NO_SOCKET:
	case SHUNT_REASON_REFUSED:
	case SHUNT_REASON_TIMEOUT:
	case SHUNT_REASON_NO_ENDPOINT:
	case SHUNT_REASON_TUPLE_IN_USE:
	case SHUNT_REASON_FLOWS_FULL:
	case SHUNT_REASON_HELD_FULL:
	case SHUNT_REASON_LEGS_FULL:
	case SHUNT_REASON_HELPER_FAILED:
	case SHUNT_REASON_PASSPORT_LOST:
	case SHUNT_REASON_PASSPORT_REFUSED:
		return true;
	default:
		return false;
	}
}

const char *const reason_outcome_names[] = {
#define X(NAME, name) name,
	REASON_OUTCOMES(X)
#undef X
		NULL,
};

static enum reason_outcome outcome_of_failure(__u8 then)
{
	switch (then) {
	case SHUNT_REASON_ANSWERED:
		return REASON_OUTCOME_ANSWERED;
	case SHUNT_REASON_TO_ORIGIN:
		return REASON_OUTCOME_ORIGIN;
	case SHUNT_REASON_NEXT_ENDPOINT:
		return REASON_OUTCOME_RETRIED;
	default:
		return REASON_OUTCOME_UNMOVED;
	}
}

static bool is_pin(unsigned int reason)
{
	return (reason >= SHUNT_REASON_NOT_HTTP && reason <= SHUNT_REASON_GAP) ||
	       reason == SHUNT_REASON_ENDED || reason == SHUNT_REASON_RESPONSE_LOST;
}

enum reason_outcome reason_outcome(const struct shunt_event *event)
{
	unsigned int reason = event->reason;

	switch (reason) {
	case SHUNT_REASON_MOVED_NEW:
	case SHUNT_REASON_MOVED_PARKED:
		return REASON_OUTCOME_MOVED;
	case SHUNT_REASON_STAYED:
		return REASON_OUTCOME_STAYED;
	case SHUNT_REASON_PIPELINED:
	case SHUNT_REASON_UNPROVEN:
		return REASON_OUTCOME_UNMOVED;
	case SHUNT_REASON_UNKNOWN_CONTEXT:
	case SHUNT_REASON_SOURCE_REFUSED:
	case SHUNT_REASON_UNSIGNED:
	case SHUNT_REASON_BAD_SIGNATURE:
		return REASON_OUTCOME_IGNORED;
	case SHUNT_REASON_EVENT_LOST:
	case SHUNT_REASON_EVENT_LIMITED:
		return REASON_OUTCOME_LOST;
	default:
		break;
	}
	if (reason_is_failure(reason))
		return outcome_of_failure(event->then);
	if (is_pin(reason))
		return REASON_OUTCOME_PINNED;
	return reason >= SHUNT_REASON_FENCE_PASSED && reason <= SHUNT_REASON_FENCE_OBSERVED
		       ? REASON_OUTCOME_FENCED
		       : REASON_OUTCOME_NOTED;
}

bool reason_is_known(const char *name)
{
	for (size_t i = 0; i < SHUNT_REASON_COUNT; i++)
		if (strcmp(name, labels[i]) == 0)
			return true;
	for (size_t i = 0; i < REASON_OUTCOME_COUNT; i++)
		if (strcmp(name, reason_outcome_names[i]) == 0)
			return true;
	return false;
}

/* What came of a failure. */
static const char *describe_then(const struct shunt_event *event)
{
	if (event->then == SHUNT_REASON_ANSWERED)
		return event->reason == SHUNT_REASON_TIMEOUT ? "; answered 504" : "; answered 503";
	return event->then == SHUNT_REASON_TO_ORIGIN	   ? "; sent to the origin"
	       : event->then == SHUNT_REASON_NEXT_ENDPOINT ? "; next endpoint tried"
							   : "";
}

const char *reason_describe(const struct shunt_event *event, char text[REASON_TEXT_SIZE])
{
	char duration[FORMAT_SIZE];

	if (event->reason == SHUNT_REASON_MOVED_NEW && event->duration)
		snprintf(text, REASON_TEXT_SIZE, "moved in %s",
			 format_duration(event->duration, duration));
	else
		snprintf(text, REASON_TEXT_SIZE, "%s%s%s",
			 reason_is_failure(event->reason) ? "failed: " : "",
			 reason_text(event->reason), describe_then(event));
	return text;
}

const char *reason_leg_state(const struct shunt_flow *flow, unsigned int leg)
{
	switch (flow->legs[leg].state) {
	case SHUNT_LEG_OPENING:
		return "opening";
	case SHUNT_LEG_OPEN:
		return flow->current == leg ? "current" : "parked";
	case SHUNT_LEG_CLOSED:
		return "closed";
	default:
		return "absent";
	}
}
