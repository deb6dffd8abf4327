// SPDX-License-Identifier: Apache-2.0
#include "user/lib/trial_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include "user/lib/netlink.h"
#include "user/lib/trial_wire.h"

#define REQUEST_SIZE 1024
#define NODE_END "shunt-trial"
#define POD_END "eth0"
#define OPERSTATE_UP 6 /* IF_OPER_UP of linux/if.h, which does not go with net/if.h */
#define WAIT_MS 1
#define WAIT_TRIES 2000

#define MAC_SIZE 6

enum {
	NODE,
	POD
};

/* Locally administered. */
static const __u8 macs[][MAC_SIZE] = {{2, 'S', 'H', 'N', 'T', 1}, {2, 'S', 'H', 'N', 'T', 2}};

static struct nlmsghdr *begin(char *buffer, __u16 type, __u16 flags)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

	request->nlmsg_type = type;
	request->nlmsg_flags = flags;
	return request;
}

static int name_namespace(int pod)
{
	char buffer[REQUEST_SIZE] = {0};
	struct nlmsghdr *request = begin(buffer, RTM_NEWNSID, 0);

	mnl_nlmsg_put_extra_header(request, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(request, NETNSA_NSID, TRIAL_NETNS_ID);
	mnl_attr_put_u32(request, NETNSA_FD, (__u32)pod);
	return netlink_change(request);
}

int trial_link_make(int ifindex, int pod)
{
	char buffer[REQUEST_SIZE] = {0};
	struct nlmsghdr *request = begin(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct ifinfomsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
	struct nlattr *info, *data, *peer;
	int error;

	/* First: a link into a namespace without an id would give it one. */
	error = name_namespace(pod);
	if (error)
		return error;
	header->ifi_index = ifindex;
	mnl_attr_put_strz(request, IFLA_IFNAME, NODE_END);
	mnl_attr_put(request, IFLA_ADDRESS, MAC_SIZE, macs[NODE]);
	info = mnl_attr_nest_start(request, IFLA_LINKINFO);
	mnl_attr_put_strz(request, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(request, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(request, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(request, IFLA_IFNAME, POD_END);
	mnl_attr_put(request, IFLA_ADDRESS, MAC_SIZE, macs[POD]);
	mnl_attr_put_u32(request, IFLA_NET_NS_FD, (__u32)pod);
	mnl_attr_nest_end(request, peer);
	mnl_attr_nest_end(request, data);
	mnl_attr_nest_end(request, info);
	return netlink_change(request);
}

int trial_link_find(int *ifindex)
{
	*ifindex = (int)if_nametoindex(POD_END);
	return *ifindex ? 0 : -errno;
}

int trial_link_up(int ifindex)
{
	char buffer[REQUEST_SIZE] = {0};
	struct nlmsghdr *request = begin(buffer, RTM_NEWLINK, 0);
	struct ifinfomsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

	header->ifi_index = ifindex;
	header->ifi_flags = header->ifi_change = IFF_UP;
	return netlink_change(request);
}

/* What may take the kernel a moment. check returns 1 where it is so, 0 where not yet, or -errno. */
static int wait_until(int (*check)(const void *), const void *what)
{
	int result = 0;

	for (int i = 0; !result && i < WAIT_TRIES; i++) {
		if (i)
			poll(NULL, 0, WAIT_MS);
		result = check(what);
	}
	return result > 0 ? 0 : result ? result : -ETIMEDOUT;
}

static int read_state(const struct nlattr *attribute, void *data)
{
	bool *up = data;

	if (mnl_attr_get_type(attribute) == IFLA_OPERSTATE)
		*up = mnl_attr_get_u8(attribute) == OPERSTATE_UP;
	return MNL_CB_OK;
}

static int on_link(void *argument, const struct nlmsghdr *message)
{
	if (message->nlmsg_type == RTM_NEWLINK)
		mnl_attr_parse(message, sizeof(struct ifinfomsg), read_state, argument);
	return 0;
}

static int is_up(const void *what)
{
	const struct ifinfomsg header = {.ifi_index = *(const int *)what};
	bool up = false;
	int error = netlink_get(RTM_GETLINK, &header, sizeof(header), 0, on_link, &up);

	return error ? error : up;
}

int trial_link_wait(int ifindex)
{
	return wait_until(is_up, &ifindex);
}

static int on_route(void *argument, const struct nlmsghdr *message)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	bool *local = argument;

	if (message->nlmsg_type == RTM_NEWROUTE)
		*local = header->rtm_type == RTN_LOCAL;
	return 0;
}

struct route_request {
	struct rtmsg header;
	struct nlattr attribute;
	__u8 bytes[16];
};

static int is_local(const void *request)
{
	bool local = false;
	int error = netlink_get(RTM_GETROUTE, request, sizeof(struct route_request), 0, on_route,
				&local);

	return error == -ENETUNREACH ? 0 : error ? error : local;
}

/* That of IPv6 gets its route later. */
static int wait_for_address(int family, const __u8 bytes[16])
{
	struct route_request request = {
		.header = {.rtm_family = AF_INET6, .rtm_dst_len = 128},
		.attribute = {.nla_type = RTA_DST, .nla_len = sizeof(struct nlattr) + 16},
	};

	if (trial_families[family] != AF_INET6)
		return 0;
	memcpy(request.bytes, bytes, sizeof(request.bytes));
	return wait_until(is_local, &request);
}

int trial_link_address(int ifindex, int family, const char *address)
{
	char buffer[REQUEST_SIZE] = {0};
	struct nlmsghdr *request = begin(buffer, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
	size_t length = trial_families[family] == AF_INET ? 4 : 16;
	__u8 bytes[16];
	int error;

	inet_pton(trial_families[family], address, bytes);
	header->ifa_family = (__u8)trial_families[family];
	header->ifa_prefixlen = (__u8)trial_prefix_length[family];
	header->ifa_flags = IFA_F_NODAD;
	header->ifa_index = (__u32)ifindex;
	mnl_attr_put(request, IFA_LOCAL, length, bytes);
	mnl_attr_put(request, IFA_ADDRESS, length, bytes);
	error = netlink_change(request);
	return error ? error : wait_for_address(family, bytes);
}

int trial_link_neighbour(int ifindex, int family, const char *address)
{
	char buffer[REQUEST_SIZE] = {0};
	struct nlmsghdr *request = begin(buffer, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
	struct ndmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
	__u8 bytes[16];

	inet_pton(trial_families[family], address, bytes);
	header->ndm_family = (__u8)trial_families[family];
	header->ndm_ifindex = ifindex;
	header->ndm_state = NUD_PERMANENT;
	mnl_attr_put(request, NDA_DST, trial_families[family] == AF_INET ? 4 : 16, bytes);
	mnl_attr_put(request, NDA_LLADDR, MAC_SIZE, macs[ifindex == TRIAL_IFINDEX ? POD : NODE]);
	return netlink_change(request);
}
