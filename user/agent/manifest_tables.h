/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the manifests come to, and what changes in it from one time to the next: only contexts whose
 * file has changed, that have expired, or that a change of the cluster touches are resolved anew.
 * What they came to before is not kept but resolved once more, out of the objects of then.
 */
#ifndef SHUNT_USER_AGENT_MANIFEST_TABLES_H
#define SHUNT_USER_AGENT_MANIFEST_TABLES_H

#include <time.h>
#include "user/lib/changes.h"
#include "user/lib/manifest_index.h"
#include "user/lib/resolver.h"

/* A cluster's objects resolved. All zero is none. */
struct manifest_cluster {
	struct resolver *resolver;
	struct tables tables; /* without overrides */
	struct problems warnings;
};

/* All zero, but for files.directory, is one of which nothing was read. */
struct manifest_tables {
	struct manifest_files files;
	struct manifest_index index; /* of what was accepted last */
	struct manifest_cluster cluster; /* of index.cluster */
	time_t resolved_at;
	time_t next_expiry; /* of a context, or before it; 0: none */
	size_t unresolved; /* overrides */
	size_t notes; /* lines that there are to say of contexts */
	bool told; /* the next changes go out from what these are; else they are a snapshot */
	/* Within manifest_tables_read() to manifest_tables_finish(). */
	struct manifest_index next;
	struct manifest_cluster next_cluster;
	bool notes_changed;
};

/*
 * Reads the files of these names, or with NULL all. -EINVAL where something is refused, with all
 * that is in problems, and *tables is as it was; -ENOMEM, or the error of reading the directory.
 * Else manifest_tables_change() has to follow.
 */
int manifest_tables_read(struct manifest_tables *tables, char *const *names, size_t count,
			 struct problems *problems);

/*
 * What changes from the last time to now, which refers to *tables until manifest_tables_finish(); the
 * caller clears it. Also without reading, for what has expired. -ENOMEM.
 */
int manifest_tables_change(struct manifest_tables *tables, time_t now, struct changes *changes);

/*
 * Takes over what was read. What was to be said of it is what is said now. Unless the changes were
 * applied, the next ones are a snapshot.
 */
void manifest_tables_finish(struct manifest_tables *tables, bool applied);

/*
 * Adds what there is to say of the cluster and the contexts, which may be more lines than there is
 * room for. -ENOMEM.
 */
int manifest_tables_notes(const struct manifest_tables *tables, struct problems *notes);

void manifest_tables_clear(struct manifest_tables *tables);

#endif
