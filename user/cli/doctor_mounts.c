// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor_checks.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "user/lib/bpffs.h"
#include "user/lib/cgroup.h"

/* The deepest directory of the path that is there. */
static void find_present(const char *directory, char path[PATH_MAX])
{
	char *slash;

	snprintf(path, PATH_MAX, "%s", directory);
	while (access(path, F_OK) && (slash = strrchr(path, '/')))
		*(slash == path ? slash + 1 : slash) = '\0';
}

static void check_bpffs(struct doctor *doctor)
{
	char path[PATH_MAX];

	find_present(doctor->bpffs, path);
	doctor->mounted = bpffs_holds(path);
	if (doctor->mounted)
		report_add(&doctor->report, FINDING_OK, "bpffs", NULL, "a BPF file system is at %s",
			   path);
	else
		report_add(
			&doctor->report, FINDING_FAULT, "bpffs",
			"mount it: `mount -t bpf bpf /sys/fs/bpf`, in a container the node's; or "
			"name another place with --bpffs",
			"no BPF file system is mounted at %s: nothing of shuntd's is to be "
			"found, or lasts",
			path);
}

static void check_cgroup(struct doctor *doctor)
{
	char path[PATH_MAX];
	int error = cgroup_find(path, sizeof(path));

	if (!error)
		report_add(&doctor->report, FINDING_OK, "cgroup", NULL, "cgroup v2 is at %s", path);
	else
		report_add(&doctor->report, FINDING_FAULT, "cgroup",
			   "mount it: `mount -t cgroup2 none DIR`; beside cgroup v1 it will do",
			   "cgroup v2 is not mounted: %s; shuntd cannot start", strerror(-error));
}

void doctor_check_mounts(struct doctor *doctor)
{
	check_bpffs(doctor);
	check_cgroup(doctor);
}
