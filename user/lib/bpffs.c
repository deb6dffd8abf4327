// SPDX-License-Identifier: Apache-2.0
#include "user/lib/bpffs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>

#define MOUNT_POINT "/sys/fs/bpf"

bool bpffs_holds(const char *path)
{
	struct statfs filesystem;

	return statfs(path, &filesystem) == 0 && filesystem.f_type == BPF_FS_MAGIC;
}

static int mount_where_missing(const char *directory)
{
	struct statfs filesystem;

	if (strncmp(directory, MOUNT_POINT "/", strlen(MOUNT_POINT "/")) != 0)
		return 0;
	if (statfs(MOUNT_POINT, &filesystem))
		return -errno;
	/* Its directory is made by sysfs: still seeing that one means that nothing is mounted. */
	if (filesystem.f_type != SYSFS_MAGIC)
		return 0;
	if (mount("bpf", MOUNT_POINT, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return -errno;
	return 0;
}

/*
 * Makes the directory that the part of path up to slash names, if it is missing. *held says
 * whether its parent is on a BPF file system; afterwards, whether it is itself. Nothing is made
 * anywhere else.
 */
static int make_directory(char *path, char *slash, bool *held)
{
	char saved = *slash;
	struct stat status;
	int error = 0;

	*slash = '\0';
	if (stat(path, &status) == 0)
		*held = bpffs_holds(path);
	else if (errno != ENOENT)
		error = -errno;
	else if (!*held)
		error = -EMEDIUMTYPE;
	else if (mkdir(path, 0700))
		error = -errno;
	*slash = saved;
	return error;
}

int bpffs_prepare(const char *directory)
{
	char path[PATH_MAX];
	char *slash = path;
	bool held = false;
	int error;

	if (strlen(directory) >= sizeof(path))
		return -ENAMETOOLONG;
	strcpy(path, directory);
	error = mount_where_missing(directory);
	while (!error && *slash) {
		slash = strchrnul(slash + 1, '/');
		error = make_directory(path, slash, &held);
	}
	return error ? error : held ? 0 : -EMEDIUMTYPE;
}

int bpffs_lock(const char *directory, int *lock)
{
	struct stat locked, named;
	int error, fd;

	for (;;) {
		fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX | LOCK_NB) || fstat(fd, &locked) || stat(directory, &named)) {
			error = -errno;
			close(fd);
			return error;
		}
		if (locked.st_ino == named.st_ino && locked.st_dev == named.st_dev)
			break;
		/* Removed and made again since it was opened: lock the one that counts. */
		close(fd);
	}
	*lock = fd;
	return 0;
}
