// SPDX-License-Identifier: Apache-2.0
#include "user/cli/trace_print.h"

#include <stdbool.h>
#include "user/lib/address.h"
#include "user/lib/format.h"
#include "user/lib/reason.h"

static const char *format_client(const struct shunt_event *event,
				 char text[ADDRESS_ENDPOINT_TEXT_SIZE])
{
	struct shunt_endpoint client =
		address_with_port(&event->connection.client, event->connection.client_port);

	return address_format_endpoint(&client, text);
}

/* A request that could not be moved has no target. */
static bool has_target(const struct shunt_event *event)
{
	return event->target.port != 0;
}

void trace_print_text(FILE *file, const struct shunt_event *event, __u64 wall, const char *service)
{
	char client[ADDRESS_ENDPOINT_TEXT_SIZE], target[ADDRESS_ENDPOINT_TEXT_SIZE];
	char time[FORMAT_SIZE], text[REASON_TEXT_SIZE];

	address_format_endpoint(&event->target, target);
	fprintf(file, "%s  %.*s  %s  %s → %s  %s\n", format_time_of_day(wall, time),
		SHUNT_CONTEXT_NAME_MAX, event->context[0] ? event->context : "-", service,
		format_client(event, client), has_target(event) ? target : "-",
		reason_describe(event, text));
}

json_t *trace_to_json(const struct shunt_event *event, __u64 wall, const char *service)
{
	struct shunt_endpoint remote =
		address_with_port(&event->connection.remote, event->connection.remote_port);
	char client[ADDRESS_ENDPOINT_TEXT_SIZE], target[ADDRESS_ENDPOINT_TEXT_SIZE];
	char origin[ADDRESS_ENDPOINT_TEXT_SIZE], context[SHUNT_CONTEXT_NAME_MAX + 1];
	char time[FORMAT_SIZE], text[REASON_TEXT_SIZE];

	address_format_endpoint(&event->target, target);
	snprintf(context, sizeof(context), "%.*s", SHUNT_CONTEXT_NAME_MAX, event->context);
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s?, s:s, s:s, s:b, s:I, s:i, s:I}", "time",
		format_timestamp(wall, time), "context", context, "service", service, "client",
		format_client(event, client), "origin", address_format_endpoint(&remote, origin),
		"target", has_target(event) ? target : NULL, "reason", reason_label(event->reason),
		"text", reason_describe(event, text), "failure",
		(int)reason_is_failure(event->reason), "duration_ns", (json_int_t)event->duration,
		"leg", (int)event->leg, "override_id", (json_int_t)event->override_id);
}
