/* SPDX-License-Identifier: Apache-2.0 */
/* The lines that `shunt header` prints. */
#ifndef SHUNT_USER_CLI_HEADER_PRINT_H
#define SHUNT_USER_CLI_HEADER_PRINT_H

#include <stdbool.h>
#include "user/cli/command.h"
#include "user/lib/markers.h"
#include "user/lib/overrides.h"

struct header_request {
	const char *name; /* of the context; NULL where only endpoints are listed */
	const char *marker; /* what names it: its name, or that signed */
	const struct overrides_route *routes;
	size_t route_count;
	bool forms[SHUNT_MARKER_FORM_COUNT]; /* wanted */
	bool all; /* every form that there is something to print for */
};

/* Prints a line for each wanted form, by the first of the markers that has it. Returns the status. */
int header_print(const struct globals *globals, const struct marker *markers, size_t count,
		 const struct header_request *request);

#endif
