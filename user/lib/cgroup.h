/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_CGROUP_H
#define SHUNT_USER_LIB_CGROUP_H

#include <stddef.h>
#include <linux/types.h>

/*
 * Writes where the cgroup v2 hierarchy is mounted, as /proc/mounts says. -ENOENT where it is not,
 * -ENAMETOOLONG where path is too small.
 */
int cgroup_find(char *path, size_t size);

/* The id of the cgroup at path, as the kernel reports it for links. -ENOTDIR where path is none. */
int cgroup_id(const char *path, __u64 *id);

#endif
