/* SPDX-License-Identifier: Apache-2.0 */
/* What single contexts change. Only manifest_*.c include this. */
#ifndef SHUNT_USER_AGENT_MANIFEST_STEP_H
#define SHUNT_USER_AGENT_MANIFEST_STEP_H

#include "user/agent/manifest_tables.h"

/* From *tables to the next index and cluster. */
struct manifest_step {
	struct manifest_tables *tables;
	struct manifest_index *next;
	const struct manifest_cluster *cluster; /* of the next */
	struct changes *changes;
	time_t now;
	struct resolver_rows old_rows;
	struct resolver_rows new_rows;
};

/*
 * Adds what is different between what a context came to and what the one of an entry comes to now;
 * either may be NULL. -ENOMEM.
 */
int manifest_step_context(struct manifest_step *step, const struct object_context *old,
			  struct manifest_entry *entry);

/* The same for all contexts that a file held or holds. */
int manifest_step_file(struct manifest_step *step, const struct manifest_file *file);

/* Adds what there is to say of a context as it was resolved last. -ENOMEM. */
int manifest_step_notes(const struct manifest_tables *tables, const struct object_context *context,
			struct problems *notes);

void manifest_step_clear(struct manifest_step *step);

#endif
