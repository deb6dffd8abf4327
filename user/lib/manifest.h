/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of manifests as one set of objects. */
#ifndef SHUNT_USER_LIB_MANIFEST_H
#define SHUNT_USER_LIB_MANIFEST_H

#include <dirent.h>
#include <stdbool.h>
#include "user/lib/object.h"
#include "user/lib/problems.h"

/*
 * Reads every manifest directly in directory, by name in bytewise order. Symbolic links to files
 * are followed, as ConfigMap mounts have them. All or nothing: on any problem *set is untouched,
 * every problem found is listed and the result is -EINVAL (-ENOMEM for want of memory, or the
 * error of opening the directory). On success the caller clears *set.
 */
int manifest_load(const char *directory, struct object_set *set, struct problems *problems);

/* Adds the objects of one file to a set; path is copied. As object_set_add(). */
int manifest_load_file(const char *path, struct object_set *set, struct problems *problems);

/*
 * The names of the manifests in directory, sorted: how many, or the error of reading it, which is in
 * problems then. The caller frees each entry and *entries.
 */
int manifest_list(const char *directory, struct dirent ***entries, struct problems *problems);

/* Whether a file of this name is read: *.yaml, *.yml or *.json, but not hidden or an editor's. */
bool manifest_is_name(const char *name);

#endif
