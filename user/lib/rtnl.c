// SPDX-License-Identifier: Apache-2.0
#include "user/lib/rtnl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <libmnl/libmnl.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include "user/lib/netlink.h"

#define RECEIVE_BYTES (1024 * 1024) /* several thousand changes at once */
#define GROUPS (RTMGRP_LINK | RTMGRP_TC | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR)
/* Of Linux 5.16 and 6.3. */
#define GRO_MAX_SIZE 58
#define GSO_IPV4_MAX_SIZE 63
#define GRO_IPV4_MAX_SIZE 64

#define DUMPS_MAX 16 /* tries until no link changes during one */

struct walk {
	rtnl_visit visit;
	void *argument;
	__s32 netns_id; /* where messages come from, -1: from our namespace */
};

static void copy_text(char *text, size_t size, const struct nlattr *attribute)
{
	snprintf(text, size, "%.*s", (int)mnl_attr_get_payload_len(attribute),
		 mnl_attr_get_str(attribute));
}

static void read_kinds(const struct nlattr *nest, struct rtnl_link *link)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
	{
		if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND)
			copy_text(link->kind, sizeof(link->kind), attribute);
		else if (mnl_attr_get_type(attribute) == IFLA_INFO_SLAVE_KIND)
			copy_text(link->port_kind, sizeof(link->port_kind), attribute);
	}
}

static void note_size(struct rtnl_link *link, __u32 size)
{
	if (link->largest < size)
		link->largest = size;
}

static int read_attribute(const struct nlattr *attribute, void *data)
{
	struct rtnl_link *link = data;

	switch (mnl_attr_get_type(attribute)) {
	case IFLA_IFNAME:
		copy_text(link->name, sizeof(link->name), attribute);
		break;
	case IFLA_MASTER:
		link->master = (int)mnl_attr_get_u32(attribute);
		break;
	case IFLA_LINK_NETNSID:
		link->netns_id = (__s32)mnl_attr_get_u32(attribute);
		break;
	case IFLA_LINKINFO:
		read_kinds(attribute, link);
		break;
	case IFLA_GSO_MAX_SIZE:
	case GRO_MAX_SIZE:
	case GSO_IPV4_MAX_SIZE:
	case GRO_IPV4_MAX_SIZE:
		note_size(link, mnl_attr_get_u32(attribute));
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attribute) == sizeof(link->mac))
			memcpy(link->mac, mnl_attr_get_payload(attribute), sizeof(link->mac));
		break;
	}
	return MNL_CB_OK;
}

static void tell_link(const struct walk *walk, const struct nlmsghdr *message)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
	struct rtnl_event event = {.netns_id = walk->netns_id, .link.netns_id = -1};

	/* A bridge tells of its ports in messages of its own, which lack most. */
	if (header->ifi_family != AF_UNSPEC)
		return;
	event.change = message->nlmsg_type == RTM_DELLINK ? RTNL_GONE : RTNL_IS;
	event.link.ifindex = header->ifi_index;
	event.link.ethernet = header->ifi_type == ARPHRD_ETHER;
	mnl_attr_parse(message, sizeof(*header), read_attribute, &event.link);
	walk->visit(walk->argument, &event);
}

static void tell_unfiltered(const struct walk *walk, const struct nlmsghdr *message)
{
	const struct tcmsg *header = mnl_nlmsg_get_payload(message);
	const struct rtnl_event event = {
		.change = RTNL_UNFILTERED,
		.netns_id = walk->netns_id,
		.link.ifindex = header->tcm_ifindex,
	};

	walk->visit(walk->argument, &event);
}

static void tell_readdressed(const struct walk *walk, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	const struct rtnl_event event = {
		.change = RTNL_READDRESSED,
		.netns_id = walk->netns_id,
		.link.ifindex = (int)header->ifa_index,
	};

	walk->visit(walk->argument, &event);
}

static int read_netns_id(const struct nlattr *attribute, void *data)
{
	__s32 *id = data;

	if (mnl_attr_get_type(attribute) == NETNSA_NSID)
		*id = (__s32)mnl_attr_get_u32(attribute);
	return MNL_CB_OK;
}

static void tell_netns(const struct walk *walk, const struct nlmsghdr *message)
{
	struct rtnl_event event = {.netns_id = walk->netns_id, .link.netns_id = -1};

	event.change = message->nlmsg_type == RTM_DELNSID ? RTNL_NETNS_GONE : RTNL_NETNS_NEW;
	mnl_attr_parse(message, sizeof(struct rtgenmsg), read_netns_id, &event.link.netns_id);
	walk->visit(walk->argument, &event);
}

static int on_message(void *argument, const struct nlmsghdr *message)
{
	const struct walk *walk = argument;

	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		tell_link(walk, message);
		break;
	case RTM_DELTFILTER:
	case RTM_DELQDISC:
		tell_unfiltered(walk, message);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		tell_readdressed(walk, message);
		break;
	case RTM_NEWNSID:
	case RTM_DELNSID:
		tell_netns(walk, message);
		break;
	}
	return 0;
}

int rtnl_dump(rtnl_visit visit, void *argument)
{
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	struct walk walk = {visit, argument, -1};
	int error = -EINTR;

	for (int i = 0; i < DUMPS_MAX && error == -EINTR; i++)
		error = netlink_get(RTM_GETLINK, &header, sizeof(header), 1, on_message, &walk);
	return error;
}

static int join(struct mnl_socket *socket, bool everywhere)
{
	int bytes = RECEIVE_BYTES, on = 1, group = RTNLGRP_NSID;
	int fd = mnl_socket_get_fd(socket);

	/* With a smaller buffer changes are lost earlier, which is noticed and mended. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (mnl_socket_bind(socket, GROUPS, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	if (everywhere &&
	    (mnl_socket_setsockopt(socket, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on)) ||
	     mnl_socket_setsockopt(socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group))))
		return -errno;
	return 0;
}

int rtnl_follow(bool everywhere, struct mnl_socket **socket)
{
	struct mnl_socket *opened;
	int error;

	opened = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!opened)
		return -errno;
	error = join(opened, everywhere);
	if (error) {
		mnl_socket_close(opened);
		return error;
	}
	*socket = opened;
	return 0;
}

static int on_change(const struct nlmsghdr *message, void *data)
{
	on_message(data, message);
	return MNL_CB_OK;
}

/* The id of the namespace that a datagram is from; -1: it is ours. */
static __s32 read_origin(struct msghdr *datagram)
{
	struct cmsghdr *control;
	__s32 id = -1;

	for (control = CMSG_FIRSTHDR(datagram); control; control = CMSG_NXTHDR(datagram, control))
		if (control->cmsg_level == SOL_NETLINK &&
		    control->cmsg_type == NETLINK_LISTEN_ALL_NSID)
			memcpy(&id, CMSG_DATA(control), sizeof(id));
	return id;
}

int rtnl_receive(struct mnl_socket *socket, rtnl_visit visit, void *argument)
{
	struct walk walk = {visit, argument, -1};
	char buffer[32768];

	for (;;) {
		alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(__s32))];
		struct iovec part = {buffer, sizeof(buffer)};
		struct msghdr datagram = {
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ssize_t length = recvmsg(mnl_socket_get_fd(socket), &datagram, 0);

		if (length < 0)
			return errno == EAGAIN ? 0 : -errno;
		walk.netns_id = read_origin(&datagram);
		if (mnl_cb_run(buffer, (size_t)length, 0, 0, on_change, &walk) < 0)
			return -errno;
	}
}
