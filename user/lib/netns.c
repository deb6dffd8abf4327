// SPDX-License-Identifier: Apache-2.0
#include "user/lib/netns.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "user/lib/array.h"

#define NAMES "/run/netns"

struct walk {
	netns_visit visit;
	void *argument;
	__u32 *seen; /* numbers of those that were visited, sorted */
	size_t count;
	size_t capacity;
	dev_t device; /* of the file system that namespaces are files of */
};

static int compare_numbers(const void *a, const void *b)
{
	const __u32 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int add_seen(struct walk *walk, __u32 number, bool *added)
{
	size_t at = array_lower_bound(&number, walk->seen, walk->count, sizeof(number),
				      compare_numbers);
	int error;

	*added = !walk->seen || at == walk->count || walk->seen[at] != number;
	if (!*added)
		return 0;
	error = array_grow(&walk->seen, &walk->capacity, walk->count, sizeof(number));
	if (error)
		return error;
	for (size_t i = walk->count++; i > at; i--)
		walk->seen[i] = walk->seen[i - 1];
	walk->seen[at] = number;
	return 0;
}

/* What ends meanwhile, is not ours to look into or is no namespace is no error. */
static int visit_path(struct walk *walk, const char *path, const char *name)
{
	struct netns netns = {.path = path, .name = name};
	char number[NETNS_NAME_SIZE];
	struct stat status;
	bool added;
	int error;

	if (stat(path, &status) || status.st_dev != walk->device)
		return 0;
	netns.number = (__u32)status.st_ino;
	error = add_seen(walk, netns.number, &added);
	if (error || !added)
		return error;
	if (!name) {
		snprintf(number, sizeof(number), "net:[%u]", netns.number);
		netns.name = number;
	}
	return walk->visit(walk->argument, &netns);
}

static int visit_names(struct walk *walk)
{
	DIR *names = opendir(NAMES);
	struct dirent *entry;
	char path[PATH_MAX];
	int error = 0;

	while (!error && names && (entry = readdir(names))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), NAMES "/%s", entry->d_name);
		error = visit_path(walk, path, entry->d_name);
	}
	if (names)
		closedir(names);
	return error;
}

static int visit_processes(struct walk *walk)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	char path[64];
	int error = 0;

	if (!processes)
		return -errno;
	while (!error && (entry = readdir(processes))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/ns/net", entry->d_name);
		error = visit_path(walk, path, NULL);
	}
	closedir(processes);
	return error;
}

int netns_each(netns_visit visit, void *argument)
{
	struct walk walk = {.visit = visit, .argument = argument};
	struct stat status;
	int error;

	if (stat("/proc/self/ns/net", &status))
		return -errno;
	walk.device = status.st_dev;
	error = visit_names(&walk);
	if (!error)
		error = visit_processes(&walk);
	free(walk.seen);
	return error;
}

int netns_open(const struct netns *netns, int *fd)
{
	int opened = open(netns->path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (opened < 0)
		return -errno;
	/* The process may have ended, and another one have its number. */
	if (fstat(opened, &status) || (__u32)status.st_ino != netns->number) {
		close(opened);
		return -ENOENT;
	}
	*fd = opened;
	return 0;
}

int netns_enter(int fd, int *home)
{
	int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int error;

	if (own < 0)
		return -errno;
	if (setns(fd, CLONE_NEWNET)) {
		error = -errno;
		close(own);
		return error;
	}
	*home = own;
	return 0;
}

int netns_leave(int home)
{
	int error = setns(home, CLONE_NEWNET) ? -ENOTRECOVERABLE : 0;

	close(home);
	return error;
}

int netns_socket(int fd, int domain, int type, int protocol)
{
	int home = -1, opened;
	int error = netns_enter(fd, &home);

	if (error)
		return error;
	opened = socket(domain, type, protocol);
	if (opened < 0)
		opened = -errno;
	error = netns_leave(home);
	if (error && opened >= 0)
		close(opened);
	return error ? error : opened;
}
