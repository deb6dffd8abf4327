/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to rtnetlink, in the network namespace that the process is in, and their answers. */
#ifndef SHUNT_USER_LIB_NETLINK_H
#define SHUNT_USER_LIB_NETLINK_H

#include <stddef.h>
#include <linux/netlink.h>
#include <linux/types.h>

/* Gets one message. Non-zero ends the walk. */
typedef int (*netlink_visit)(void *argument, const struct nlmsghdr *message);

/*
 * Sends a request for type (RTM_GET...) with the fixed header of header_size bytes and visits each
 * message of the answer. dump: all that there are, otherwise the one that the header names. A dump
 * that a change made inconsistent is visited to its end and then gives -EINTR: ask again. Returns
 * what visit returned if it ended the walk.
 */
int netlink_get(__u16 type, const void *header, size_t header_size, int dump, netlink_visit visit,
		void *argument);

/* Sends what is to be done, and returns what the kernel says of it. */
int netlink_set(__u16 type, const void *header, size_t header_size);

/*
 * As netlink_get(), for a dump of which the kernel is to heed the whole header and what is behind it, or to
 * refuse the request.
 */
int netlink_dump_strictly(__u16 type, const void *header, size_t header_size, netlink_visit visit,
			  void *argument);

/* Sends a request for a change, to whose flags it adds, and waits until it is done. */
int netlink_change(struct nlmsghdr *request);

#endif
