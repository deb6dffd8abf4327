/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's tables of the policy - sources, fence_allowed and steered - and bringing them to
 * another one. Element by element, so that at no moment a client's markers count who has this neither
 * in the policy before nor in the one that comes.
 */
#ifndef SHUNT_USER_AGENT_POLICY_TABLES_H
#define SHUNT_USER_AGENT_POLICY_TABLES_H

#include "user/agent/apply.h"
#include "user/lib/policy.h"

#define POLICY_TABLE_COUNT 3
extern const enum pins_map policy_maps[POLICY_TABLE_COUNT];

/* All zero: what the kernel has is to be read first. */
struct policy_tables {
	struct policy policy; /* the last one that was wanted, or found */
	bool given; /* somebody has wanted one */
	bool exact; /* the kernel has just that */
	struct apply_table tables[POLICY_TABLE_COUNT]; /* as policy_maps */
};

/* Takes what the kernel has for what is wanted. The caller clears *tables. */
int policy_tables_read(struct policy_tables *tables, const struct backend *backend);

/*
 * Writes what is different; NULL: tries again to write the last policy. What cannot be written is
 * left out: of the sources so that too few markers count, not too many. An error where the tables
 * cannot be read, the settings not be written, or -ENOMEM; it is to be tried again then too.
 */
int policy_tables_apply(struct policy_tables *tables, const struct backend *backend,
			const struct policy *wanted);

/* How many elements of all tables could not be written. */
size_t policy_tables_left_out(const struct policy_tables *tables);

void policy_tables_clear(struct policy_tables *tables);

#endif
