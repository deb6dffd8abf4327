// SPDX-License-Identifier: Apache-2.0
#include "user/cli/context_print.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include "user/cli/context_object.h"
#include "user/cli/table.h"
#include "user/cli/visible.h"
#include "user/cli/when.h"
#include "user/lib/log.h"

#define TARGET_SIZE 320
#define LINE_SIZE 900

static const char *get_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static const char *get_reason(const json_t *status)
{
	const char *message = get_text(status, "message");

	return message && *message ? message : get_text(status, "reason");
}

static void print_line(FILE *file, const char *name, const char *value)
{
	char shown[VISIBLE_SIZE];

	if (value && *value)
		fprintf(file, "%-13s%s\n", name, visible(value, shown));
}

static void print_time(FILE *file, const char *name, const char *value, const char *absent)
{
	char text[WHEN_SIZE], shown[VISIBLE_SIZE];

	if (value)
		fprintf(file, "%-13s%s, %s\n", name, visible(value, shown),
			when_describe(value, absent, text));
	else if (absent)
		fprintf(file, "%-13s%s\n", name, absent);
}

static void print_pairs(FILE *file, const char *name, const json_t *map)
{
	char key_text[VISIBLE_SIZE], value_text[VISIBLE_SIZE];
	const char *key, *shown = name;
	json_t *value;

	json_object_foreach((json_t *)map, key, value)
	{
		fprintf(file, "%-13s%s=%s\n", shown, visible(key, key_text),
			visible(json_is_string(value) ? json_string_value(value) : "", value_text));
		shown = "";
	}
}

/* Its endpoints, or why there are none. */
static void describe(const json_t *status, char text[LINE_SIZE])
{
	const json_t *endpoints = json_object_get(status, "endpoints"), *endpoint;
	const char *reason = get_reason(status), *since = get_text(status, "since");
	char when[WHEN_SIZE];
	size_t used = 0, i;

	text[0] = '\0';
	json_array_foreach(endpoints, i, endpoint)
	{
		const char *address = json_string_value(endpoint);

		if (address && used < LINE_SIZE)
			used += (size_t)snprintf(text + used, LINE_SIZE - used, "%s%s",
						 used ? " " : "", address);
	}
	if (reason && *reason && used < LINE_SIZE)
		used += (size_t)snprintf(text + used, LINE_SIZE - used, "%s%s", used ? "; " : "",
					 reason);
	if (since && used < LINE_SIZE && reason && *reason)
		snprintf(text + used, LINE_SIZE - used, ", since %s",
			 when_describe(since, "", when));
}

static int print_overrides(const json_t *object, FILE *file)
{
	static const char *const headings[] = {"service", "override",  "unreachable",
					       "state",	  "endpoints", NULL};
	const json_t *overrides = context_object_map(object, "spec", "overrides"), *override;
	struct table *table = table_new(headings);
	char target[TARGET_SIZE], line[LINE_SIZE];
	int error;
	size_t i;

	if (!table)
		return -ENOMEM;
	json_array_foreach(overrides, i, override)
	{
		const char *service = get_text(override, "service");
		const char *policy = get_text(override, "onUnreachable");
		const json_t *status =
			context_object_override_status(object, service ? service : "");

		describe(status, line);
		table_add(table, service);
		table_add(table, context_object_target(override, target, sizeof(target)));
		table_add(table, policy ? policy : "error");
		table_add(table, get_text(status, "state"));
		table_add(table, line);
	}
	error = table_print(table, file);
	table_free(table);
	return error;
}

/* Why the manager does not understand it, or NULL. */
static const char *get_problem(const json_t *status)
{
	const json_t *conditions = json_object_get(status, "conditions"), *condition;
	size_t i;

	json_array_foreach(conditions, i, condition)
	{
		const char *type = get_text(condition, "type");
		const char *said = get_text(condition, "status");

		if (type && said && strcmp(type, "Accepted") == 0 && strcmp(said, "False") == 0)
			return get_text(condition, "message");
	}
	return NULL;
}

int context_print(const json_t *object, FILE *file)
{
	const json_t *status = json_object_get(object, "status");
	char state[CONTEXT_STATE_SIZE];

	print_line(file, "context:", context_object_name(object));
	print_line(file, "owner:", context_object_annotation(object, CONTEXT_OBJECT_OWNER));
	print_line(file, "description:", get_text(json_object_get(object, "spec"), "description"));
	print_pairs(file, "labels:", context_object_map(object, "metadata", "labels"));
	print_time(file,
		   "created:", get_text(json_object_get(object, "metadata"), "creationTimestamp"),
		   NULL);
	print_time(file, "expires:", context_object_expires(object), "never");
	if (status)
		print_time(file, "last used:", get_text(status, "lastUsed"), "never");
	print_line(file, "state:", context_print_state(object, state));
	print_line(file, "problem:", get_problem(status));
	if (context_object_is_signed(object))
		print_line(file, "markers:", "only signed ones count");
	print_pairs(file, "config:", context_object_map(object, "spec", "config"));
	fputc('\n', file);
	return print_overrides(object, file);
}

const char *context_print_state(const json_t *object, char text[CONTEXT_STATE_SIZE])
{
	size_t count = json_array_size(context_object_map(object, "spec", "overrides"));
	const json_t *said = context_object_map(object, "status", "overrides");
	size_t unresolved = context_object_unresolved(object);

	if (context_object_is_expired(object, time(NULL)))
		snprintf(text, CONTEXT_STATE_SIZE, "expired");
	else if (unresolved)
		snprintf(text, CONTEXT_STATE_SIZE, "%zu of %zu unresolved", unresolved, count);
	else if (said && json_array_size(said) >= count)
		snprintf(text, CONTEXT_STATE_SIZE, "resolved");
	else
		text[0] = '\0';
	return text;
}

/* Some of the service's ports have endpoints. */
static bool is_partial(const json_t *status)
{
	const char *state = get_text(status, "state");

	return state && strcmp(state, "Partial") == 0;
}

void context_print_unresolved(const json_t *object)
{
	const json_t *list = context_object_map(object, "status", "overrides"), *status;
	char service_text[VISIBLE_SIZE], reason_text[VISIBLE_SIZE];
	size_t i;

	json_array_foreach(list, i, status)
	{
		const char *service = get_text(status, "service"), *reason = get_reason(status);

		if (context_object_is_resolved(status))
			continue;
		log_line("context %s: %s is %s resolved: %s; its requests %sgo to the origin",
			 context_object_name(object),
			 visible(service ? service : "?", service_text),
			 is_partial(status) ? "partly" : "not",
			 visible(reason && *reason ? reason : "no reason is given", reason_text),
			 is_partial(status) ? "to the other ports " : "");
	}
}
