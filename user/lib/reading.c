// SPDX-License-Identifier: Apache-2.0
#include "user/lib/reading.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "user/lib/array.h"
#include "user/lib/reading_state.h"
#include "user/lib/text.h"

#define TOKEN                                                            \
	"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijk" \
	"lmnopqrstuvwxyz" /* RFC 9110, 5.6.2 */

#define VALUE_MAX (SHUNT_CONTEXT_NAME_MAX + 1 + SHUNT_MARKER_TAG_DIGITS)

static struct reading_span trim(struct reading_span span)
{
	while (span.length && strchr(" \t", span.at[0]))
		span = (struct reading_span){span.at + 1, span.length - 1};
	while (span.length && strchr(" \t", span.at[span.length - 1]))
		span.length--;
	return span;
}

static bool equals(struct reading_span span, const char *text, bool ignore_case)
{
	return strlen(text) == span.length &&
	       !(ignore_case ? strncasecmp : strncmp)(span.at, text, span.length);
}

const struct marker *reading_find(const struct reading_state *state, enum shunt_marker_place place,
				  struct reading_span name)
{
	for (size_t i = 0; i < state->count; i++) {
		const struct marker *marker = &state->list[i];
		char field[SHUNT_MARKER_NAME_MAX + 1];
		const char *text = marker->name;

		if (markers_place(marker->form) != place)
			continue;
		if (place == SHUNT_PLACE_FIELD)
			text = markers_field_name(marker, field);
		if (equals(name, text, place == SHUNT_PLACE_FIELD || place == SHUNT_PLACE_CARRIER))
			return marker;
	}
	return NULL;
}

static int hex(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Percent-decodes (RFC 3986, 2.1) text of at most a value's length; "" where it is malformed. */
static void decode(struct reading_span from, char text[VALUE_MAX + 1])
{
	size_t length = 0;

	memset(text, 0, VALUE_MAX + 1);
	for (size_t i = 0; i < from.length; i++) {
		char byte = from.at[i];

		if (byte == '%') {
			int high = i + 2 < from.length ? hex(from.at[i + 1]) : -1;
			int low = i + 2 < from.length ? hex(from.at[i + 2]) : -1;

			byte = high < 0 || low < 0 ? '\0' : (char)(high << 4 | low);
			i += 2;
		}
		if (!byte || length == VALUE_MAX) {
			text[0] = '\0';
			return;
		}
		text[length++] = byte;
	}
}

/* The context that a value names, signed or not. */
static void read_context(struct reading_span value, struct reading_marker *found)
{
	char text[VALUE_MAX + 1], *tag = NULL;

	decode(value, text);
	if (text_ends_in_tag(text))
		tag = strrchr(text, '.');
	if (tag == text)
		return;
	if (tag)
		*tag = '\0';
	if (!text_is_context_name(text))
		return;
	strcpy(found->context, text);
	found->is_signed = tag;
}

int reading_add(struct reading_state *state, const struct marker *marker, struct reading_span value,
		struct reading_marker **added)
{
	struct reading *reading = state->reading;
	struct reading_marker found = {.marker = marker};
	int error;

	error = array_grow(&reading->markers, &reading->marker_capacity, reading->marker_count,
			   sizeof(found));
	if (error)
		return error;
	if (marker->form != SHUNT_MARKER_OVERRIDES)
		read_context(value, &found);
	found.value = strndup(value.at, value.length);
	if (!found.value)
		return -ENOMEM;
	reading->markers[reading->marker_count] = found;
	if (added)
		*added = &reading->markers[reading->marker_count];
	reading->marker_count++;
	return 0;
}

/* The value of a member: without properties of baggage, white space and quotes. */
static struct reading_span trim_value(enum shunt_marker_place place, struct reading_span value)
{
	const char *end;

	if (place == SHUNT_PLACE_BAGGAGE) {
		end = memchr(value.at, ';', value.length);
		value.length = end ? (size_t)(end - value.at) : value.length;
	}
	value = trim(value);
	if (place == SHUNT_PLACE_COOKIE && value.length >= 2 && value.at[0] == '"' &&
	    value.at[value.length - 1] == '"')
		value = (struct reading_span){value.at + 1, value.length - 2};
	return value;
}

static int read_member(struct reading_state *state, enum shunt_marker_place place,
		       struct reading_span member)
{
	const char *sign = memchr(member.at, '=', member.length);
	const struct marker *marker;
	struct reading_span name, value;
	char decoded[VALUE_MAX + 1];

	if (!sign)
		return 0;
	name = trim((struct reading_span){member.at, (size_t)(sign - member.at)});
	value = (struct reading_span){sign + 1, member.length - (size_t)(sign + 1 - member.at)};
	if (place == SHUNT_PLACE_QUERY && memchr(name.at, '%', name.length)) {
		decode(name, decoded);
		name = (struct reading_span){decoded, strlen(decoded)};
	}
	marker = reading_find(state, place, name);
	return marker ? reading_add(state, marker, trim_value(place, value), NULL) : 0;
}

static int read_members(struct reading_state *state, enum shunt_marker_place place, char separator,
			struct reading_span list)
{
	int error = 0;

	while (!error && list.length) {
		const char *stop = memchr(list.at, separator, list.length);
		size_t length = stop ? (size_t)(stop - list.at) : list.length;

		error = read_member(state, place, (struct reading_span){list.at, length});
		length += !!stop;
		list = (struct reading_span){list.at + length, list.length - length};
	}
	return error;
}

static int read_field(struct reading_state *state, struct reading_span name,
		      struct reading_span value)
{
	const struct marker *marker = reading_find(state, SHUNT_PLACE_FIELD, name);

	state->reading->field = strndup(name.at, name.length);
	if (!state->reading->field)
		return -ENOMEM;
	if (marker)
		return reading_add(state, marker, trim(value), NULL);
	if (equals(name, "cookie", true))
		return read_members(state, SHUNT_PLACE_COOKIE, ';', value);
	if (equals(name, "baggage", true))
		return read_members(state, SHUNT_PLACE_BAGGAGE, ',', value);
	if (equals(name, "tracestate", true))
		return read_members(state, SHUNT_PLACE_TRACESTATE, ',', value);
	if (equals(name, MARKERS_CARRIER_FIELD, true))
		return reading_carrier(state, trim(value));
	return 0;
}

/* A query stands behind a question mark, or alone. */
static int read_query(struct reading_state *state, const char *line)
{
	/* A fragment, which clients do not send, is no part of it. */
	const char *query = line + strcspn(line, "?#");
	size_t name = strcspn(line, "= :/#");

	if (*query == '?') {
		query++;
	} else if (line[name] == '=') {
		query = line;
	} else {
		snprintf(state->problem, READING_TEXT_SIZE,
			 "neither a header field, as 'name: value', nor a query, as '?name=value'");
		return -EINVAL;
	}
	return read_members(state, SHUNT_PLACE_QUERY, '&',
			    (struct reading_span){query, strcspn(query, " #")});
}

static int read_line(struct reading_state *state, const char *line)
{
	size_t name = strspn(line, TOKEN);

	for (size_t i = 0; line[i]; i++) {
		if (((unsigned char)line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f) {
			snprintf(state->problem, READING_TEXT_SIZE,
				 "character %zu is the control character 0x%02x, which no request "
				 "line or header field has",
				 i + 1, (unsigned char)line[i]);
			return -EINVAL;
		}
	}
	/* A URL begins with "http://". */
	if (name && line[name] == ':' && strncmp(line + name, "://", 3) != 0)
		return read_field(state, (struct reading_span){line, name},
				  (struct reading_span){line + name + 1, strlen(line + name + 1)});
	return read_query(state, line);
}

/* The first of the best precedence that is valid. */
static void choose(struct reading *reading)
{
	for (size_t i = 0; i < reading->marker_count; i++) {
		const struct reading_marker *found = &reading->markers[i];
		bool valid = found->context[0] || (found->overrides && found->overrides->n_items);

		if (valid && (!reading->taken || found->marker < reading->taken->marker))
			reading->taken = found;
	}
}

static void explain(struct reading *reading)
{
	if (reading->taken)
		return;
	if (reading->malformed[0])
		snprintf(reading->reason, sizeof(reading->reason),
			 "its list of endpoints is malformed");
	else if (reading->marker_count && reading->markers[0].overrides)
		snprintf(reading->reason, sizeof(reading->reason),
			 "its list of endpoints is empty");
	else if (reading->marker_count)
		snprintf(reading->reason, sizeof(reading->reason),
			 "%s %s does not name a context, 1 to 63 of a-z 0-9 - _ .",
			 markers_form_label(reading->markers[0].marker->form),
			 reading->markers[0].marker->name);
	else
		snprintf(reading->reason, sizeof(reading->reason), "nothing in this %s is obeyed",
			 reading->field ? "field" : "query");
}

int reading_make(const char *line, const struct marker *list, size_t count, struct reading *reading,
		 char problem[READING_TEXT_SIZE])
{
	struct reading made = {0};
	struct reading_state state = {
		.list = list, .count = count, .reading = &made, .problem = problem};
	int error;

	error = read_line(&state, line);
	if (error) {
		reading_clear(&made);
		return error;
	}
	choose(&made);
	explain(&made);
	*reading = made;
	return 0;
}

void reading_clear(struct reading *reading)
{
	if (!reading)
		return;
	for (size_t i = 0; i < reading->marker_count; i++) {
		free(reading->markers[i].value);
		if (reading->markers[i].overrides)
			shunt__v1__overrides__free_unpacked(reading->markers[i].overrides, NULL);
	}
	free(reading->markers);
	free(reading->field);
	carrier_clear(&reading->carrier);
	*reading = (struct reading){0};
}
