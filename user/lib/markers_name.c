// SPDX-License-Identifier: Apache-2.0
#include "user/lib/markers_name.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define ALPHANUMERIC LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS
#define TOKEN ALPHANUMERIC "!#$%&'*+-.^_`|~" /* RFC 9110, 5.6.2 */

static const struct rule {
	const char *characters; /* NULL: everything that is printed */
	const char *text; /* completes "has to be 1 to 63 " */
} rules[SHUNT_MARKER_FORM_COUNT] = {
	[SHUNT_MARKER_HEADER] = {TOKEN, "characters of a field name (RFC 9110)"},
	[SHUNT_MARKER_COOKIE] = {TOKEN, "characters of a cookie name (RFC 6265)"},
	[SHUNT_MARKER_QUERY] = {ALPHANUMERIC "-._~", "of A-Z a-z 0-9 - . _ ~ (RFC 3986)"},
	[SHUNT_MARKER_BAGGAGE] = {TOKEN, "characters of a key (W3C Baggage)"},
	[SHUNT_MARKER_TRACESTATE] = {LOWER DIGITS "_-*/@", "of a-z 0-9 _ - * / @, the first of "
							   "a-z 0-9 (W3C Trace Context)"},
	[SHUNT_MARKER_OT] = {TOKEN, "characters of a field name, which follow " MARKERS_OT_PREFIX},
	[SHUNT_MARKER_UBERCTX] =
		{TOKEN, "characters of a field name, which follow " MARKERS_UBERCTX_PREFIX},
	[SHUNT_MARKER_CARRIER] = {NULL, "printable ASCII characters"},
	[SHUNT_MARKER_OVERRIDES] = {NULL, "printable ASCII characters"},
};

/* Fields that cannot be a marker of the form `header`, and what to do instead. */
static const struct {
	const char *name;
	const char *advice;
} reserved[] = {
	{"cookie", "holds many cookies; write form: cookie and the cookie's name"},
	{"baggage", "holds many members; write form: baggage and the member's name"},
	{"tracestate", "holds many members; write form: tracestate and the member's name"},
	{MARKERS_CARRIER_FIELD, "holds many items; write form: carrier and the item's name"},
	{"content-length", "frames requests; choose another name"},
	{"transfer-encoding", "frames requests; choose another name"},
	{"connection", "is about the connection; choose another name"},
	{"upgrade", "is about the connection; choose another name"},
};

static bool is_printable(const char *name)
{
	for (; *name; name++) {
		if (*name < ' ' || *name > '~')
			return false;
	}
	return true;
}

static bool follows(enum shunt_marker_form form, const char *name)
{
	size_t length = strlen(name);

	if (length < 1 || length > markers_name_max(form))
		return false;
	if (form == SHUNT_MARKER_TRACESTATE && !strchr(LOWER DIGITS, name[0]))
		return false;
	return rules[form].characters ? strspn(name, rules[form].characters) == length
				      : is_printable(name);
}

bool markers_name_is_valid(enum shunt_marker_form form, const char *name,
			   char problem[MARKERS_NAME_PROBLEM_SIZE])
{
	if (!follows(form, name)) {
		snprintf(problem, MARKERS_NAME_PROBLEM_SIZE, "has to be 1 to %zu %s, but is \"%s\"",
			 markers_name_max(form), rules[form].text, name);
		return false;
	}
	for (size_t i = 0; form == SHUNT_MARKER_HEADER && i < sizeof(reserved) / sizeof(*reserved);
	     i++) {
		if (!strcasecmp(name, reserved[i].name)) {
			snprintf(problem, MARKERS_NAME_PROBLEM_SIZE, "the field %s %s",
				 reserved[i].name, reserved[i].advice);
			return false;
		}
	}
	return true;
}
