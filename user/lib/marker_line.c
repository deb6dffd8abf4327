// SPDX-License-Identifier: Apache-2.0
#include "user/lib/marker_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/carrier.h"

/* "name=value", a member of a list. */
static int make_member(const struct marker *marker, const char *context, char **value)
{
	if (asprintf(value, "%s=%s", marker->name, context) >= 0)
		return 0;
	*value = NULL;
	return -ENOMEM;
}

static int make_value(const struct marker *marker, const char *context, char **value)
{
	switch (marker->form) {
	case SHUNT_MARKER_COOKIE:
	case SHUNT_MARKER_BAGGAGE:
	case SHUNT_MARKER_TRACESTATE:
		return make_member(marker, context, value);
	case SHUNT_MARKER_CARRIER:
		return carrier_make(marker->name, context, value);
	default:
		*value = strdup(context);
		return *value ? 0 : -ENOMEM;
	}
}

static void name_line(const struct marker *marker, struct marker_line *line)
{
	line->is_field = markers_field_name(marker, line->name);
	if (marker->form == SHUNT_MARKER_COOKIE)
		line->name[0] = 'C'; /* as clients write it */
	if (!line->is_field)
		snprintf(line->name, sizeof(line->name), "%s", marker->name);
}

int marker_line_make(const struct marker *marker, const char *context, struct marker_line *line)
{
	struct marker_line made = {0};
	int error;

	error = make_value(marker, context, &made.value);
	if (error)
		return error;
	name_line(marker, &made);
	*line = made;
	return 0;
}

int marker_line_make_overrides(const struct marker *marker, const struct overrides_route *routes,
			       size_t count, struct marker_line *line)
{
	struct marker_line made = {0};
	char *list;
	int error;

	error = overrides_write(routes, count, &list);
	if (error)
		return error;
	error = carrier_make(marker->name, list, &made.value);
	free(list);
	if (error)
		return error;
	name_line(marker, &made);
	*line = made;
	return 0;
}

char *marker_line_text(const struct marker_line *line)
{
	char *text;

	if (asprintf(&text, "%s%s%s", line->name, line->is_field ? ": " : "=", line->value) < 0)
		return NULL;
	return text;
}

void marker_line_clear(struct marker_line *line)
{
	if (!line)
		return;
	free(line->value);
	*line = (struct marker_line){0};
}
