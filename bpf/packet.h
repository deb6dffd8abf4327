/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Reading a TCP packet of either family. */
#ifndef SHUNT_BPF_PACKET_H
#define SHUNT_BPF_PACKET_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include "portable.h"
#include "tcp.h"

#define PACKET_TYPE (ETH_HLEN - 2)
#define PACKET_L3 ETH_HLEN
#define PACKET_HEADERS_MAX (ETH_HLEN + sizeof(struct ipv6hdr) + TCP_HEADER_MAX)

#define PACKET_FOREIGN (-1) /* none of ours */
#define PACKET_SHORT (-2) /* the linear part ends within the headers */
#define PACKET_HIDDEN (-3) /* the same, but TCP may be in it: hidden_begins() knows */
#define PACKET_CONTROL (-4) /* the same, but it may tell of TCP: too_big() knows */

struct packet {
	struct shunt_address addresses[2]; /* source, destination */
	__u32 l4; /* offset of the TCP header */
	__u32 payload; /* offset of the payload */
	struct segment segment;
	__u16 source_port;
	__u16 destination_port;
	__u8 ipv6;
	__u8 injected; /* 1: ours, already in its receiver's numbering */
};

static __always_inline void packet_map_ipv4(struct shunt_address *address, __be32 ipv4)
{
	__u32 *words = (__u32 *)address->bytes;

	words[0] = 0;
	words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = ipv4;
}

static __always_inline int packet_parse_tcp(struct packet *packet, void *l4, void *end,
					    __u32 l3_length, __u32 offset)
{
	struct tcp_image *tcp = l4;
	__u32 header;

	if (l4 + TCP_HEADER_MIN > end)
		return PACKET_SHORT;
	header = (tcp->offset >> 4) * 4;
	if (header < TCP_HEADER_MIN || header > l3_length)
		return PACKET_FOREIGN;
	packet->l4 = offset;
	packet->payload = offset + header;
	packet->segment.length = l3_length - header;
	packet->segment.sequence = bpf_ntohl(tcp->sequence);
	packet->segment.acknowledgement = bpf_ntohl(tcp->acknowledgement);
	packet->source_port = bpf_ntohs(tcp->source);
	packet->destination_port = bpf_ntohs(tcp->destination);
	packet->segment.window = bpf_ntohs(tcp->window);
	packet->segment.flags = tcp->flags;
	packet->injected = tcp->urgent == bpf_htons(TCP_INJECTED) && !(tcp->flags & TCP_URG);
	packet->segment.end = packet->segment.sequence + packet->segment.length +
			      !!(tcp->flags & TCP_SYN) + !!(tcp->flags & TCP_FIN);
	return 0;
}

static __always_inline int packet_parse_ipv4(struct packet *packet, void *l3, void *end)
{
	struct iphdr *ip = l3;
	__u32 header, total;

	if (l3 + sizeof(*ip) > end)
		return PACKET_SHORT;
	header = ip->ihl * 4;
	total = bpf_ntohs(ip->tot_len);
	if (ip->protocol != IPPROTO_TCP || header < sizeof(*ip))
		return ip->protocol == IPPROTO_ICMP ? PACKET_CONTROL : PACKET_FOREIGN;
	if (ip->frag_off & bpf_htons(0x3fff) || !total)
		return PACKET_HIDDEN;
	if (header > total)
		return PACKET_FOREIGN;
	packet->ipv6 = 0;
	packet_map_ipv4(&packet->addresses[0], ip->saddr);
	packet_map_ipv4(&packet->addresses[1], ip->daddr);
	return packet_parse_tcp(packet, l3 + header, end, total - header, PACKET_L3 + header);
}

/* Whether another header follows the one of this kind. */
static __always_inline bool packet_is_extension(__u8 kind)
{
	return kind == IPPROTO_HOPOPTS || kind == IPPROTO_ROUTING || kind == IPPROTO_FRAGMENT ||
	       kind == IPPROTO_AH || kind == IPPROTO_DSTOPTS;
}

/* Extension headers are not followed: such packets are none of ours. Nor are those whose length is 0, as
 * with BIG TCP. */
static __always_inline int packet_parse_ipv6(struct packet *packet, void *l3, void *end)
{
	struct ipv6hdr *ip = l3;

	if (l3 + sizeof(*ip) > end)
		return PACKET_SHORT;
	if (ip->nexthdr == IPPROTO_ICMPV6)
		return PACKET_CONTROL;
	if (ip->nexthdr != IPPROTO_TCP)
		return packet_is_extension(ip->nexthdr) ? PACKET_HIDDEN : PACKET_FOREIGN;
	if (!ip->payload_len)
		return PACKET_HIDDEN;
	packet->ipv6 = 1;
	__builtin_memcpy(packet->addresses, &ip->saddr, 32);
	return packet_parse_tcp(packet, l3 + sizeof(*ip), end, bpf_ntohs(ip->payload_len),
				PACKET_L3 + sizeof(*ip));
}

/* Whether the type is that of a VLAN tag. */
static __always_inline bool packet_is_tag(__be16 type)
{
	return type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD);
}

/* As packet_parse(), of the bytes of a frame from `data` to `end`; PACKET_SHORT where these end within
 * the headers. */
static __always_inline int packet_parse_frame(struct packet *packet, void *data, void *end)
{
	struct ethhdr *eth = data;

	if (data + sizeof(*eth) > end)
		return PACKET_SHORT;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return packet_parse_ipv4(packet, data + sizeof(*eth), end);
	if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		return packet_parse_ipv6(packet, data + sizeof(*eth), end);
	return packet_is_tag(eth->h_proto) ? PACKET_HIDDEN : PACKET_FOREIGN;
}

static __always_inline int packet_parse_linear(struct __sk_buff *skb, struct packet *packet)
{
	return packet_parse_frame(packet, (void *)(long)skb->data, (void *)(long)skb->data_end);
}

/*
 * Fills *packet from an Ethernet frame that holds an unfragmented TCP packet. Returns 0, or a
 * negative number for anything else, which is none of ours. The frame stays as it is, but for
 * headers that are not in its linear part yet.
 */
static __always_inline int packet_parse(struct __sk_buff *skb, struct packet *packet)
{
	int result = packet_parse_linear(skb, packet);

	if (result != PACKET_SHORT || skb->len <= (__u32)(skb->data_end - skb->data))
		return result;
	if (bpf_skb_pull_data(skb, skb->len < PACKET_HEADERS_MAX ? skb->len : PACKET_HEADERS_MAX))
		return PACKET_HIDDEN;
	return packet_parse_linear(skb, packet);
}

/* Whether the packet asks for a connection. */
static __always_inline bool packet_begins(const struct packet *packet)
{
	return (packet->segment.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* The packet's TCP header; bytes beyond it are zeroed. Returns 0 or a negative error. */
static __always_inline int packet_load_tcp(struct __sk_buff *skb, const struct packet *packet,
					   struct tcp_image *tcp)
{
	__u32 header = packet->payload - packet->l4;

	__builtin_memset(tcp, 0, sizeof(*tcp));
	opaque(header);
	header = ((header - 1) & 63) + 1;
	if (header > TCP_HEADER_MAX)
		return -1;
	return bpf_skb_load_bytes(skb, packet->l4, tcp, header);
}

#endif
