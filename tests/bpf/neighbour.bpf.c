// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Programs of somebody else on a pod's link, before and behind Shunt's: they count, mark, redirect, tag
 * and end. Each counts the TCP packets that it gets, by the port that is not the pod's, in
 * the map `seen`, which tests read.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define TO_POD 0 /* which way a program sees packets go */
#define FROM_POD 1

#define PRIORITY 5
#define TAG_ID 7
#define FAMILY_IPV4 2
#define FAMILY_IPV6 10

struct place {
	char program[16];
	__u32 port; /* of the other end, host order */
};

struct seen {
	__u64 packets; /* as on a wire: a packet that is still to be segmented counts as many */
	__u64 bytes; /* of payload */
	__u64 marks[2]; /* packets that had the mark of mark_to_pod, of mark_from_pod */
	__u64 priority; /* packets that had one of ours */
	__u64 tagged; /* packets that had a VLAN tag */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct place);
	__type(value, struct seen);
} seen SEC(".maps");

/* What is read of a TCP packet. */
struct view {
	__u32 l4;
	__u32 l3_end;
	bool ipv6;
};

static __always_inline bool view_ipv4(struct __sk_buff *skb, struct view *view)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) || ip.protocol != IPPROTO_TCP)
		return false;
	view->l4 = ETH_HLEN + ip.ihl * 4;
	view->l3_end = ETH_HLEN + bpf_ntohs(ip.tot_len);
	return true;
}

static __always_inline bool view_ipv6(struct __sk_buff *skb, struct view *view)
{
	struct ipv6hdr ip;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) || ip.nexthdr != IPPROTO_TCP)
		return false;
	view->ipv6 = true;
	view->l4 = ETH_HLEN + sizeof(ip);
	view->l3_end = view->l4 + bpf_ntohs(ip.payload_len);
	return true;
}

/* Whether the packet is one of TCP. */
static __always_inline bool view_read(struct __sk_buff *skb, struct view *view)
{
	__be16 type;

	__builtin_memset(view, 0, sizeof(*view));
	if (bpf_skb_load_bytes(skb, ETH_HLEN - 2, &type, sizeof(type)))
		return false;
	if (type == bpf_htons(ETH_P_IP))
		return view_ipv4(skb, view);
	return type == bpf_htons(ETH_P_IPV6) && view_ipv6(skb, view);
}

static __always_inline void seen_add(struct __sk_buff *skb, struct seen *sum, __u32 payload)
{
	__u32 packets = skb->gso_segs ?: 1;

	__sync_fetch_and_add(&sum->packets, packets);
	__sync_fetch_and_add(&sum->bytes, payload);
	if (skb->mark == 0x5100 + TO_POD || skb->mark == 0x5100 + FROM_POD)
		__sync_fetch_and_add(&sum->marks[skb->mark & 1], packets);
	if (skb->priority == PRIORITY)
		__sync_fetch_and_add(&sum->priority, packets);
	if (skb->vlan_present)
		__sync_fetch_and_add(&sum->tagged, packets);
}

/* Counts the packet for a program. Returns whether it is one of TCP. */
static __always_inline bool count(struct __sk_buff *skb, const char *program, __u32 length, int way)
{
	struct seen *sum, none = {};
	struct place place = {};
	struct view view;
	struct tcphdr tcp;

	if (!view_read(skb, &view) || bpf_skb_load_bytes(skb, view.l4, &tcp, sizeof(tcp)))
		return false;
	place.port = way == FROM_POD ? bpf_ntohs(tcp.dest) : bpf_ntohs(tcp.source);
	__builtin_memcpy(place.program, program, length);
	sum = bpf_map_lookup_elem(&seen, &place);
	if (!sum) {
		bpf_map_update_elem(&seen, &place, &none, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(&seen, &place);
	}
	if (sum)
		seen_add(skb, sum, view.l3_end - view.l4 - tcp.doff * 4);
	return true;
}

#define COUNT(skb, way) count(skb, __func__, sizeof(__func__), way)

/* Leaves the packet as it is to whoever comes next. */
#define WATCHER(name, way)                        \
	SEC("tc") int name(struct __sk_buff *skb) \
	{                                         \
		COUNT(skb, way);                  \
		return TC_ACT_UNSPEC;             \
	}

WATCHER(before_in, FROM_POD)
WATCHER(after_in, FROM_POD)
WATCHER(before_out, TO_POD)
WATCHER(after_out, TO_POD)
WATCHER(pod_out, FROM_POD)
WATCHER(pod_in, TO_POD)
WATCHER(tcx_in, FROM_POD)
WATCHER(tcx_out, TO_POD)

/* Marks, as network policies and bandwidth managers do. */
#define MARKER(name, way)                         \
	SEC("tc") int name(struct __sk_buff *skb) \
	{                                         \
		COUNT(skb, way);                  \
		skb->mark = 0x5100 + (way);       \
		skb->priority = PRIORITY;         \
		return TC_ACT_UNSPEC;             \
	}

MARKER(mark_in, FROM_POD)
MARKER(mark_out, TO_POD)

/* Accepts the packet: nobody else on the hook gets it. */
SEC("tc") int finish_in(struct __sk_buff *skb)
{
	COUNT(skb, FROM_POD);
	return TC_ACT_OK;
}

SEC("tc") int finish_out(struct __sk_buff *skb)
{
	COUNT(skb, TO_POD);
	return TC_ACT_OK;
}

/* Where the node would send the packet, past netfilter: an interface, and the frame's addresses. Returns
 * 0 where it does not know yet. */
static __always_inline __u32 way_find(struct __sk_buff *skb)
{
	struct bpf_fib_lookup fib = {};
	struct view view;
	struct ipv6hdr ip6;
	struct iphdr ip;

	if (!view_read(skb, &view))
		return 0;
	fib.ifindex = skb->ingress_ifindex;
	fib.l4_protocol = IPPROTO_TCP;
	if (view.ipv6) {
		if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip6, sizeof(ip6)))
			return 0;
		fib.family = FAMILY_IPV6;
		__builtin_memcpy(fib.ipv6_src, &ip6.saddr, 16);
		__builtin_memcpy(fib.ipv6_dst, &ip6.daddr, 16);
	} else {
		if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)))
			return 0;
		fib.family = FAMILY_IPV4;
		fib.ipv4_src = ip.saddr;
		fib.ipv4_dst = ip.daddr;
	}
	if (bpf_fib_lookup(skb, &fib, sizeof(fib), 0) ||
	    bpf_skb_store_bytes(skb, 0, fib.dmac, ETH_ALEN, 0) ||
	    bpf_skb_store_bytes(skb, ETH_ALEN, fib.smac, ETH_ALEN, 0))
		return 0;
	return fib.ifindex;
}

/* Redirect what they know the way of. */
#define REDIRECTOR(name, call)                         \
	SEC("tc") int name(struct __sk_buff *skb)      \
	{                                              \
		__u32 ifindex;                         \
                                                       \
		if (!COUNT(skb, FROM_POD))             \
			return TC_ACT_UNSPEC;          \
		ifindex = way_find(skb);               \
		return ifindex ? call : TC_ACT_UNSPEC; \
	}

REDIRECTOR(jump, bpf_redirect(ifindex, 0))
REDIRECTOR(jump_neigh, bpf_redirect_neigh(ifindex, NULL, 0, 0))
REDIRECTOR(jump_peer, bpf_redirect_peer(ifindex, 0))

/* Tags of all frames. */
SEC("tc") int tag(struct __sk_buff *skb)
{
	return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), TAG_ID) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

SEC("tc") int tag_none(struct __sk_buff *skb)
{
	return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 0) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

SEC("tc") int untag(struct __sk_buff *skb)
{
	if (!skb->vlan_present)
		return TC_ACT_UNSPEC;
	return bpf_skb_vlan_pop(skb) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}
