/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of manifests file by file, so that what one change costs goes with the files that it
 * is in. What a file held when it was last accepted stays until what it holds now is.
 */
#ifndef SHUNT_USER_LIB_MANIFEST_FILES_H
#define SHUNT_USER_LIB_MANIFEST_FILES_H

#include <stdbool.h>
#include "user/lib/object.h"
#include "user/lib/problems.h"

/* What a file held when it was read. */
struct manifest_content {
	char *path; /* its objects refer to it */
	struct object_set cluster; /* all but contexts */
	struct object_context **contexts; /* each in one block; sorted */
	size_t context_count;
};

struct manifest_file {
	char *name;
	struct manifest_content *accepted; /* NULL: it was not there */
	struct manifest_content *latest; /* NULL: it is not there, or refused */
	bool refused; /* cannot be understood, so it is read each time */
	bool seen; /* while the directory is read */
};

/* All zero but for the directory's path is one of which nothing was read. */
struct manifest_files {
	const char *directory;
	struct manifest_file **items; /* sorted by name */
	size_t count;
	size_t capacity;
	bool unread; /* some could not be read for want of memory or of the directory */
};

/*
 * Reads the files of these names, which may be there or not, and those that were refused; with NULL,
 * or where the last reading broke off, all of the directory. Then the latest are what manifest_load() would read: -EINVAL where it would
 * refuse a file, with its words in problems; -ENOMEM, or the error of opening the directory.
 */
int manifest_files_read(struct manifest_files *files, char *const *names, size_t count,
			struct problems *problems);

static inline bool manifest_file_has_changed(const struct manifest_file *file)
{
	return file->accepted != file->latest;
}

/* Whether a content, or NULL, has objects of a cluster. */
bool manifest_content_has_cluster(const struct manifest_content *content);

/* What is latest is accepted; what was before is freed. */
void manifest_files_accept(struct manifest_files *files);

void manifest_files_clear(struct manifest_files *files);

#endif
