// SPDX-License-Identifier: Apache-2.0
#include "user/lib/rtnl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
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
	struct rtnl_event event = {.link.netns_id = -1};

	/* A bridge tells of its ports in messages of its own, which lack most. */
	if (header->ifi_family != AF_UNSPEC)
		return;
	event.change = message->nlmsg_type == RTM_DELLINK ? RTNL_GONE : RTNL_IS;
	event.link.ifindex = header->ifi_index;
	mnl_attr_parse(message, sizeof(*header), read_attribute, &event.link);
	walk->visit(walk->argument, &event);
}

static void tell_unfiltered(const struct walk *walk, const struct nlmsghdr *message)
{
	const struct tcmsg *header = mnl_nlmsg_get_payload(message);
	const struct rtnl_event event = {
		.change = RTNL_UNFILTERED,
		.link.ifindex = header->tcm_ifindex,
	};

	walk->visit(walk->argument, &event);
}

static void tell_readdressed(const struct walk *walk, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	const struct rtnl_event event = {
		.change = RTNL_READDRESSED,
		.link.ifindex = (int)header->ifa_index,
	};

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
	}
	return 0;
}

int rtnl_dump(rtnl_visit visit, void *argument)
{
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	struct walk walk = {visit, argument};
	int error = -EINTR;

	for (int i = 0; i < DUMPS_MAX && error == -EINTR; i++)
		error = netlink_get(RTM_GETLINK, &header, sizeof(header), 1, on_message, &walk);
	return error;
}

int rtnl_follow(struct mnl_socket **socket)
{
	int bytes = RECEIVE_BYTES;
	struct mnl_socket *opened;
	int error, fd;

	opened = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!opened)
		return -errno;
	fd = mnl_socket_get_fd(opened);
	/* With a smaller buffer changes are lost earlier, which is noticed and mended. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (mnl_socket_bind(opened, GROUPS, MNL_SOCKET_AUTOPID) < 0) {
		error = -errno;
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

int rtnl_receive(struct mnl_socket *socket, rtnl_visit visit, void *argument)
{
	struct walk walk = {visit, argument};
	char buffer[32768];
	ssize_t length;

	for (;;) {
		length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (length < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (mnl_cb_run(buffer, (size_t)length, 0, 0, on_change, &walk) < 0)
			return -errno;
	}
}
