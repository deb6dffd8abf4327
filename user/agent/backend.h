/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's tables as the applier sees them, so that it can be tested without a kernel. */
#ifndef SHUNT_USER_AGENT_BACKEND_H
#define SHUNT_USER_AGENT_BACKEND_H

#include "user/lib/maps.h"

struct backend {
	void *context;

	/*
	 * Adds or replaces *count elements, each at once, in order. Stops at the first that fails,
	 * writes how many were done to *count and returns the error: -E2BIG where the map is full.
	 */
	int (*update)(void *context, enum pins_map map, const void *keys, const void *values,
		      __u32 *count);

	/* The same for removal; -ENOENT where an element is not there. */
	int (*remove)(void *context, enum pins_map map, const void *keys, __u32 *count);

	/* As maps_each(). */
	int (*each)(void *context, enum pins_map map, maps_visit visit, void *argument);
};

/* The backend for real maps, which must outlive it. */
struct backend backend_for_maps(const struct maps *maps);

#endif
