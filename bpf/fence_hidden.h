/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * SYNs where packet_parse() does not look: in an IP fragment, behind IPv6 extension headers, behind
 * VLAN tags, of which Linux takes any number whose id is 0, or in a packet whose IP header does not say
 * its length, which Linux takes where it is still to be segmented. No stack sends such unasked, but a
 * fence that did not see them could be walked round.
 */
#ifndef SHUNT_BPF_FENCE_HIDDEN_H
#define SHUNT_BPF_FENCE_HIDDEN_H

#include "maps.h"

#define HIDDEN_HEADERS_MAX 8192 /* as many as an IPv6 packet has room for */
#define HIDDEN_TAGS_MAX 16384 /* as many as a frame has room for */
#define HIDDEN_FLAGS_END 14 /* bytes of a TCP header up to its flags */
#define HIDDEN_FRAGMENT_OFFSET 0xfff8 /* of the IPv6 fragment header's second half */

struct hidden {
	struct __sk_buff *skb;
	__u32 at; /* where the header begins that `next` says the kind of */
	__u32 end; /* of the IP packet: the frame may be longer */
	__u8 next;
	__be16 type; /* of what the frame holds behind the tags so far */
};

/* Goes on behind a VLAN tag. */
static long hidden_step_tag(__u32 index, struct hidden *hidden)
{
	(void)index;
	if (!packet_is_tag(hidden->type) ||
	    bpf_skb_load_bytes(hidden->skb, hidden->at + 2, &hidden->type, sizeof(hidden->type)))
		return 1;
	hidden->at += 4;
	return 0;
}

/* Goes on to the next header of an IPv6 packet. */
static long hidden_step(__u32 index, struct hidden *hidden)
{
	__u8 header[8];

	(void)index;
	if (!packet_is_extension(hidden->next))
		return 1;
	if (bpf_skb_load_bytes(hidden->skb, hidden->at, header, sizeof(header)) ||
	    (hidden->next == IPPROTO_FRAGMENT &&
	     (header[2] << 8 | header[3]) & HIDDEN_FRAGMENT_OFFSET)) {
		hidden->next = IPPROTO_NONE;
		return 1;
	}
	if (hidden->next == IPPROTO_FRAGMENT)
		hidden->at += 8;
	else if (hidden->next == IPPROTO_AH)
		hidden->at += (header[1] + 2) * 4;
	else
		hidden->at += (header[1] + 1) * 8;
	hidden->next = header[0];
	return 0;
}

/* Where what has `length` bytes from hidden->at on ends. A packet without a length takes all there is. */
static __always_inline __u32 hidden_end(const struct hidden *hidden, __u32 length)
{
	return length ? hidden->at + length : hidden->skb->len;
}

static __always_inline void hidden_find_ipv6(struct hidden *hidden, struct packet *packet)
{
	struct ipv6hdr ip;

	if (bpf_skb_load_bytes(hidden->skb, hidden->at, &ip, sizeof(ip)))
		return;
	packet->ipv6 = 1;
	__builtin_memcpy(packet->addresses, &ip.saddr, 32);
	hidden->next = ip.nexthdr;
	hidden->at += sizeof(ip);
	hidden->end = hidden_end(hidden, bpf_ntohs(ip.payload_len));
	bpf_loop(HIDDEN_HEADERS_MAX, hidden_step, hidden, 0);
}

/* Of a fragmented packet, only its first fragment has the TCP header's beginning. Linux cuts a fragment
 * that others follow to a multiple of 8 bytes; what it cuts off, the next one brings. */
static __always_inline void hidden_find_ipv4(struct hidden *hidden, struct packet *packet)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(hidden->skb, hidden->at, &ip, sizeof(ip)) ||
	    ip.frag_off & bpf_htons(0x1fff))
		return;
	packet->ipv6 = 0;
	packet_map_ipv4(&packet->addresses[0], ip.saddr);
	packet_map_ipv4(&packet->addresses[1], ip.daddr);
	hidden->next = ip.protocol;
	hidden->end = hidden_end(hidden, bpf_ntohs(ip.tot_len));
	hidden->at += ip.ihl * 4;
	if (ip.frag_off & bpf_htons(0x2000))
		hidden->end -= (hidden->end - hidden->at) & 7;
}

/*
 * Whether the packet in hand, which packet_parse() calls hidden, may be a SYN, as one is whose flags are
 * in the next fragment. scratch->packet then has its addresses, ports and flags, and nothing else.
 */
SUBPROGRAM int hidden_begins(struct __sk_buff *skb)
{
	struct hidden hidden = {.skb = skb, .at = PACKET_L3, .next = IPPROTO_NONE};
	struct scratch *scratch = scratch_get();
	__u8 flags;
	__be16 ports[2];

	if (!scratch || bpf_skb_load_bytes(skb, PACKET_TYPE, &hidden.type, sizeof(hidden.type)))
		return 0;
	bpf_loop(HIDDEN_TAGS_MAX, hidden_step_tag, &hidden, 0);
	if (hidden.type == bpf_htons(ETH_P_IPV6))
		hidden_find_ipv6(&hidden, &scratch->packet);
	else if (hidden.type == bpf_htons(ETH_P_IP))
		hidden_find_ipv4(&hidden, &scratch->packet);
	if (hidden.next != IPPROTO_TCP || bpf_skb_load_bytes(skb, hidden.at, ports, sizeof(ports)))
		return 0;
	if (hidden.at + HIDDEN_FLAGS_END > hidden.end ||
	    bpf_skb_load_bytes(skb, hidden.at + HIDDEN_FLAGS_END - 1, &flags, 1))
		flags = TCP_SYN;
	scratch->packet.source_port = bpf_ntohs(ports[0]);
	scratch->packet.destination_port = bpf_ntohs(ports[1]);
	scratch->packet.segment.flags = flags;
	return packet_begins(&scratch->packet);
}

#endif
