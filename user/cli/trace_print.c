// SPDX-License-Identifier: Apache-2.0
#include "user/cli/trace_print.h"

#include <stdbool.h>
#include <string.h>
#include "user/cli/visible.h"
#include "user/lib/clock.h"
#include "user/lib/format.h"
#include "user/lib/text.h"

#define FRACTION "000000" /* digits of a time of day after the second */

static const char *get(const json_t *event, const char *field)
{
	return json_string_value(json_object_get(event, field));
}

/* The local time of day of "2026-01-31T12:03:04.123456Z". */
static const char *format_time(const char *timestamp, char text[FORMAT_SIZE])
{
	const char *dot = timestamp ? strchr(timestamp, '.') : NULL;
	time_t seconds;

	if (!dot || text_parse_time(timestamp, &seconds))
		return "?";
	format_time_of_day((__u64)seconds * CLOCK_SECOND, text);
	if (strlen(text) > strlen(FRACTION) && strlen(dot) > strlen(FRACTION))
		memcpy(text + strlen(text) - strlen(FRACTION), dot + 1, strlen(FRACTION));
	return text;
}

/* Where it went, as far as is known: to the origin, where the event names no other target. */
static const char *find_target(const json_t *event)
{
	const char *then = get(event, "then"), *outcome = get(event, "outcome");
	bool origin = (then && strcmp(then, "to_origin") == 0) ||
		      (outcome && strcmp(outcome, "ignored") == 0);
	const char *target = get(event, origin ? "origin" : "target");

	return target ? target : "-";
}

static void print_pods(FILE *file, const json_t *event)
{
	const char *client = get(event, "client_pod"), *target = get(event, "target_pod");
	char copy[2][VISIBLE_SIZE];

	if (client || target)
		fprintf(file, "  (%s → %s)", visible(client ? client : "?", copy[0]),
			visible(target ? target : "?", copy[1]));
}

void trace_print(FILE *file, FILE *errors, const json_t *event)
{
	const char *context = get(event, "context"), *method = get(event, "method");
	const char *service = get(event, "service"), *client = get(event, "client");
	const char *text = get(event, "text"), *path = get(event, "path");
	char time[FORMAT_SIZE], copy[4][VISIBLE_SIZE];
	const json_t *count = json_object_get(event, "count");

	if (count) {
		fprintf(errors, "%lld events are missing here: %s\n",
			(long long)json_integer_value(count), text ? text : "?");
		return;
	}
	fprintf(file, "%s  %s  %s  ", format_time(get(event, "time"), time),
		context && *context ? visible(context, copy[0]) : "-",
		visible(service ? service : "?", copy[1]));
	if (method && path)
		fprintf(file, "%s %s  ", visible(method, copy[2]), visible(path, copy[3]));
	fprintf(file, "%s → %s  %s", client ? client : "?", find_target(event), text ? text : "?");
	print_pods(file, event);
	putc('\n', file);
}
