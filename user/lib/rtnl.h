/* SPDX-License-Identifier: Apache-2.0 */
/* Network links as rtnetlink tells of them, now and as they change. */
#ifndef SHUNT_USER_LIB_RTNL_H
#define SHUNT_USER_LIB_RTNL_H

#include <stdbool.h>
#include <net/if.h>
#include <linux/netlink.h>
#include <linux/types.h>

#define RTNL_KIND_SIZE 16

struct rtnl_link {
	int ifindex;
	bool ethernet; /* its frames have such a header */
	int master; /* ifindex of what it is a port of; 0: of none */
	__s32 netns_id; /* of its peer's namespace as seen from ours; -1: ours, or it has no peer */
	char name[IFNAMSIZ];
	char kind[RTNL_KIND_SIZE]; /* "veth", "bridge"; empty for hardware */
	char port_kind[RTNL_KIND_SIZE]; /* kind of the master that it is a port of */
	__u8 mac[6]; /* zero where it has none of this size */
	__u32 largest; /* bytes of what it takes or makes as one packet, at most */
};

enum rtnl_change {
	RTNL_IS, /* the link is there, and like that */
	RTNL_GONE,
	RTNL_UNFILTERED, /* somebody removed a TC filter or qdisc from it; only its ifindex is set */
	RTNL_READDRESSED, /* it has an address more or less; likewise */
	RTNL_NETNS_NEW, /* a network namespace has an id now, link.netns_id; nothing else is set */
	RTNL_NETNS_GONE, /* the namespace of this id is no more; likewise */
};

struct rtnl_event {
	enum rtnl_change change;
	__s32 netns_id; /* where this happened, -1: in our namespace */
	struct rtnl_link link;
};

typedef void (*rtnl_visit)(void *argument, const struct rtnl_event *event);

struct mnl_socket;

/* Visits all links there are now. The kernel gives each peer's namespace an id by this. */
int rtnl_dump(rtnl_visit visit, void *argument);

/*
 * Starts to follow changes on a socket that does not block, in our namespace or, with
 * CAP_NET_BROADCAST, in all that have an id in ours as well. The caller closes it.
 */
int rtnl_follow(bool everywhere, struct mnl_socket **socket);

/* Visits what has changed. -ENOBUFS where changes were lost: a dump tells how it is now. */
int rtnl_receive(struct mnl_socket *socket, rtnl_visit visit, void *argument);

#endif
