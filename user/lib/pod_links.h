/* SPDX-License-Identifier: Apache-2.0 */
/* The pods' own ends of links that an agent with --attach pod attached to. */
#ifndef SHUNT_USER_LIB_POD_LINKS_H
#define SHUNT_USER_LIB_POD_LINKS_H

#include <net/if.h>
#include <linux/bpf.h>
#include <shunt/tables.h>
#include "user/lib/netns.h"

struct pod_link {
	const struct netns *netns; /* where it is */
	const struct shunt_link *element; /* of the map `links` */
	unsigned int ifindex;
	const char *name;
};

/* Non-zero ends the walk. */
typedef int (*pod_links_visit)(void *argument, const struct pod_link *link);

/*
 * Visits all links in each network namespace that has an element in the map `links`, from within that
 * namespace. With one thread only. Returns what visit returned if it ended the walk;
 * -ENOTRECOVERABLE where there was no way back to our own namespace.
 */
int pod_links_each(int links_fd, pod_links_visit visit, void *argument);

#endif
