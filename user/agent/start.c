// SPDX-License-Identifier: Apache-2.0
#include "user/agent/start.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "user/agent/agent.h"
#include "user/lib/bpffs.h"
#include "user/lib/cgroup.h"
#include "user/lib/detach.h"
#include "user/lib/log.h"

/* Says what a lack of rights means, and returns the error. */
static int hint(int error)
{
	if ((error == -EPERM || error == -EACCES) && geteuid() != 0)
		log_line("root is needed");
	return error;
}

int start_lock(const struct options *options, int *lock)
{
	const char *directory = options->bpffs;
	int error;

	error = bpffs_prepare(directory);
	if (error == -EMEDIUMTYPE)
		log_line("%s is not on a BPF file system; `mount -t bpf bpf DIR` makes one",
			 directory);
	else if (error)
		log_line("cannot make %s: %s", directory, strerror(-error));
	if (error)
		return hint(error);
	error = bpffs_lock(directory, lock);
	if (error == -EWOULDBLOCK)
		log_line("another agent runs on %s already", directory);
	else if (error)
		log_line("cannot lock %s: %s", directory, strerror(-error));
	return error;
}

static int choose_cgroup(const struct options *options, char path[PATH_MAX])
{
	__u64 id;
	int error = 0;

	if (options->cgroup[0])
		strcpy(path, options->cgroup);
	else
		error = cgroup_find(path, PATH_MAX);
	if (error) {
		log_line("cannot find the cgroup v2 hierarchy in /proc/mounts: %s; --cgroup names "
			 "it",
			 strerror(-error));
		return error;
	}
	error = cgroup_id(path, &id);
	if (error)
		log_line("%s is not a cgroup v2 directory", path);
	return error;
}

int start_kernel(const struct options *options, struct kernel *kernel)
{
	struct problems problems = {0};
	char cgroup[PATH_MAX];
	const struct kernel_options wanted = {
		.directory = options->bpffs,
		.cgroup = cgroup,
		.moved = options->max_moved,
		.at_pod = options->at_pod,
	};
	int error;

	if (choose_cgroup(options, cgroup))
		return EXIT_FAILURE;
	error = kernel_start(&wanted, kernel, &problems);
	for (size_t i = 0; i < problems.count; i++)
		log_line("%s", problems.texts[i]);
	problems_clear(&problems);
	if (error == -ESTALE)
		log_line("%s was made by another version, or with another --attach; `shuntd "
			 "--detach` removes it, and ends all redirection until the next start",
			 options->bpffs);
	hint(error);
	return error == -ESTALE ? AGENT_EXIT_LAYOUT : error ? EXIT_FAILURE : EXIT_SUCCESS;
}

int start_detach(const struct options *options)
{
	struct detach_report report;
	char text[DETACH_TEXT_SIZE];
	int error = detach_all(options->bpffs, &report);

	log_line("%s", detach_describe(&report, options->bpffs, error, text));
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
