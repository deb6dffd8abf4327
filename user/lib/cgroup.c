// SPDX-License-Identifier: Apache-2.0
#include "user/lib/cgroup.h"

#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <linux/magic.h>

int cgroup_find(char *path, size_t size)
{
	struct mntent *entry;
	int error = -ENOENT;
	FILE *mounts;

	mounts = setmntent("/proc/mounts", "re");
	if (!mounts)
		return -errno;
	while ((entry = getmntent(mounts)))
		if (strcmp(entry->mnt_type, "cgroup2") == 0)
			break;
	if (entry) {
		error = strlen(entry->mnt_dir) < size ? 0 : -ENAMETOOLONG;
		if (!error)
			strcpy(path, entry->mnt_dir);
	}
	endmntent(mounts);
	return error;
}

int cgroup_id(const char *path, __u64 *id)
{
	struct statfs filesystem;
	struct stat status;

	if (statfs(path, &filesystem) || stat(path, &status))
		return -errno;
	if (filesystem.f_type != CGROUP2_SUPER_MAGIC || !S_ISDIR(status.st_mode))
		return -ENOTDIR;
	*id = status.st_ino;
	return 0;
}
