/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which contexts a change of the cluster can make different. An override depends on its service, on
 * the pods that are offloaded for that and the addresses that are listed for it, on whether these may
 * be targets, and on the pod that it names; these are compared, so that a pod that is replaced does
 * not cost the resolution of every context.
 */
#ifndef SHUNT_USER_LIB_TOUCHED_H
#define SHUNT_USER_LIB_TOUCHED_H

#include <stdbool.h>
#include "user/lib/object.h"

struct touched_key {
	const char *namespace;
	const char *name;
};

struct touched_keys {
	struct touched_key *items; /* sorted */
	size_t count;
	size_t capacity;
};

/* All zero is nothing. */
struct touched {
	bool all; /* every context */
	struct touched_keys services;
	struct touched_keys pods;
};

/*
 * Writes what differs between two finished sets, both of which have to outlive *touched: old may be
 * NULL, then all does. The caller clears *touched.
 */
void touched_find(const struct object_set *old, const struct object_set *new,
		  struct touched *touched);

/* Whether what the context's overrides come to may be another with each of the two. */
bool touched_has(const struct touched *touched, const struct object_context *context);

bool touched_is_empty(const struct touched *touched);

void touched_clear(struct touched *touched);

#endif
