// SPDX-License-Identifier: Apache-2.0
#include "user/lib/filters_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <bpf/bpf.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include "user/lib/netlink.h"

/* Of Linux 6.6, which libbpf 1.1 does not know. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47

struct walk {
	filters_visit visit;
	void *argument;
};

static void copy_text(char *text, size_t size, const struct nlattr *attribute)
{
	snprintf(text, size, "%.*s", (int)mnl_attr_get_payload_len(attribute),
		 mnl_attr_get_str(attribute));
}

static int read_program(const struct nlattr *attribute, void *data)
{
	struct filters_item *item = data;

	if (mnl_attr_get_type(attribute) == TCA_BPF_ID)
		item->program_id = mnl_attr_get_u32(attribute);
	else if (mnl_attr_get_type(attribute) == TCA_BPF_NAME)
		copy_text(item->name, sizeof(item->name), attribute);
	return MNL_CB_OK;
}

static int read_attribute(const struct nlattr *attribute, void *data)
{
	struct filters_item *item = data;

	/* The kind comes first; options of others are of another shape. */
	if (mnl_attr_get_type(attribute) == TCA_KIND)
		copy_text(item->kind, sizeof(item->kind), attribute);
	else if (mnl_attr_get_type(attribute) == TCA_OPTIONS && strcmp(item->kind, "bpf") == 0)
		mnl_attr_parse_nested(attribute, read_program, item);
	return MNL_CB_OK;
}

static int on_filter(void *argument, const struct nlmsghdr *message)
{
	const struct tcmsg *header = mnl_nlmsg_get_payload(message);
	struct filters_item item = {0};
	const struct walk *walk = argument;

	if (message->nlmsg_type != RTM_NEWTFILTER)
		return 0;
	item.priority = TC_H_MAJ(header->tcm_info) >> 16;
	item.handle = header->tcm_handle;
	mnl_attr_parse(message, sizeof(*header), read_attribute, &item);
	/* Before the filters of a priority the kernel tells of the priority itself. */
	return item.handle ? walk->visit(walk->argument, &item) : 0;
}

int filters_each(int ifindex, bool egress, filters_visit visit, void *argument)
{
	const struct tcmsg header = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = ifindex,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS),
	};
	struct walk walk = {visit, argument};
	int error = netlink_get(RTM_GETTFILTER, &header, sizeof(header), 1, on_filter, &walk);

	return error == -EINVAL ? 0 : error;
}

size_t filters_tcx(int ifindex, bool egress, __u32 ids[FILTERS_TCX_MAX])
{
	enum bpf_attach_type type = (enum bpf_attach_type)(egress ? TCX_EGRESS : TCX_INGRESS);
	__u32 count = FILTERS_TCX_MAX;

	return bpf_prog_query(ifindex, type, 0, NULL, ids, &count) ? 0 : count;
}

struct qdisc_walk {
	int ifindex;
	char *kind;
};

static int read_kind(const struct nlattr *attribute, void *data)
{
	const struct qdisc_walk *walk = data;

	if (mnl_attr_get_type(attribute) == TCA_KIND)
		copy_text(walk->kind, FILTERS_KIND_SIZE, attribute);
	return MNL_CB_OK;
}

static int on_qdisc(void *argument, const struct nlmsghdr *message)
{
	const struct tcmsg *header = mnl_nlmsg_get_payload(message);
	struct qdisc_walk *walk = argument;

	if (message->nlmsg_type == RTM_NEWQDISC && header->tcm_ifindex == walk->ifindex &&
	    header->tcm_parent == TC_H_CLSACT)
		mnl_attr_parse(message, sizeof(*header), read_kind, walk);
	return 0;
}

int filters_qdisc(int ifindex, char kind[FILTERS_KIND_SIZE])
{
	const struct tcmsg header = {.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex};
	struct qdisc_walk walk = {ifindex, kind};

	kind[0] = '\0';
	return netlink_get(RTM_GETQDISC, &header, sizeof(header), 1, on_qdisc, &walk);
}
