/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Shunt reads in one line of a request: the markers, and the context that it would take. It
 * follows the kernel's rules (bpf/markers.h, bpf/carrier.h).
 */
#ifndef SHUNT_USER_LIB_READING_H
#define SHUNT_USER_LIB_READING_H

#include "user/lib/carrier.h"
#include "user/lib/markers.h"
#include "user/lib/overrides.h"

#define READING_TEXT_SIZE 512

struct reading_marker {
	const struct marker *marker; /* of the list that was given */
	char *value; /* as it stands there */
	char context[SHUNT_CONTEXT_NAME_MAX + 1]; /* empty: it names none */
	bool is_signed; /* whether rightly, only the control plane knows */
	Shunt__V1__Overrides *overrides; /* of the form OVERRIDES; NULL: malformed */
};

/* All zero is empty. */
struct reading {
	char *field; /* the header field's name; NULL: a query */
	bool has_carrier;
	struct carrier carrier;
	struct reading_marker *markers; /* in the order of the line */
	size_t marker_count;
	size_t marker_capacity;
	const struct reading_marker *taken; /* NULL: none */
	char reason[READING_TEXT_SIZE]; /* why nothing is taken */
	char malformed[PROTO_PROBLEM_SIZE]; /* a list of endpoints that is; empty: none is */
};

/*
 * Reads "name: value" of a header, or a query: "?a=b", "a=b", a URL or a request line that has one.
 * list is what is obeyed, by precedence, and has to outlive *reading. -EINVAL where the line is
 * malformed: problem says what is, and where; -ENOMEM. On success the caller clears *reading.
 */
int reading_make(const char *line, const struct marker *list, size_t count, struct reading *reading,
		 char problem[READING_TEXT_SIZE]);

/* Safe on a zeroed struct and on NULL. */
void reading_clear(struct reading *reading);

#endif
