/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of a reading share. Only reading*.c include this. */
#ifndef SHUNT_USER_LIB_READING_STATE_H
#define SHUNT_USER_LIB_READING_STATE_H

#include "user/lib/reading.h"

struct reading_state {
	const struct marker *list;
	size_t count;
	struct reading *reading;
	char *problem;
};

/* Bytes of a line. */
struct reading_span {
	const char *at;
	size_t length;
};

/* The marker of that name in a place, or NULL. */
const struct marker *reading_find(const struct reading_state *state, enum shunt_marker_place place,
				  struct reading_span name);

/* Adds what was found. -ENOMEM; *added, if not NULL, is valid until the next is added. */
int reading_add(struct reading_state *state, const struct marker *marker, struct reading_span value,
		struct reading_marker **added);

/* reading_carrier.c: the value of a carrier's field. */
int reading_carrier(struct reading_state *state, struct reading_span value);

#endif
