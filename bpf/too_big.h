/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a router says of a moved connection's packet that its next link is too small for (RFC 1191, RFC
 * 8201). It quotes the packet as the leg has it; the client's socket knows only its own.
 */
#ifndef SHUNT_BPF_TOO_BIG_H
#define SHUNT_BPF_TOO_BIG_H

#include "replay.h"

/* The same in both families; <linux/icmp.h> is none that a program can include. */
struct icmp_header {
	__u8 type;
	__u8 code;
	__be16 check;
	__be32 rest;
};

#define ICMP_UNREACHABLE 3
#define ICMP_UNREACHABLE_TOO_BIG 4
#define ICMPV6_TOO_BIG 2

/* What is quoted, and where. */
struct too_big {
	__u32 check; /* offset of the message's checksum */
	__u32 l3;
	__u32 l4;
	bool ipv6;
	struct {
		__be16 source;
		__be16 destination;
		__be32 sequence;
	} tcp;
};

/* The quoted packet's addresses become those of scratch->connection. */
static __always_inline int too_big_read_ipv4(struct __sk_buff *skb, struct scratch *scratch,
					     struct too_big *quoted)
{
	struct icmp_header icmp;
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, PACKET_L3, &ip, sizeof(ip)) ||
	    bpf_skb_load_bytes(skb, PACKET_L3 + ip.ihl * 4, &icmp, sizeof(icmp)) ||
	    icmp.type != ICMP_UNREACHABLE || icmp.code != ICMP_UNREACHABLE_TOO_BIG)
		return -1;
	quoted->check = PACKET_L3 + ip.ihl * 4 + offsetof(struct icmp_header, check);
	quoted->l3 = PACKET_L3 + ip.ihl * 4 + sizeof(icmp);
	if (bpf_skb_load_bytes(skb, quoted->l3, &ip, sizeof(ip)) || ip.protocol != IPPROTO_TCP ||
	    ip.frag_off & bpf_htons(0x1fff))
		return -1;
	quoted->l4 = quoted->l3 + ip.ihl * 4;
	packet_map_ipv4(&scratch->connection.client, ip.saddr);
	packet_map_ipv4(&scratch->connection.remote, ip.daddr);
	return 0;
}

static __always_inline int too_big_read_ipv6(struct __sk_buff *skb, struct scratch *scratch,
					     struct too_big *quoted)
{
	struct icmp_header icmp;
	struct ipv6hdr ip;

	if (bpf_skb_load_bytes(skb, PACKET_L3 + sizeof(ip), &icmp, sizeof(icmp)) ||
	    icmp.type != ICMPV6_TOO_BIG)
		return -1;
	quoted->ipv6 = true;
	quoted->check = PACKET_L3 + sizeof(ip) + offsetof(struct icmp_header, check);
	quoted->l3 = PACKET_L3 + sizeof(ip) + sizeof(icmp);
	quoted->l4 = quoted->l3 + sizeof(ip);
	if (bpf_skb_load_bytes(skb, quoted->l3, &ip, sizeof(ip)) || ip.nexthdr != IPPROTO_TCP)
		return -1;
	__builtin_memcpy(&scratch->connection.client, &ip.saddr, 16);
	__builtin_memcpy(&scratch->connection.remote, &ip.daddr, 16);
	return 0;
}

static __always_inline int too_big_read(struct __sk_buff *skb, struct scratch *scratch,
					struct too_big *quoted)
{
	__be16 type;
	int error;

	if (bpf_skb_load_bytes(skb, PACKET_TYPE, &type, sizeof(type)))
		return -1;
	error = type == bpf_htons(ETH_P_IP) ? too_big_read_ipv4(skb, scratch, quoted)
					    : too_big_read_ipv6(skb, scratch, quoted);
	if (error || bpf_skb_load_bytes(skb, quoted->l4, &quoted->tcp, sizeof(quoted->tcp)))
		return -1;
	scratch->connection.client_port = bpf_ntohs(quoted->tcp.source);
	scratch->connection.remote_port = bpf_ntohs(quoted->tcp.destination);
	return 0;
}

/* The flow whose current leg has the tuple in scratch->connection, which becomes the client's own. */
static __always_inline struct shunt_flow *too_big_flow(struct scratch *scratch)
{
	struct shunt_flow *flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	struct shunt_leg_owner *owner;

	if (flow)
		return flow->current ? NULL : flow;
	owner = bpf_map_lookup_elem(&legs, &scratch->connection);
	if (!owner)
		return NULL;
	flow = bpf_map_lookup_elem(&flows, &owner->connection);
	if (!flow || flow->current != owner->leg)
		return NULL;
	scratch->connection = owner->connection;
	return flow;
}

/* Writes the destination that the client knows into the quoted IP header. An IPv4 header's own checksum
 * makes up for it; what an IPv6 header adds to the message's is in *difference. */
static __always_inline int too_big_address(struct __sk_buff *skb, struct scratch *scratch,
					   const struct too_big *quoted, __s64 *difference)
{
	struct shunt_address *old = &scratch->addresses[0], *new = &scratch->addresses[1];
	__be32 from, to;
	int error;

	*new = scratch->connection.remote;
	if (quoted->ipv6) {
		error = bpf_skb_load_bytes(skb, quoted->l3 + 24, old, 16);
		*difference = bpf_csum_diff((void *)old, 16, (void *)new, 16, *difference);
		return error ?: bpf_skb_store_bytes(skb, quoted->l3 + 24, new, 16, 0);
	}
	error = bpf_skb_load_bytes(skb, quoted->l3 + 16, &from, 4);
	__builtin_memcpy(&to, &new->bytes[12], 4);
	error = error ?: bpf_skb_store_bytes(skb, quoted->l3 + 16, &to, 4, 0);
	return error ?: bpf_l3_csum_replace(skb, quoted->l3 + 10, from, to, 4);
}

/* Translates the quoted packet for the client. */
static __always_inline int too_big_translate(struct __sk_buff *skb, struct scratch *scratch,
					     struct too_big *quoted, __u32 sequence_delta)
{
	__u64 old, new;
	__s64 difference;
	int error;

	__builtin_memcpy(&old, &quoted->tcp, sizeof(old));
	quoted->tcp.destination = bpf_htons(scratch->connection.remote_port);
	quoted->tcp.sequence = bpf_htonl(bpf_ntohl(quoted->tcp.sequence) - sequence_delta);
	__builtin_memcpy(&new, &quoted->tcp, sizeof(new));
	difference = bpf_csum_diff((void *)&old, sizeof(old), (void *)&new, sizeof(new), 0);
	error = too_big_address(skb, scratch, quoted, &difference);
	error = error ?: bpf_skb_store_bytes(skb, quoted->l4, &quoted->tcp, sizeof(quoted->tcp), 0);
	return error ?: bpf_l4_csum_replace(skb, quoted->check, 0, difference, 0);
}

/* The ICMP message in hand goes to the pod; if it is about its moved connection's current leg, as one about
 * the client's own packet. Returns a TC verdict. */
SUBPROGRAM int too_big(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	struct too_big quoted = {};
	struct shunt_flow *flow;

	if (!scratch || too_big_read(skb, scratch, &quoted))
		return TC_ACT_UNSPEC;
	flow = too_big_flow(scratch);
	if (!flow)
		return TC_ACT_UNSPEC;
	if (too_big_translate(skb, scratch, &quoted, leg_at(flow, flow->current)->sequence_delta)) {
		count(SHUNT_REASON_HELPER_FAILED);
		return TC_ACT_SHOT;
	}
	return TC_ACT_UNSPEC;
}

#endif
