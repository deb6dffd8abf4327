/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Writing packets. A packet's checksum may be complete or left to the device (CHECKSUM_PARTIAL),
 * and a program cannot tell which: every change goes through the checksum helpers, which do
 * the right thing in both cases.
 */
#ifndef SHUNT_BPF_CRAFT_H
#define SHUNT_BPF_CRAFT_H

#include "packet.h"
#include "count.h"
#include "direction.h"

/* Sum of two 32-bit partial checksums: new - old. */
static __always_inline __s64 checksum_difference(__u32 old, __u32 new)
{
	__be32 from = old, to = new;

	return bpf_csum_diff(&from, sizeof(from), &to, sizeof(to), 0);
}

/* Replaces both IP addresses; IPv4 header checksum and TCP checksum follow. */
static __always_inline int craft_addresses(struct __sk_buff *skb, struct scratch *scratch,
					   const struct shunt_address *source,
					   const struct shunt_address *destination)
{
	struct packet *packet = &scratch->packet;
	struct shunt_address *new = scratch->addresses;
	__s64 difference;
	int err;

	/* The mapped form's other bytes are the same in both and add nothing. */
	new[0] = *source;
	new[1] = *destination;
	difference = bpf_csum_diff((void *)packet->addresses, 32, (void *)new, 32, 0);
	if (packet->ipv6) {
		err = bpf_skb_store_bytes(skb, PACKET_L3 + 8, new, 32, 0);
	} else {
		err = bpf_skb_store_bytes(skb, PACKET_L3 + 12, &new[0].bytes[12], 4, 0);
		err = err ?: bpf_skb_store_bytes(skb, PACKET_L3 + 16, &new[1].bytes[12], 4, 0);
		err = err ?: bpf_l3_csum_replace(skb, PACKET_L3 + 10, 0, difference, 0);
	}
	err = err
		      ?: bpf_l4_csum_replace(skb, packet->l4 + TCP_CHECK_OFFSET, 0, difference,
					     BPF_F_PSEUDO_HDR);
	if (packet->ipv6)
		direction_keep_sum(skb, difference);
	packet->addresses[0] = new[0];
	packet->addresses[1] = new[1];
	return err;
}

/* Replaces the TCP header scratch->old by scratch->image, which has the same length. */
static __always_inline int craft_header(struct __sk_buff *skb, struct scratch *scratch)
{
	const struct packet *packet = &scratch->packet;
	__s64 difference = bpf_csum_diff((void *)&scratch->old, TCP_HEADER_MAX,
					 (void *)&scratch->image, TCP_HEADER_MAX, 0);
	__u32 length = packet->payload - packet->l4;
	int err;

	opaque(length);
	length = ((length - 1) & 63) + 1;
	err = bpf_skb_store_bytes(skb, packet->l4, &scratch->image, length, 0);
	return err ?: bpf_l4_csum_replace(skb, packet->l4 + TCP_CHECK_OFFSET, 0, difference, 0);
}

/* Checksum over `length` bytes from `offset` of the packet, not folded. */
SUBPROGRAM __u32 craft_sum(struct __sk_buff *skb, __u32 offset, __u32 length)
{
	struct scratch *scratch = scratch_get();
	__s64 sum = 0;
	__u32 n;

	if (!scratch || skb->gso_size)
		return 0; /* a packet that is still to be segmented has CHECKSUM_PARTIAL */
	for (n = 0; n < 0x10000 / SCRATCH_SUM && length >= SCRATCH_SUM; n++) {
		if (bpf_skb_load_bytes(skb, offset, scratch->sum, SCRATCH_SUM))
			return 0;
		sum = bpf_csum_diff(0, 0, (void *)scratch->sum, SCRATCH_SUM, sum);
		offset += SCRATCH_SUM;
		length -= SCRATCH_SUM;
	}
	if (!length)
		return sum;
	__builtin_memset(scratch->sum, 0, SCRATCH_SUM);
	opaque(length);
	length = ((length - 1) & (SCRATCH_SUM - 1)) + 1;
	if (bpf_skb_load_bytes(skb, offset, scratch->sum, length))
		return 0;
	return bpf_csum_diff(0, 0, (void *)scratch->sum, SCRATCH_SUM, sum);
}

/* Copies the payload from the connection's held bytes. */
static __always_inline int craft_held(struct __sk_buff *skb, struct scratch *scratch, __u32 at)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);
	__u32 length = scratch->craft.length, from = scratch->craft.from, n;

	if (!entry)
		return -1;
	for (n = 0; n < SHUNT_HELD_MAX / 2048 + 1 && length; n++) {
		__u32 size = length < 2048 ? length : 2048;
		int err;

		length -= size;
		opaque(size);
		size = ((size - 1) & 2047) + 1;
		opaque(from);
		from &= SHUNT_HELD_MAX - 1;
		err = bpf_skb_store_bytes(skb, at, &entry->bytes[from], size, 0);
		if (err)
			return err;
		at += size;
		from += size;
	}
	return 0;
}

static __always_inline int craft_answer(struct __sk_buff *skb, struct scratch *scratch, __u32 at)
{
	__u32 length = scratch->craft.length;

	opaque(length);
	length = ((length - 1) & (SCRATCH_ANSWER - 1)) + 1;
	return bpf_skb_store_bytes(skb, at, scratch->answer, length, 0);
}

static __always_inline int craft_lengths(struct __sk_buff *skb, const struct packet *packet,
					 __u32 old, __u32 new)
{
	__u32 header = packet->l4 - PACKET_L3;
	__be16 from, to;
	int err;

	if (old == new)
		return 0;
	from = bpf_htons(packet->ipv6 ? old : old + header);
	to = bpf_htons(packet->ipv6 ? new : new + header);
	if (packet->ipv6) {
		err = bpf_skb_store_bytes(skb, PACKET_L3 + 4, &to, 2, 0);
	} else {
		err = bpf_l3_csum_replace(skb, PACKET_L3 + 10, from, to, 2);
		err = err ?: bpf_skb_store_bytes(skb, PACKET_L3 + 2, &to, 2, 0);
	}
	from = bpf_htons(old);
	to = bpf_htons(new);
	return err
		       ?: bpf_l4_csum_replace(skb, packet->l4 + TCP_CHECK_OFFSET, from, to,
					      BPF_F_PSEUDO_HDR | 2);
}

static __always_inline int craft_macs(struct __sk_buff *skb, struct scratch *scratch)
{
	bool turn = scratch->craft.toward_leg != scratch->toward_leg;
	__u8 *old = scratch->macs, *new = scratch->macs + 12;
	int err = bpf_skb_load_bytes(skb, 0, old, 12);

	if (err)
		return err;
	__builtin_memcpy(new,
			 scratch->craft.mac_present ? scratch->craft.mac
			 : turn			    ? old + 6
						    : old,
			 6);
	__builtin_memcpy(new + 6, turn ? old : old + 6, 6);
	return bpf_skb_store_bytes(skb, 0, new, 12, 0);
}

/* A packet that turns round is new in its direction: what others noted on it was about the other one. */
static __always_inline void craft_forget(struct __sk_buff *skb, const struct scratch *scratch)
{
	if (scratch->craft.toward_leg == scratch->from_pod)
		return;
	skb->mark = 0;
	skb->priority = 0;
}

/*
 * Turns the packet in hand, whatever it is, into scratch->craft: addresses, a TCP header and
 * payload from `held` of the flow. The packet keeps its address family and its IP header's other
 * fields. scratch->packet describes the packet before and after. Returns 0 or a negative error.
 */
SUBPROGRAM int craft_packet(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	struct craft *craft;
	struct packet *packet;
	__u32 old_sum, old_length, new_length, header;
	__be16 check;
	int err;

	if (!scratch)
		return -1;
	craft = &scratch->craft;
	packet = &scratch->packet;
	header = (craft->image.offset >> 4) * 4;
	old_length = packet->payload - packet->l4 + packet->segment.length;
	new_length = header + craft->length;
	old_sum = craft_sum(skb, packet->l4, old_length);
	err = bpf_skb_load_bytes(skb, packet->l4 + TCP_CHECK_OFFSET, &check, sizeof(check));
	craft->image.check = check;
	err = err ?: bpf_skb_change_tail(skb, packet->l4 + new_length, 0);
	opaque(header);
	header = ((header - 1) & 63) + 1;
	err = err ?: bpf_skb_store_bytes(skb, packet->l4, &craft->image, header, 0);
	if (!err && craft->payload == CRAFT_ANSWER)
		err = craft_answer(skb, scratch, packet->l4 + header);
	else if (!err && craft->payload == CRAFT_HELD)
		err = craft_held(skb, scratch, packet->l4 + header);
	if (err)
		return err;
	err = bpf_l4_csum_replace(
		skb, packet->l4 + TCP_CHECK_OFFSET, 0,
		checksum_difference(old_sum, craft_sum(skb, packet->l4, new_length)), 0);
	err = err ?: craft_lengths(skb, packet, old_length, new_length);
	err = err ?: craft_addresses(skb, scratch, &craft->source, &craft->destination);
	err = err ?: craft_macs(skb, scratch);
	craft_forget(skb, scratch);
	packet->payload = packet->l4 + header;
	packet->segment.length = craft->length;
	scratch->toward_leg = craft->toward_leg;
	return err;
}

static __always_inline void craft_begin(struct craft *craft, __u8 flags, __u32 sequence,
					__u32 acknowledgement, __u16 window)
{
	struct tcp_image *image = &craft->image;

	__builtin_memset(craft, 0, sizeof(*craft));
	image->sequence = bpf_htonl(sequence);
	image->acknowledgement = bpf_htonl(acknowledgement);
	image->offset = (TCP_HEADER_MIN / 4) << 4;
	image->flags = flags;
	image->window = bpf_htons(window);
}

/* All zero: whoever the pod's routes lead to. */
static __always_inline bool craft_mac_is_known(const __u8 *mac)
{
	__u32 i, bits = 0;

	for (i = 0; i < 6; i++)
		bits |= mac[i];
	return !direction_has_routes() || bits;
}

/* Prepares scratch->craft: from the client to `endpoint`, in that endpoint's numbering. */
static __always_inline void craft_to_leg(struct scratch *scratch,
					 const struct shunt_endpoint *endpoint, const __u8 *mac,
					 __u8 flags, __u32 sequence, __u32 acknowledgement,
					 __u16 window)
{
	struct craft *craft = &scratch->craft;

	craft_begin(craft, flags, sequence, acknowledgement, window);
	craft->source = scratch->connection.client;
	craft->destination = endpoint->address;
	craft->image.source = bpf_htons(scratch->connection.client_port);
	craft->image.destination = bpf_htons(endpoint->port);
	craft->toward_leg = 1;
	craft->mac_present = craft_mac_is_known(mac);
	__builtin_memcpy(craft->mac, mac, sizeof(craft->mac));
}

/* Prepares scratch->craft: from the origin to the client, in the client's numbering. */
static __always_inline void craft_to_client(struct scratch *scratch, __u8 flags, __u32 sequence,
					    __u32 acknowledgement)
{
	struct craft *craft = &scratch->craft;

	craft_begin(craft, flags, sequence, acknowledgement, 0xffff);
	craft->source = scratch->connection.remote;
	craft->destination = scratch->connection.client;
	craft->image.source = bpf_htons(scratch->connection.remote_port);
	craft->image.destination = bpf_htons(scratch->connection.client_port);
}

/* Marks a packet that from_pod will see on the client's tuple although it is not the client's. */
static __always_inline void craft_mark(struct scratch *scratch)
{
	const struct shunt_address *to = &scratch->craft.destination;

	if (scratch->craft.payload == CRAFT_EMPTY &&
	    scratch->craft.image.destination == bpf_htons(scratch->connection.remote_port) &&
	    address_equal(to, &scratch->connection.remote))
		scratch->craft.image.urgent = bpf_htons(TCP_INJECTED);
}

/* An injected packet has arrived: make it an ordinary one. */
static __always_inline int craft_unmark(struct __sk_buff *skb, const struct packet *packet)
{
	__be16 none = 0;
	int err = bpf_skb_store_bytes(skb, packet->l4 + TCP_URGENT_OFFSET, &none, sizeof(none), 0);

	err = err
		      ?: bpf_l4_csum_replace(skb, packet->l4 + TCP_CHECK_OFFSET,
					     bpf_htons(TCP_INJECTED), none, sizeof(none));
	return err ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

/* Crafts, and sends a copy towards the leg as if the pod had sent it; the packet stays in hand. */
static __always_inline int craft_inject(struct __sk_buff *skb, struct scratch *scratch)
{
	int err;

	craft_mark(scratch);
	scratch->mark = skb->mark;
	scratch->priority = skb->priority;
	err = craft_packet(skb) ?: direction_inject(skb);
	skb->mark = scratch->mark;
	skb->priority = scratch->priority;
	return err;
}

/* Crafts, and returns the verdict that sends the packet where it goes now. */
static __always_inline int craft_emit(struct __sk_buff *skb, struct scratch *scratch)
{
	bool onward = scratch->craft.toward_leg == scratch->from_pod;

	if (!onward && scratch->craft.toward_leg)
		craft_mark(scratch);
	if (craft_packet(skb))
		return TC_ACT_SHOT;
	if (scratch->toward_leg && !craft_mac_is_known(scratch->craft.mac))
		return direction_route(skb);
	if (onward)
		return TC_ACT_UNSPEC;
	return bpf_redirect(skb->ifindex,
			    scratch->toward_leg ? direction_from_pod() : direction_to_pod());
}

#endif
