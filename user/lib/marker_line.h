/* SPDX-License-Identifier: Apache-2.0 */
/* What a client has to send to name a context. */
#ifndef SHUNT_USER_LIB_MARKER_LINE_H
#define SHUNT_USER_LIB_MARKER_LINE_H

#include <stdbool.h>
#include "user/lib/markers.h"
#include "user/lib/overrides.h"

/* A header field, or a parameter of a query. All zero is empty. */
struct marker_line {
	bool is_field;
	char name[SHUNT_MARKER_NAME_MAX + 1];
	char *value;
};

/* The line by which the marker, of any form but OVERRIDES, names a context. -ENOMEM. */
int marker_line_make(const struct marker *marker, const char *context, struct marker_line *line);

/* The same for a marker of the form OVERRIDES, which lists endpoints itself. */
int marker_line_make_overrides(const struct marker *marker, const struct overrides_route *routes,
			       size_t count, struct marker_line *line);

/* "name: value" or "name=value", to be freed by the caller; NULL for want of memory. */
char *marker_line_text(const struct marker_line *line);

/* Safe on a zeroed struct and on NULL. */
void marker_line_clear(struct marker_line *line);

#endif
