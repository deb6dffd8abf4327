// SPDX-License-Identifier: Apache-2.0
#include "user/lib/filters.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <bpf/libbpf.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include "user/lib/filters_list.h"
#include "user/lib/netlink.h"
#include "user/lib/pins.h"

#define INGRESS TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)
#define EGRESS TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)
#define FILTER_NAME_SIZE 64

struct side {
	enum bpf_tc_attach_point point;
	__u32 parent; /* the same to rtnetlink */
	enum pins_program program;
};

static const struct side from_pod_sides[] = {
	[FILTERS_HOST_END] = {BPF_TC_INGRESS, INGRESS, PINS_FROM_POD},
	[FILTERS_POD_END] = {BPF_TC_EGRESS, EGRESS, PINS_FROM_POD},
};
static const struct side to_pod_sides[] = {
	[FILTERS_HOST_END] = {BPF_TC_EGRESS, EGRESS, PINS_TO_POD},
	[FILTERS_POD_END] = {BPF_TC_INGRESS, INGRESS, PINS_TO_POD},
};

/* An ingress qdisc has the same place and takes filters for egress, but runs them on ingress. */
static int check_clsact(int ifindex)
{
	char kind[FILTERS_KIND_SIZE];
	int error = filters_qdisc(ifindex, kind);

	return error ? error : strcmp(kind, "clsact") == 0 ? 0 : -ENOTUNIQ;
}

int filters_prepare(int ifindex, bool *made)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
			    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int error = bpf_tc_hook_create(&hook);

	if (error && error != -EEXIST)
		return error;
	*made = !error;
	return error ? check_clsact(ifindex) : 0;
}

struct filter {
	__u32 program_id;
	char name[FILTER_NAME_SIZE];
};

static int read_program(const struct nlattr *attribute, void *data)
{
	struct filter *filter = data;

	if (mnl_attr_get_type(attribute) == TCA_BPF_ID)
		filter->program_id = mnl_attr_get_u32(attribute);
	else if (mnl_attr_get_type(attribute) == TCA_BPF_NAME)
		snprintf(filter->name, sizeof(filter->name), "%.*s",
			 (int)mnl_attr_get_payload_len(attribute), mnl_attr_get_str(attribute));
	return MNL_CB_OK;
}

static int read_options(const struct nlattr *attribute, void *data)
{
	if (mnl_attr_get_type(attribute) == TCA_OPTIONS)
		mnl_attr_parse_nested(attribute, read_program, data);
	return MNL_CB_OK;
}

static int on_side(void *argument, const struct nlmsghdr *message)
{
	if (message->nlmsg_type == RTM_NEWTFILTER)
		mnl_attr_parse(message, sizeof(struct tcmsg), read_options, argument);
	return 0;
}

/*
 * By the name that libbpf gives to a filter that it attaches. That of the program itself could be
 * asked for with CAP_SYS_ADMIN only, which an agent does not keep.
 */
static bool is_ours(const struct filter *filter, enum pins_program program)
{
	char name[FILTER_NAME_SIZE];

	snprintf(name, sizeof(name), "%s:[%u]", pins_program_names[program], filter->program_id);
	return strcmp(filter->name, name) == 0;
}

/* *ours: ours is attached. -EEXIST where another program has our handle and priority. */
static int query_side(int ifindex, const struct side *side, bool *ours)
{
	const struct tcmsg header = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = ifindex,
		.tcm_parent = side->parent,
		.tcm_handle = FILTERS_HANDLE,
		.tcm_info = TC_H_MAKE(FILTERS_PRIORITY << 16, htons(ETH_P_ALL)),
	};
	struct filter filter = {0};
	int error = netlink_get(RTM_GETTFILTER, &header, sizeof(header), 0, on_side, &filter);

	/* -EINVAL: there is no clsact qdisc. */
	if (error == -ENOENT || error == -EINVAL) {
		*ours = false;
		return 0;
	}
	if (error)
		return error;
	if (!is_ours(&filter, side->program))
		return -EEXIST;
	*ours = true;
	return 0;
}

static int attach_side(int ifindex, const struct side *side, int fd, bool replace)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = side->point);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = fd, .handle = FILTERS_HANDLE,
			    .priority = FILTERS_PRIORITY, .flags = replace ? BPF_TC_F_REPLACE : 0);

	return bpf_tc_attach(&hook, &options);
}

const char *filters_explain(int error)
{
	switch (error) {
	case -EEXIST:
		return "somebody else's filter has our handle and priority";
	case -ENOTUNIQ:
		return "an ingress qdisc is in the place of a clsact qdisc";
	case -E2BIG:
		return "the map `links` is full";
	default:
		return strerror(-error);
	}
}

int filters_attach(int ifindex, enum filters_end end, int from_pod_fd, int to_pod_fd)
{
	struct filters ours;
	int error;

	error = query_side(ifindex, &from_pod_sides[end], &ours.from_pod);
	if (!error)
		error = query_side(ifindex, &to_pod_sides[end], &ours.to_pod);
	/* First the way back: a connection is moved only by from_pod. */
	if (!error)
		error = attach_side(ifindex, &to_pod_sides[end], to_pod_fd, ours.to_pod);
	if (!error)
		error = attach_side(ifindex, &from_pod_sides[end], from_pod_fd, ours.from_pod);
	return error;
}

int filters_query(int ifindex, enum filters_end end, struct filters *filters)
{
	struct filters found = {0};
	int error;

	error = query_side(ifindex, &from_pod_sides[end], &found.from_pod);
	if (!error || error == -EEXIST)
		error = query_side(ifindex, &to_pod_sides[end], &found.to_pod);
	if (error && error != -EEXIST)
		return error;
	*filters = found;
	return 0;
}

static int detach_side(int ifindex, const struct side *side)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = side->point);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, options, .handle = FILTERS_HANDLE,
			    .priority = FILTERS_PRIORITY);

	return bpf_tc_detach(&hook, &options);
}

int filters_detach(int ifindex, enum filters_end end, unsigned int *removed)
{
	struct filters filters;
	int error;

	*removed = 0;
	error = filters_query(ifindex, end, &filters);
	if (!error && filters.from_pod) {
		error = detach_side(ifindex, &from_pod_sides[end]);
		*removed += !error;
	}
	if (!error && filters.to_pod) {
		error = detach_side(ifindex, &to_pod_sides[end]);
		*removed += !error;
	}
	return error;
}

static int on_filter(void *argument, const struct nlmsghdr *message)
{
	bool *found = argument;

	if (message->nlmsg_type == RTM_NEWTFILTER)
		*found = true;
	return 0;
}

static int has_filter(int ifindex, __u32 parent, bool *found)
{
	struct tcmsg header = {
		.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex, .tcm_parent = parent};

	return netlink_get(RTM_GETTFILTER, &header, sizeof(header), 1, on_filter, found);
}

int filters_remove_empty_qdisc(int ifindex, bool *removed)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
			    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	bool found = false;
	int error;

	error = has_filter(ifindex, INGRESS, &found);
	if (!error)
		error = has_filter(ifindex, EGRESS, &found);
	if (!error && !found)
		error = bpf_tc_hook_destroy(&hook);
	if (!error)
		*removed = !found;
	return error;
}
