/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which end of the pods' links the programs are on, and all that depends on it: no other file asks.
 *
 * At the host's end from_pod is at ingress and to_pod at egress; at the pod's own end it is the other way
 * round. What is injected as if the pod had sent it goes to where from_pod is. At ingress it is queued
 * and seen later. At egress it is seen at once, within the call that injects it: each such call has
 * scratch memory of its own. And there the sender is the pod's TCP, which would take a packet that is
 * dropped for one that was not sent at all.
 */
#ifndef SHUNT_BPF_DIRECTION_H
#define SHUNT_BPF_DIRECTION_H

#include "vmlinux.h"
#include <linux/pkt_cls.h>
#include <bpf/bpf_core_read.h>
#include "maps.h"

/* Flags of bpf_redirect(): as if the pod had sent it. */
static __always_inline __u64 direction_from_pod(void)
{
	return at_pod ? 0 : BPF_F_INGRESS;
}

/* The same: on its way to the pod. */
static __always_inline __u64 direction_to_pod(void)
{
	return at_pod ? BPF_F_INGRESS : 0;
}

/* Whether what is sent as if the pod had sent it waits behind what others send, in a processor's queue. */
static __always_inline bool direction_has_queue(void)
{
	return !at_pod;
}

/* Sends a copy of the packet in hand as if the pod had sent it. Returns 0, or not where it is lost. */
static __always_inline int direction_inject(struct __sk_buff *skb)
{
	struct scratch_level *level;
	__u32 zero = 0;
	int error;

	if (!at_pod)
		return bpf_clone_redirect(skb, skb->ifindex, BPF_F_INGRESS);
	level = bpf_map_lookup_elem(&scratch_level, &zero);
	if (!level || level->now + 1 >= SHUNT_LEVELS_MAX)
		return -1;
	level->now++;
	error = bpf_clone_redirect(skb, skb->ifindex, 0);
	level->now--;
	return error;
}

/* Whether the pod's own routes and neighbours say where a frame goes whose receiver is not known. */
static __always_inline bool direction_has_routes(void)
{
	return at_pod;
}

/* The verdict that sends the packet in hand to whom these lead to, as if the pod had sent it. */
static __always_inline int direction_route(const struct __sk_buff *skb)
{
	return bpf_redirect_neigh(skb->ifindex, NULL, 0, 0);
}

/* The verdict of from_pod. */
static __always_inline int direction_verdict(int verdict)
{
	return at_pod && verdict == TC_ACT_SHOT ? TC_ACT_STOLEN : verdict;
}

/*
 * The source and destination of the IPv6 packet in hand have changed by `difference`, and its TCP checksum has
 * been made to follow. So the sum of all its bytes is the same; a device that computed it has put it beside
 * a packet that comes in, and the helper that changed the checksum has taken it for another one.
 */
static __always_inline void direction_keep_sum(struct __sk_buff *skb, __s64 difference)
{
	if (at_pod)
		bpf_csum_update(skb, difference);
}

/* What `links` and `pods` know the link of the packet in hand by. */
static __always_inline __u32 direction_link(const struct __sk_buff *skb)
{
	const struct sk_buff *packet = (const void *)skb;

	if (!at_pod)
		return skb->ifindex;
	/* Links in two namespaces may have one index. The namespaces' numbers are above all of these. */
	return BPF_CORE_READ(packet, dev, nd_net.net, ns.inum);
}

/* The network namespace of the pod's sockets, as seen from the link's: -1 is the same one. Returns 0, or
 * -1 where the link is not known. */
static __always_inline int direction_netns(const struct __sk_buff *skb, __s32 *netns_id)
{
	const struct shunt_link *link;
	__u32 ifindex;

	*netns_id = -1;
	if (at_pod)
		return 0;
	ifindex = skb->ifindex;
	link = bpf_map_lookup_elem(&links, &ifindex);
	if (!link)
		return -1;
	*netns_id = link->netns_id;
	return 0;
}

#endif
