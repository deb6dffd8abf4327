/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A packet's headers, Ethernet to TCP, changed in memory and written back at once: each helper that
 * touches a packet costs more than all the arithmetic of a translation.
 */
#ifndef SHUNT_BPF_HEADERS_H
#define SHUNT_BPF_HEADERS_H

#include "count.h"
#include "direction.h"

/* The TCP header in scratch->headers. */
static __always_inline struct tcp_image *headers_tcp(struct scratch *scratch)
{
	__u32 l4 = scratch->packet.l4;

	opaque(l4);
	return (struct tcp_image *)&scratch->headers.frame[l4 & 127];
}

/* How many bytes the headers have, in bounds for the verifier. */
static __always_inline __u32 headers_size(const struct packet *packet)
{
	__u32 size = packet->payload;

	opaque(size);
	return ((size - 1) & (sizeof(((struct headers *)0)->frame) - 1)) + 1;
}

/* Reads the headers of the packet in hand; scratch->old is its TCP header. Returns 0 or a negative error. */
static __always_inline int headers_load(struct __sk_buff *skb, struct scratch *scratch)
{
	int err =
		bpf_skb_load_bytes(skb, 0, scratch->headers.frame, headers_size(&scratch->packet));

	if (!err)
		scratch->old = *headers_tcp(scratch);
	return err;
}

/* Adds what replacing `words` 32-bit words of `old` by `new` changes in a checksum. */
static __always_inline __u64 headers_difference(__u64 sum, const void *old, const void *new,
						__u32 words)
{
	const __u32 *from = old, *to = new;
	__u32 i;

	for (i = 0; i < words; i++)
		sum += (__u64)(__u32)~from[i] + to[i];
	return sum;
}

static __always_inline __u32 headers_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	return (sum & 0xffffffff) + (sum >> 32);
}

/* Replaces the source (0) or destination (1) address in scratch->headers. Returns the difference that this
 * makes to a pseudo header's checksum. */
static __always_inline __u32 headers_address(struct scratch *scratch, __u32 side,
					     const struct shunt_address *new)
{
	const struct shunt_address *old = &scratch->packet.addresses[side];
	__u8 *l3 = scratch->headers.frame + PACKET_L3;
	struct iphdr *ip = (struct iphdr *)l3;
	__u32 difference, check;

	if (scratch->packet.ipv6) {
		__builtin_memcpy(l3 + 8 + side * 16, new, 16);
		return headers_fold(headers_difference(0, old, new, 4));
	}
	__builtin_memcpy(l3 + 12 + side * 4, &new->bytes[12], 4);
	difference = headers_fold(headers_difference(0, &old->bytes[12], &new->bytes[12], 1));
	check = (__u16)~ip->check + (difference & 0xffff) + (difference >> 16);
	check = (check & 0xffff) + (check >> 16);
	ip->check = ~((check & 0xffff) + (check >> 16));
	return difference;
}

/* What the translation of the TCP header changes in its checksum. Most are not longer than 32 bytes. */
static __always_inline __u32 headers_tcp_difference(struct scratch *scratch,
						    const struct tcp_image *tcp)
{
	__u64 sum = headers_difference(0, &scratch->old, tcp, 8);

	if (tcp->offset >> 4 > 8)
		sum = headers_difference(sum, (const __u8 *)&scratch->old + 32,
					 (const __u8 *)tcp + 32, 7);
	return headers_fold(sum);
}

/* Writes the headers back. `pseudo` is what headers_address() returned. Returns 0 or a negative error. */
static __always_inline int headers_store(struct __sk_buff *skb, struct scratch *scratch,
					 __u32 pseudo)
{
	__u32 difference = headers_tcp_difference(scratch, headers_tcp(scratch));
	__u32 check = scratch->packet.l4 + TCP_CHECK_OFFSET;
	int err = bpf_skb_store_bytes(skb, 0, scratch->headers.frame,
				      headers_size(&scratch->packet), 0);

	err = err ?: bpf_l4_csum_replace(skb, check, 0, difference, 0);
	err = err ?: bpf_l4_csum_replace(skb, check, 0, pseudo, BPF_F_PSEUDO_HDR);
	if (scratch->packet.ipv6)
		direction_keep_sum(skb, pseudo);
	return err;
}

#endif
