// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/lib/reading_state.h"

static struct reading_span span_of(const char *text)
{
	return (struct reading_span){text, strlen(text)};
}

/* What is malformed in the list is no error of the carrier. */
static int read_list(struct reading_state *state, const char *value, struct reading_marker *marker)
{
	char problem[PROTO_PROBLEM_SIZE];
	int error;

	error = overrides_read(value, strlen(value), &marker->overrides, problem);
	if (error == -EINVAL) {
		snprintf(state->reading->malformed, sizeof(state->reading->malformed), "%s",
			 problem);
		return 0;
	}
	return error;
}

static int read_item(struct reading_state *state, const struct carrier_item *item)
{
	const struct marker *marker = reading_find(state, SHUNT_PLACE_CARRIER, span_of(item->key));
	struct reading_marker *added;
	int error;

	if (!marker)
		return 0;
	error = reading_add(state, marker, span_of(item->value), &added);
	if (!error && marker->form == SHUNT_MARKER_OVERRIDES)
		error = read_list(state, item->value, added);
	return error;
}

int reading_carrier(struct reading_state *state, struct reading_span value)
{
	char problem[PROTO_PROBLEM_SIZE];
	struct reading *reading = state->reading;
	int error;

	error = carrier_parse(value.at, value.length, &reading->carrier, problem);
	if (error == -EINVAL)
		snprintf(state->problem, READING_TEXT_SIZE, "%s: %s", reading->field, problem);
	if (error)
		return error;
	reading->has_carrier = true;
	for (size_t i = 0; !error && i < reading->carrier.item_count; i++)
		error = read_item(state, &reading->carrier.items[i]);
	return error;
}
