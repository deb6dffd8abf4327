// SPDX-License-Identifier: Apache-2.0
#include "user/lib/event_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/format.h"
#include "user/lib/reason.h"

/* The method and the path, without the query; what is no printable character ends it. */
static void cut_line(char line[SHUNT_EVENT_LINE_MAX])
{
	size_t end = 0, spaces = 0;

	while (end < SHUNT_EVENT_LINE_MAX && line[end] >= ' ' && line[end] < 0x7f &&
	       line[end] != '?') {
		spaces += line[end] == ' ';
		if (spaces == 2)
			break;
		end++;
	}
	memset(line + end, 0, SHUNT_EVENT_LINE_MAX - end);
}

int event_read(const void *record, size_t size, struct shunt_event *event)
{
	if (size < SHUNT_EVENT_SHORT)
		return -EINVAL;
	*event = (struct shunt_event){0};
	memcpy(event, record, size < sizeof(*event) ? size : sizeof(*event));
	event->context[SHUNT_CONTEXT_NAME_MAX] = 0;
	cut_line(event->line);
	return 0;
}

/* A marker that does not count leaves its request to the origin. */
static bool goes_to_origin(const struct shunt_event *event)
{
	return event->then == SHUNT_REASON_TO_ORIGIN ||
	       (!event->target.port && reason_outcome(event) == REASON_OUTCOME_IGNORED);
}

const struct shunt_endpoint *event_target(const struct shunt_event *event,
					  struct shunt_endpoint *origin)
{
	if (goes_to_origin(event)) {
		*origin =
			address_with_port(&event->connection.remote, event->connection.remote_port);
		return origin;
	}
	return event->target.port ? &event->target : NULL;
}

static const char *format_side(const struct shunt_address *address, __u16 port,
			       char text[ADDRESS_ENDPOINT_TEXT_SIZE])
{
	struct shunt_endpoint endpoint = address_with_port(address, port);

	return address_format_endpoint(&endpoint, text);
}

/* The line is "METHOD PATH", cut off where it was too long. */
static int add_line(json_t *object, const char line[SHUNT_EVENT_LINE_MAX])
{
	char method[SHUNT_EVENT_LINE_MAX + 1], *space;

	memcpy(method, line, SHUNT_EVENT_LINE_MAX);
	method[SHUNT_EVENT_LINE_MAX] = 0;
	space = strchr(method, ' ');
	if (!space)
		return 0;
	*space = 0;
	return json_object_set_new(object, "method", json_string(method)) ||
	       json_object_set_new(object, "path", json_string(space + 1));
}

json_t *event_to_json(const struct shunt_event *event, __u64 wall, const struct event_names *names)
{
	const struct shunt_connection *connection = &event->connection;
	char client[ADDRESS_ENDPOINT_TEXT_SIZE], origin[ADDRESS_ENDPOINT_TEXT_SIZE];
	char target[ADDRESS_ENDPOINT_TEXT_SIZE], time[FORMAT_SIZE], text[REASON_TEXT_SIZE];
	bool has_target = event->target.port != 0;
	json_t *object;

	address_format_endpoint(&event->target, target);
	object = json_pack(
		"{s:s, s:s, s:s?, s:s, s:s?, s:s, s:s?, s:s?, s:s, s:s, s:s, s:s?, s:b, s:I, s:i, "
		"s:I}",
		"time", format_timestamp(wall, time), "context", event->context, "service",
		names->service, "client",
		format_side(&connection->client, connection->client_port, client), "client_pod",
		names->client_pod, "origin",
		format_side(&connection->remote, connection->remote_port, origin), "target",
		has_target ? target : NULL, "target_pod", names->target_pod, "outcome",
		reason_outcome_names[reason_outcome(event)], "reason", reason_label(event->reason),
		"text", reason_describe(event, text), "then",
		event->then ? reason_label(event->then) : NULL, "failure",
		(int)reason_is_failure(event->reason), "duration_ns", (json_int_t)event->duration,
		"leg", (int)event->leg, "override_id", (json_int_t)event->override_id);
	if (object && add_line(object, event->line)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

json_t *event_lost_to_json(__u64 wall, unsigned int reason, __u64 count)
{
	char time[FORMAT_SIZE];

	return json_pack("{s:s, s:s, s:s, s:s, s:I}", "time", format_timestamp(wall, time),
			 "outcome", reason_outcome_names[REASON_OUTCOME_LOST], "reason",
			 reason_label(reason), "text", reason_text(reason), "count",
			 (json_int_t)count);
}
