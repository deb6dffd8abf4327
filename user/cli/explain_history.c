// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include "user/cli/explain_state.h"
#include "user/cli/when.h"
#include "user/lib/address.h"
#include "user/lib/reason.h"
#include "user/lib/text.h"

/* bpf/framing.h numbers the states of a stream, and this is the one of which we tell. */
#define STREAM_PINNED 3

static const char *get(const json_t *event, const char *field)
{
	const char *text = json_string_value(json_object_get(event, field));

	return text ? text : "";
}

const char *explain_age(const json_t *event, char text[EXPLAIN_AGE_SIZE])
{
	time_t at;

	if (text_parse_time(get(event, "time"), &at))
		return "?";
	_Static_assert(EXPLAIN_AGE_SIZE >= WHEN_SIZE, "room for a time");
	return when_format(at, time(NULL), text);
}

const json_t *explain_last(const struct explain *explain, const char *endpoint)
{
	for (size_t i = json_array_size(explain->history); i-- > 0;) {
		const json_t *event = json_array_get(explain->history, i);

		if (strcmp(get(event, "target"), endpoint) == 0 &&
		    strcmp(get(event, "outcome"), "fenced") != 0)
			return event;
	}
	return NULL;
}

/* "3 moved, 12 stayed", of the context's own events; returns how many. */
static size_t count_outcomes(const struct explain *explain, char *text, size_t size)
{
	size_t counts[REASON_OUTCOME_COUNT] = {0}, used = 0, total = 0, i;
	const json_t *event;

	json_array_foreach(explain->history, i, event)
	{
		for (size_t k = 0; strcmp(get(event, "context"), explain->context) == 0 &&
				   k < REASON_OUTCOME_COUNT;
		     k++)
			counts[k] += strcmp(get(event, "outcome"), reason_outcome_names[k]) == 0;
	}
	text[0] = 0;
	for (size_t k = 0; k < REASON_OUTCOME_COUNT; k++) {
		total += counts[k];
		if (counts[k] && used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%zu %s",
						 used ? ", " : "", counts[k],
						 reason_outcome_names[k]);
	}
	return total;
}

static void add_outcomes(struct explain *explain)
{
	char text[EXPLAIN_TEXT_SIZE / 2];

	if (count_outcomes(explain, text, sizeof(text)))
		explain_add(explain, "history", EXPLAIN_NOTE, "what the agent remembers: %s", text);
	else
		explain_add(explain, "history", EXPLAIN_NOTE,
			    "the agent remembers no request of the context to this service");
}

/* The last event with a reason, whose context's, and how many there are. */
static const json_t *find_reason(const struct explain *explain, const char *reason, size_t *count)
{
	const json_t *event, *last = NULL;
	size_t i;

	*count = 0;
	json_array_foreach(explain->history, i, event)
	{
		if (strcmp(get(event, "reason"), reason) == 0) {
			last = event;
			++*count;
		}
	}
	return last;
}

/* Reasons for which a request of this context, or one that should be, went elsewhere. */
static void add_oddities(struct explain *explain)
{
	static const unsigned int reasons[] = {
		SHUNT_REASON_MARKERS_DISAGREE, SHUNT_REASON_MARKER_INVALID,
		SHUNT_REASON_BAD_CARRIER,      SHUNT_REASON_ADDRESS_REFUSED,
		SHUNT_REASON_UNKNOWN_CONTEXT,  SHUNT_REASON_SOURCE_REFUSED,
		SHUNT_REASON_UNSIGNED,	       SHUNT_REASON_BAD_SIGNATURE,
		SHUNT_REASON_PIPELINED,	       SHUNT_REASON_UNPROVEN,
		SHUNT_REASON_FLOWS_FULL,       SHUNT_REASON_HELD_FULL,
		SHUNT_REASON_NO_SOCKET,
	};
	char age[EXPLAIN_AGE_SIZE];
	size_t count;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		const json_t *last = find_reason(explain, reason_label(reasons[i]), &count);

		if (last)
			explain_add(explain, reason_label(reasons[i]), EXPLAIN_WARNING,
				    "%zu requests: %s; the last one %s, from %s, context %s", count,
				    reason_text(reasons[i]), explain_age(last, age),
				    get(last, "client"),
				    *get(last, "context") ? get(last, "context") : "-");
	}
}

void explain_history(struct explain *explain)
{
	if (!explain->history)
		return;
	add_outcomes(explain);
	add_oddities(explain);
}

struct pinned {
	const struct explain *explain;
	size_t counts[SHUNT_REASON_COUNT];
};

static int on_framing(void *argument, const void *key, const void *value)
{
	const struct shunt_connection *connection = key;
	const struct shunt_framing *framing = value;
	struct pinned *pinned = argument;
	struct shunt_endpoint remote =
		address_with_port(&connection->remote, connection->remote_port);
	struct shunt_frontend frontend;

	if (framing->requests.state != STREAM_PINNED ||
	    framing->requests.reason >= SHUNT_REASON_COUNT ||
	    bpf_map_lookup_elem(pinned->explain->maps->fds[PINS_FRONTENDS], &remote, &frontend) ||
	    frontend.service != pinned->explain->service)
		return 0;
	pinned->counts[framing->requests.reason]++;
	return 0;
}

/* Entries of connections that have ended are there until others need their room. */
int explain_pinned(struct explain *explain)
{
	struct pinned pinned = {.explain = explain};
	char age[EXPLAIN_AGE_SIZE];
	const json_t *last;
	int error = 0;
	size_t count;

	if (explain->service)
		error = maps_each(explain->maps->fds[PINS_FRAMING], 0, on_framing, &pinned);
	for (unsigned int i = 0; !error && i < SHUNT_REASON_COUNT; i++) {
		if (!pinned.counts[i])
			continue;
		last = find_reason(explain, reason_label(i), &count);
		explain_add(explain, "pinned", EXPLAIN_WARNING,
			    "%zu connections to the service stay where they were, whatever their "
			    "requests name, open ones and some that have ended: %s (%s)%s%s%s%s",
			    pinned.counts[i], reason_text(i), reason_label(i),
			    last ? "; the last one " : "", last ? explain_age(last, age) : "",
			    last ? ", from " : "", last ? get(last, "client") : "");
	}
	return error;
}
