// SPDX-License-Identifier: Apache-2.0
#include "user/lib/netns.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <libmnl/libmnl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include "user/lib/array.h"
#include "user/lib/netlink.h"

/* The namespaces visited, by inode. */
struct seen {
	ino_t *inodes;
	size_t count;
	size_t capacity;
};

static int read_id(const struct nlattr *attribute, void *data)
{
	__s32 *id = data;

	if (mnl_attr_get_type(attribute) == NETNSA_NSID)
		*id = (__s32)mnl_attr_get_u32(attribute);
	return MNL_CB_OK;
}

static int on_id(void *argument, const struct nlmsghdr *message)
{
	mnl_attr_parse(message, sizeof(struct rtgenmsg), read_id, argument);
	return 0;
}

static int get_id(int fd, __s32 *id)
{
	const struct {
		struct rtgenmsg header;
		char padding[3];
		struct nlattr attribute;
		__u32 fd;
	} request = {
		.attribute = {.nla_type = NETNSA_FD, .nla_len = sizeof(struct nlattr) + 4},
		.fd = (__u32)fd,
	};

	*id = -1;
	return netlink_get(RTM_GETNSID, &request, sizeof(request), 0, on_id, id);
}

static int add_seen(struct seen *seen, ino_t inode, bool *added)
{
	int error;

	*added = false;
	for (size_t i = 0; i < seen->count; i++)
		if (seen->inodes[i] == inode)
			return 0;
	error = array_grow(&seen->inodes, &seen->capacity, seen->count, sizeof(*seen->inodes));
	if (error)
		return error;
	seen->inodes[seen->count++] = inode;
	*added = true;
	return 0;
}

/* A process that ends meanwhile, or is not ours to look into, is no error. */
static int visit_process(const char *pid, struct seen *seen, netns_visit visit, void *argument)
{
	struct stat status;
	char path[64];
	bool added = false;
	__s32 id;
	int error, fd;

	snprintf(path, sizeof(path), "/proc/%.16s/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	error = fstat(fd, &status) ? -errno : add_seen(seen, status.st_ino, &added);
	if (!error && added) {
		error = get_id(fd, &id);
		if (!error)
			error = visit(argument, fd, id);
	}
	close(fd);
	return error;
}

int netns_each(netns_visit visit, void *argument)
{
	struct seen seen = {0};
	struct dirent *entry;
	int error = 0;
	DIR *processes;

	processes = opendir("/proc");
	if (!processes)
		return -errno;
	while (!error && (entry = readdir(processes)))
		if (isdigit((unsigned char)entry->d_name[0]))
			error = visit_process(entry->d_name, &seen, visit, argument);
	closedir(processes);
	free(seen.inodes);
	return error;
}

int netns_socket(int fd, int domain, int type, int protocol)
{
	int own, opened;

	own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return -errno;
	if (setns(fd, CLONE_NEWNET)) {
		opened = -errno;
		close(own);
		return opened;
	}
	opened = socket(domain, type, protocol);
	if (opened < 0)
		opened = -errno;
	if (setns(own, CLONE_NEWNET)) {
		if (opened >= 0)
			close(opened);
		opened = -ENOTRECOVERABLE;
	}
	close(own);
	return opened;
}
