// SPDX-License-Identifier: Apache-2.0
#include "user/agent/addresses.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include "user/lib/netlink.h"

#define DUMPS_MAX 16 /* tries until no address changes during one */
#define IPV4_SIZE 4

/* Of one message. IFA_ADDRESS is the peer's where there is an IFA_LOCAL. */
struct found {
	const struct nlattr *address;
	const struct nlattr *local;
};

static int read_attribute(const struct nlattr *attribute, void *data)
{
	struct found *found = data;

	if (mnl_attr_get_type(attribute) == IFA_LOCAL)
		found->local = attribute;
	else if (mnl_attr_get_type(attribute) == IFA_ADDRESS)
		found->address = attribute;
	return MNL_CB_OK;
}

static int on_message(void *argument, const struct nlmsghdr *message)
{
	struct shunt_address address = {.bytes = {[10] = 0xff, [11] = 0xff}};
	const struct nlattr *attribute;
	struct found found = {0};
	size_t size;

	if (message->nlmsg_type != RTM_NEWADDR)
		return 0;
	mnl_attr_parse(message, sizeof(struct ifaddrmsg), read_attribute, &found);
	attribute = found.local ? found.local : found.address;
	size = attribute ? mnl_attr_get_payload_len(attribute) : 0;
	if (size != IPV4_SIZE && size != sizeof(address.bytes))
		return 0;
	memcpy(address.bytes + sizeof(address.bytes) - size, mnl_attr_get_payload(attribute), size);
	return address_set_add(argument, &address);
}

int addresses_read(struct address_set *addresses)
{
	const struct ifaddrmsg header = {.ifa_family = AF_UNSPEC};
	int error = -EINTR;

	for (int i = 0; i < DUMPS_MAX && error == -EINTR; i++)
		error = netlink_get(RTM_GETADDR, &header, sizeof(header), 1, on_message, addresses);
	return error;
}

int addresses_read_in(__s32 netns_id, struct address_set *addresses)
{
	const struct {
		struct ifaddrmsg header;
		struct nlattr attribute;
		__s32 netns_id;
	} request = {
		.attribute = {.nla_type = IFA_TARGET_NETNSID, .nla_len = sizeof(struct nlattr) + 4},
		.netns_id = netns_id,
	};
	int error = -EINTR;

	if (netns_id < 0)
		return 0;
	for (int i = 0; i < DUMPS_MAX && error == -EINTR; i++)
		error = netlink_dump_strictly(RTM_GETADDR, &request, sizeof(request), on_message,
					      addresses);
	return error == -EINVAL ? 0 : error; /* it is gone */
}
