// SPDX-License-Identifier: Apache-2.0
#include "user/agent/cgroup_links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "user/lib/cgroup.h"

static const enum bpf_attach_type attach_types[PINS_PROGRAM_COUNT] = {
	[PINS_WATCH] = BPF_CGROUP_SOCK_OPS,
	[PINS_CONNECT4] = BPF_CGROUP_INET4_CONNECT,
	[PINS_CONNECT6] = BPF_CGROUP_INET6_CONNECT,
	[PINS_GETPEERNAME4] = BPF_CGROUP_INET4_GETPEERNAME,
	[PINS_GETPEERNAME6] = BPF_CGROUP_INET6_GETPEERNAME,
};

/* -ENOENT where no link is pinned, -EXDEV where it is of another cgroup. */
static int update_pinned(const char *path, __u64 cgroup, int program_fd)
{
	struct bpf_link_info info = {0};
	__u32 length = sizeof(info);
	int error, fd;

	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd;
	error = bpf_obj_get_info_by_fd(fd, &info, &length);
	if (!error && info.cgroup.cgroup_id != cgroup)
		error = -EXDEV;
	if (!error)
		error = bpf_link_update(fd, program_fd, NULL);
	close(fd);
	return error;
}

static int attach_new(const char *path, const char *cgroup, enum pins_program program,
		      int program_fd)
{
	int cgroup_fd, link_fd, error;

	cgroup_fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup_fd < 0)
		return -errno;
	link_fd = bpf_link_create(program_fd, cgroup_fd, attach_types[program], NULL);
	close(cgroup_fd);
	if (link_fd < 0)
		return link_fd;
	error = pins_replace(link_fd, path);
	close(link_fd);
	return error;
}

int cgroup_links_attach(const char *directory, const char *cgroup, enum pins_program program,
			int program_fd)
{
	char path[PATH_MAX];
	__u64 id;
	int error;

	error = pins_cgroup_link_path(directory, program, path, sizeof(path));
	if (!error)
		error = cgroup_id(cgroup, &id);
	if (error)
		return error;
	if (update_pinned(path, id, program_fd) == 0)
		return 0;
	/* The one that could not be updated is replaced as a whole. */
	return attach_new(path, cgroup, program, program_fd);
}
