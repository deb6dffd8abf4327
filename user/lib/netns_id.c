// SPDX-License-Identifier: Apache-2.0
#include "user/lib/netns.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <libmnl/libmnl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include "user/lib/netlink.h"

#define DUMPS_MAX 16 /* tries until no id comes or goes during one */

struct request {
	struct rtgenmsg header;
	char padding[3];
	struct nlattr fd_attribute;
	__u32 fd;
	struct nlattr id_attribute; /* with RTM_NEWNSID only */
	__s32 id;
};

static struct request describe(int fd)
{
	return (struct request){
		.fd_attribute = {.nla_type = NETNSA_FD, .nla_len = sizeof(struct nlattr) + 4},
		.fd = (__u32)fd,
		.id_attribute = {.nla_type = NETNSA_NSID, .nla_len = sizeof(struct nlattr) + 4},
		.id = -1, /* whichever is free */
	};
}

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

int netns_get_id(int fd, __s32 *id)
{
	const struct request request = describe(fd);

	*id = -1;
	return netlink_get(RTM_GETNSID, &request, offsetof(struct request, id_attribute), 0, on_id,
			   id);
}

int netns_make_id(int fd, __s32 *id)
{
	const struct request request = describe(fd);
	int error = netlink_set(RTM_NEWNSID, &request, sizeof(request));

	return error && error != -EEXIST ? error : netns_get_id(fd, id);
}

struct id_walk {
	netns_visit_id visit;
	void *argument;
};

static int on_each_id(void *argument, const struct nlmsghdr *message)
{
	const struct id_walk *walk = argument;
	__s32 id = -1;

	if (message->nlmsg_type != RTM_NEWNSID)
		return 0;
	mnl_attr_parse(message, sizeof(struct rtgenmsg), read_id, &id);
	return id < 0 ? 0 : walk->visit(walk->argument, id);
}

int netns_each_id(netns_visit_id visit, void *argument)
{
	const struct {
		struct rtgenmsg header;
		char padding[3];
	} request = {.header.rtgen_family = AF_UNSPEC};
	struct id_walk walk = {visit, argument};
	int error = -EINTR;

	for (int i = 0; i < DUMPS_MAX && error == -EINTR; i++)
		error = netlink_get(RTM_GETNSID, &request, sizeof(request), 1, on_each_id, &walk);
	return error;
}
