/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overrides that change together. The kernel takes elements one by one; so that all of a generation's
 * overrides are in force at the same moment, they are written to `staged` first, where nobody looks, and
 * then put in force from there with one bit, until `overrides` has them too.
 */
#ifndef SHUNT_USER_AGENT_STAGE_H
#define SHUNT_USER_AGENT_STAGE_H

#include "user/agent/backend.h"

/* All zero is empty. */
struct stage {
	struct shunt_override_key *keys;
	size_t key_capacity;
	struct shunt_override *values;
	size_t value_capacity;
	size_t count;
	bool in_force;
};

/* Adds what an override becomes; without endpoints: it is removed. -ENOMEM. */
int stage_add(struct stage *stage, const struct shunt_override_key *key,
	      const struct shunt_override *value);

/*
 * Puts all that was added in force, at once. Does nothing where it is one override, which is replaced at
 * once anyway, or where the kernel has no room for all.
 */
void stage_begin(struct stage *stage, const struct backend *backend);

/* `overrides` has them: it alone counts again. Frees the stage. */
void stage_end(struct stage *stage, const struct backend *backend);

/* Finishes what an agent has left that was killed between the two. */
int stage_recover(const struct backend *backend);

#endif
