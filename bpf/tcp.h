/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A TCP header as bytes, and its translation between a client and a leg. */
#ifndef SHUNT_BPF_TCP_H
#define SHUNT_BPF_TCP_H

#include "portable.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10

#define TCP_URG 0x20

/*
 * A packet that we inject for the origin's server comes by from_pod on the client's own tuple. It
 * carries this urgent pointer without the URG flag, which no stack sends and every stack ignores
 * (RFC 9293, 3.1), and from_pod clears it. What a flow holds could not tell: it changes meanwhile.
 */
#define TCP_INJECTED 0x5348
#define TCP_URGENT_OFFSET 18

#define TCP_HEADER_MIN 20
#define TCP_HEADER_MAX 60
#define TCP_CHECK_OFFSET 16

/* Network byte order, as on the wire (RFC 9293, 3.1). Bytes after the header's end are zero. */
struct tcp_image {
	__be16 source;
	__be16 destination;
	__be32 sequence;
	__be32 acknowledgement;
	__u8 offset; /* upper four bits: header length in words */
	__u8 flags;
	__be16 window;
	__be16 check;
	__be16 urgent;
	__u8 options[44]; /* 40 at most, and room to read a word at the end */
};

/* What a segment says, in host byte order. */
struct segment {
	__u32 sequence;
	__u32 acknowledgement;
	__u32 end; /* after its last sequence number, that of SYN and FIN included */
	__u32 length; /* bytes of payload */
	__u16 window; /* as written, unscaled */
	__u8 flags;
};

#define TCP_OPTION_END 0
#define TCP_OPTION_NOP 1
#define TCP_OPTION_MSS 2
#define TCP_OPTION_SCALE 3
#define TCP_OPTION_SACK_PERMITTED 4
#define TCP_OPTION_SACK 5
#define TCP_OPTION_TIMESTAMP 8

/* What a SYN-ACK says of its sender. */
struct tcp_offer {
	__u16 mss; /* 0 where absent */
	__u8 scale;
	__u8 scale_present;
};

static __always_inline __u32 tcp_options_length(const struct tcp_image *tcp)
{
	__u32 words = tcp->offset >> 4;

	return words > 5 ? (words - 5) * 4 : 0;
}

/* Index within options, in bounds for the verifier. */
static __always_inline __u8 *tcp_option_at(struct tcp_image *tcp, __u32 index)
{
	opaque(index);
	if (index > 39)
		index = 39;
	return &tcp->options[index];
}

static __always_inline void tcp_option_subtract(struct tcp_image *tcp, __u32 index, __u32 delta)
{
	__u8 *at = tcp_option_at(tcp, index);
	__be32 edge;

	__builtin_memcpy(&edge, at, sizeof(edge));
	edge = bpf_htonl(bpf_ntohl(edge) - delta);
	__builtin_memcpy(at, &edge, sizeof(edge));
}

#define TCP_OPTIONS_DONE 64

/* Reads kind and size of the option at index; returns the index after it, or TCP_OPTIONS_DONE
 * at the end of the list, or where it is malformed. A NOP has size 1. */
static __always_inline __u32 tcp_option_read(struct tcp_image *tcp, __u32 index, __u8 *kind,
					     __u8 *size)
{
	__u32 length = tcp_options_length(tcp);

	if (index >= length)
		return TCP_OPTIONS_DONE;
	*kind = *tcp_option_at(tcp, index);
	*size = 1;
	if (*kind == TCP_OPTION_NOP)
		return index + 1;
	if (*kind == TCP_OPTION_END || index + 1 >= length)
		return TCP_OPTIONS_DONE;
	*size = *tcp_option_at(tcp, index + 1);
	if (*size < 2 || index + *size > length)
		return TCP_OPTIONS_DONE;
	return index + *size;
}

/* Translates the option at index; returns the next one's index. */
SUBPROGRAM __u32 tcp_option_translate(struct tcp_image *tcp, __u32 index, __u32 delta, __u32 blank)
{
	__u8 kind = 0, size = 0;
	__u32 next, k;

	if (!tcp)
		return TCP_OPTIONS_DONE;
	next = tcp_option_read(tcp, index, &kind, &size);
	if (next == TCP_OPTIONS_DONE)
		return next;
	if (kind == TCP_OPTION_SACK) {
		for (k = 0; k < 4 && k * 8 + 10 <= size; k++) {
			tcp_option_subtract(tcp, index + 2 + k * 8, delta);
			tcp_option_subtract(tcp, index + 6 + k * 8, delta);
		}
	} else if (kind == TCP_OPTION_TIMESTAMP && size == 10 && blank) {
		for (k = 0; k < 10; k++)
			*tcp_option_at(tcp, index + k) = TCP_OPTION_NOP;
	}
	return next;
}

/*
 * Subtracts delta from both edges of every SACK block (RFC 2018) and, where blank is not 0,
 * overwrites a timestamp option (RFC 7323) with NOPs. Options may stand in any order; what
 * follows a malformed one is left alone.
 */
static __always_inline void tcp_options_translate(struct tcp_image *tcp, __u32 delta, __u32 blank)
{
	__u32 index = 0, n;

	for (n = 0; n < 40 && index < 40; n++)
		index = tcp_option_translate(tcp, index, delta, blank);
}

/* Reads the option at index of a SYN-ACK into *offer; returns the next one's index. */
SUBPROGRAM __u32 tcp_offer_option(struct tcp_image *tcp, __u32 index, struct tcp_offer *offer)
{
	__u8 kind = 0, size = 0;
	__u32 next;

	if (!tcp || !offer)
		return TCP_OPTIONS_DONE;
	next = tcp_option_read(tcp, index, &kind, &size);
	if (next == TCP_OPTIONS_DONE)
		return next;
	if (kind == TCP_OPTION_MSS && size == 4)
		offer->mss = *tcp_option_at(tcp, index + 2) << 8 | *tcp_option_at(tcp, index + 3);
	if (kind == TCP_OPTION_SCALE && size == 3) {
		offer->scale = *tcp_option_at(tcp, index + 2);
		if (offer->scale > 14)
			offer->scale = 14; /* RFC 7323, 2.3 */
		offer->scale_present = 1;
	}
	return next;
}

/* Reads the options of a SYN-ACK into the zeroed *offer. */
static __always_inline void tcp_offer_read(struct tcp_image *tcp, struct tcp_offer *offer)
{
	__u32 index = 0, n;

	for (n = 0; n < 40 && index < 40; n++)
		index = tcp_offer_option(tcp, index, offer);
}

/* A window field written under scale `from`, as it must be written under scale `to`. */
static __always_inline __u16 tcp_window_rescale(__u16 window, __u8 from, __u8 to)
{
	__u32 bytes = (__u32)window << (from & 15);
	__u32 field = bytes >> (to & 15);

	if (field > 0xffff)
		return 0xffff;
	return field || !window ? field : 1; /* never close a window that is open */
}

/* The client's window field as the leg's server must see it. */
static __always_inline __u16 tcp_window_to_leg(__u16 window, const struct shunt_leg *leg,
					       __u8 client_scale)
{
	if (leg->flags & SHUNT_LEG_NO_SCALE)
		return tcp_window_rescale(window, client_scale, 0);
	return window;
}

/* The client's header as the leg's server must see it. Ports and addresses are the caller's. */
static __always_inline void tcp_to_leg(struct tcp_image *tcp, const struct shunt_leg *leg,
				       __u8 client_scale)
{
	__u32 delta = leg->reply_delta;

	tcp->sequence = bpf_htonl(bpf_ntohl(tcp->sequence) + leg->sequence_delta);
	tcp->acknowledgement = bpf_htonl(bpf_ntohl(tcp->acknowledgement) - delta);
	tcp->window = bpf_htons(tcp_window_to_leg(bpf_ntohs(tcp->window), leg, client_scale));
	if (tcp->offset > 0x5f)
		tcp_options_translate(tcp, delta, leg->flags & SHUNT_LEG_NO_TIMESTAMPS);
}

/* The leg's header as the client must see it. */
static __always_inline void tcp_to_client(struct tcp_image *tcp, const struct shunt_leg *leg,
					  __u8 origin_scale)
{
	__u32 delta = leg->sequence_delta;

	tcp->sequence = bpf_htonl(bpf_ntohl(tcp->sequence) + leg->reply_delta);
	tcp->acknowledgement = bpf_htonl(bpf_ntohl(tcp->acknowledgement) - delta);
	if (leg->window_scale != origin_scale)
		tcp->window = bpf_htons(tcp_window_rescale(bpf_ntohs(tcp->window),
							   leg->window_scale, origin_scale));
	if (tcp->offset > 0x5f)
		tcp_options_translate(tcp, delta, 0);
}

#endif
