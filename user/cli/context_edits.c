// SPDX-License-Identifier: Apache-2.0
#include "user/cli/context_edits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/lib/text.h"

int context_edits_init(struct context_edits *edits)
{
	*edits = (struct context_edits){
		.overrides = json_array(),
		.removed = json_array(),
		.config = json_object(),
		.labels = json_object(),
	};
	if (edits->overrides && edits->removed && edits->config && edits->labels)
		return 0;
	context_edits_clear(edits);
	return -ENOMEM;
}

void context_edits_clear(struct context_edits *edits)
{
	json_decref(edits->overrides);
	json_decref(edits->removed);
	json_decref(edits->config);
	json_decref(edits->labels);
	*edits = (struct context_edits){0};
}

int context_edits_add_override(struct context_edits *edits, const char *text,
			       char problem[OVERRIDE_PROBLEM_SIZE])
{
	json_t *override, *other, *service;
	size_t i;
	int error;

	error = override_argument_parse(text, &override, problem);
	if (error)
		return error;
	service = json_object_get(override, "service");
	json_array_foreach(edits->overrides, i, other)
	{
		if (!json_equal(json_object_get(other, "service"), service))
			continue;
		snprintf(problem, OVERRIDE_PROBLEM_SIZE, "'%s': the service is given twice", text);
		json_decref(override);
		return -EINVAL;
	}
	return json_array_append_new(edits->overrides, override) ? -ENOMEM : 0;
}

int context_edits_set_expires(struct context_edits *edits, const char *text, time_t now,
			      char problem[OVERRIDE_PROBLEM_SIZE])
{
	unsigned long seconds;
	time_t time;

	edits->unlimited = !strcmp(text, "never");
	edits->expires[0] = '\0';
	if (edits->unlimited)
		return 0;
	if (!text_parse_duration(text, &seconds)) {
		when_write(now + (time_t)seconds, edits->expires);
		/* Years have four digits. */
		if (!text_parse_time(edits->expires, &time))
			return 0;
	} else if (strlen(text) < sizeof(edits->expires) && !text_parse_time(text, &time)) {
		if (time > now) {
			strcpy(edits->expires, text);
			return 0;
		}
		snprintf(problem, OVERRIDE_PROBLEM_SIZE, "is over already: %s", text);
		return -EINVAL;
	}
	edits->expires[0] = '\0';
	snprintf(problem, OVERRIDE_PROBLEM_SIZE,
		 "not a time as 30m, 12h, 3d, 2026-12-01T00:00:00Z or never: %s", text);
	return -EINVAL;
}

int context_edits_add_pair(json_t *map, const char *text, char problem[OVERRIDE_PROBLEM_SIZE])
{
	const char *equals = strchr(text, '=');
	size_t length = equals ? (size_t)(equals - text) : strlen(text);
	char key[OVERRIDE_PROBLEM_SIZE];
	json_t *value;

	/* "key-" */
	if (!equals && length && text[length - 1] == '-')
		length--;
	else if (!equals)
		length = 0;
	if (!length || length >= sizeof(key)) {
		snprintf(problem, OVERRIDE_PROBLEM_SIZE,
			 "has to be KEY=VALUE, or KEY- to remove it: %s", text);
		return -EINVAL;
	}
	snprintf(key, sizeof(key), "%.*s", (int)length, text);
	value = equals ? json_string(equals + 1) : json_null();
	if (!value || json_object_set_new(map, key, value)) {
		snprintf(problem, OVERRIDE_PROBLEM_SIZE, "has to be UTF-8");
		return -EINVAL;
	}
	return 0;
}
