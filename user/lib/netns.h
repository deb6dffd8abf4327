/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network namespaces. None is kept alive by what is done here: files and sockets of one are closed
 * before the call returns, but for netns_socket()'s.
 */
#ifndef SHUNT_USER_LIB_NETNS_H
#define SHUNT_USER_LIB_NETNS_H

#include <stdbool.h>
#include <linux/types.h>

#define NETNS_NAME_SIZE 64

struct netns {
	__u32 number; /* what the kernel calls it, as lsns(8) prints it */
	const char *path; /* to open it by */
	const char *name; /* for people */
};

/* All of it is valid for the time of the call. Non-zero ends the walk. */
typedef int (*netns_visit)(void *argument, const struct netns *netns);

/*
 * Visits each network namespace that has a name in /run/netns or that a process in /proc lives in,
 * once. Returns what visit returned if it ended the walk.
 */
int netns_each(netns_visit visit, void *argument);

/* Opens the namespace. -ENOENT where it is not there any more. The caller closes *fd. */
int netns_open(const struct netns *netns, int *fd);

/* The id of a namespace as seen from the present one; -1: the present one, or it has none. */
int netns_get_id(int fd, __s32 *id);

/* The same, of one that is not the present one; gives it an id where it has none. */
int netns_make_id(int fd, __s32 *id);

/* Gets each id that the present namespace has of another one. Non-zero ends the walk. */
typedef int (*netns_visit_id)(void *argument, __s32 id);
int netns_each_id(netns_visit_id visit, void *argument);

/*
 * Brings the thread into the namespace of fd. *home is to be given to netns_leave(), which returns
 * -ENOTRECOVERABLE where there is no way back.
 */
int netns_enter(int fd, int *home);
int netns_leave(int home);

/* Opens a socket that belongs to the namespace of fd. Returns it or -errno; see netns_leave(). */
int netns_socket(int fd, int domain, int type, int protocol);

#endif
