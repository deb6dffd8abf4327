/* SPDX-License-Identifier: Apache-2.0 */
/* Each table of the policy by its elements' indexes, which go by their keys. */
#ifndef SHUNT_USER_AGENT_POLICY_PART_H
#define SHUNT_USER_AGENT_POLICY_PART_H

#include "user/agent/policy_tables.h"

struct policy_part {
	enum pins_map map;
	bool closed; /* what cannot be written entirely is emptied first */
	size_t (*count)(const struct policy *policy);
	const void *(*key)(const struct policy *policy, size_t index);
	int (*compare)(const void *key_a, const void *key_b);
	__u32 (*length)(const void *key); /* of a prefix; else 0 */
	bool (*equal)(const struct policy *a, size_t i, const struct policy *b, size_t j);
	void (*encode)(const struct policy *policy, size_t index, void *value);
	maps_visit read; /* adds an element to the struct policy that is the argument */
};

extern const struct policy_part policy_parts[POLICY_TABLE_COUNT];

union policy_value {
	struct shunt_source source;
	struct shunt_allowed allowed;
	struct shunt_steer steer;
};

/* Writes what a person calls the element. */
void policy_part_describe(const struct policy_part *part, const struct policy *policy, size_t index,
			  char text[ELEMENT_TEXT_SIZE]);

/* Reads what all tables have, sorted as policy.h has it. *policy is written only on success. */
int policy_parts_read(const struct backend *backend, struct policy *policy);

#endif
