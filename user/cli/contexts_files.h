/* SPDX-License-Identifier: Apache-2.0 */
/* The contexts in a directory of manifests, and where each is. */
#ifndef SHUNT_USER_CLI_CONTEXTS_FILES_H
#define SHUNT_USER_CLI_CONTEXTS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>
#include "user/cli/contexts.h"

struct contexts_file {
	char *path;
	json_t *object;
	unsigned int line;
	bool alone; /* nothing else is in the file */
	char version[CONTEXTS_VERSION_SIZE];
};

struct contexts_files {
	struct contexts_file *items; /* by context's name */
	size_t count;
	size_t capacity;
};

/* Says what is wrong and returns -errno. On success the caller clears *files. */
int contexts_files_read(const char *directory, struct contexts_files *files);

/* NULL where there is none. */
const struct contexts_file *contexts_files_find(const struct contexts_files *files,
						const char *name);

/* Safe on a zeroed struct. */
void contexts_files_clear(struct contexts_files *files);

/* Writes an object in place of the file, whole or not at all. Says what is wrong, returns -errno. */
int contexts_files_write(const char *path, const json_t *object);

#endif
