// SPDX-License-Identifier: Apache-2.0
#include "user/lib/reason.h"

#include <stdio.h>
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

const char *reason_describe(const struct shunt_event *event, char text[REASON_TEXT_SIZE])
{
	char duration[FORMAT_SIZE];
	bool then = event->then != SHUNT_REASON_REQUEST;

	if (event->reason == SHUNT_REASON_MOVED_NEW && event->duration)
		snprintf(text, REASON_TEXT_SIZE, "moved in %s",
			 format_duration(event->duration, duration));
	else
		snprintf(text, REASON_TEXT_SIZE, "%s%s%s%s",
			 reason_is_failure(event->reason) ? "failed: " : "",
			 reason_text(event->reason), then ? "; " : "",
			 then ? reason_text(event->then) : "");
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
