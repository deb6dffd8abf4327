/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's tables as those see them that fill them, so that it can be done without a kernel. */
#ifndef SHUNT_USER_AGENT_BACKEND_H
#define SHUNT_USER_AGENT_BACKEND_H

#include <stdbool.h>
#include "user/lib/maps.h"

struct kernel;

struct backend {
	void *context;

	/*
	 * Adds or replaces *count elements, each at once, in order. Stops at the first that fails,
	 * writes how many were done to *count and returns the error: -E2BIG where the map is full.
	 */
	int (*update)(void *context, enum pins_map map, const void *keys, const void *values,
		      __u32 *count);

	/* The same for removal; -ENOENT where an element is not there. Those of `service_stats` are always
	 * there: one at a time is cleared. */
	int (*remove)(void *context, enum pins_map map, const void *keys, __u32 *count);

	/* As maps_each(). */
	int (*each)(void *context, enum pins_map map, maps_visit visit, void *argument);

	/* Puts a table of markers in force as a whole. *changed: it was another one before. */
	int (*set_markers)(void *context, const struct shunt_markers *markers, bool *changed);

	/* The same with the keys of passports. */
	int (*set_keys)(void *context, const struct shunt_keys *keys, bool *changed);

	/* Puts flags of `settings` in force, but for that of the next two and SHUNT_SETTINGS_PROPAGATION. */
	int (*set_flags)(void *context, __u32 flags);

	/* Whether elements of `staged` are in force that have this number, of the next generation. */
	int (*get_stage)(void *context, bool *in_force, __u32 *number);

	int (*set_stage)(void *context, bool in_force);

	/* Notes that another generation was applied, and gives its number. */
	int (*finish)(void *context, __u64 *generation);
};

/* The backend for real maps; the kernel must outlive it. */
struct backend backend_for_kernel(const struct kernel *kernel);

/* Tables that are in the mirror only. */
struct backend_memory {
	struct shunt_markers markers;
	struct shunt_keys keys;
	__u64 generation;
};

struct backend backend_for_memory(struct backend_memory *memory);

#endif
