/* SPDX-License-Identifier: Apache-2.0 */
/* What a marker may be called in its place. */
#ifndef SHUNT_USER_LIB_MARKERS_NAME_H
#define SHUNT_USER_LIB_MARKERS_NAME_H

#include <stdbool.h>
#include "user/lib/markers.h"

#define MARKERS_NAME_PROBLEM_SIZE 448

/*
 * Whether a marker of the form may have this name: a token of RFC 9110 for a field, a cookie and a
 * member of baggage, unreserved characters of RFC 3986 for a query parameter, a key of W3C Trace
 * Context for tracestate. Fields that mean something else are refused. False with a problem that
 * says the rule.
 */
bool markers_name_is_valid(enum shunt_marker_form form, const char *name,
			   char problem[MARKERS_NAME_PROBLEM_SIZE]);

#endif
