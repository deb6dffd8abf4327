/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of all files of a directory as one set, which follows from the one before it. */
#ifndef SHUNT_USER_LIB_MANIFEST_INDEX_H
#define SHUNT_USER_LIB_MANIFEST_INDEX_H

#include "user/lib/manifest_files.h"

struct manifest_entry {
	const struct object_context *context;
	const struct manifest_file *file;
	__u32 unresolved; /* overrides, by whoever resolves it */
	__u32 notes; /* lines that there are to say of it, the same */
};

/* All zero is empty. What it has is the files'. */
struct manifest_index {
	struct object_set *cluster; /* finished; no contexts */
	struct manifest_entry *entries; /* sorted by name */
	size_t count;
};

/*
 * Makes the index of what the files hold latest, out of that of what was accepted. -EINVAL where an
 * object is there twice, as object_set_finish() says in problems; -ENOMEM.
 *
 * Where nothing of the cluster has changed, the next one has none until manifest_index_replace().
 * The caller clears or replaces it.
 */
int manifest_index_next(const struct manifest_index *index, const struct manifest_files *files,
			struct manifest_index *next, struct problems *problems);

/* Puts the next one in the place of the other, whose cluster it takes over unless it has its own. */
void manifest_index_replace(struct manifest_index *index, struct manifest_index *next);

/* The entry of a context, or NULL. */
struct manifest_entry *manifest_index_find(const struct manifest_index *index, const char *name);

void manifest_index_clear(struct manifest_index *index);

#endif
