/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_NETNS_H
#define SHUNT_USER_LIB_NETNS_H

#include <linux/types.h>

/*
 * Gets a network namespace: an open file of it, valid for the time of the call, and its id as seen
 * from ours; -1 for our own and for one without an id. Non-zero ends the walk.
 */
typedef int (*netns_visit)(void *argument, int fd, __s32 id);

/*
 * Visits each network namespace that a process in /proc lives in, once. Returns what visit
 * returned if it ended the walk.
 */
int netns_each(netns_visit visit, void *argument);

/*
 * Opens a socket that belongs to the namespace of fd; to be called with one thread only. Returns
 * the socket or -errno; -ENOTRECOVERABLE where there was no way back to our own namespace.
 */
int netns_socket(int fd, int domain, int type, int protocol);

#endif
