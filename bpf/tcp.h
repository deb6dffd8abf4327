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
#define TCP_TIMESTAMP_SIZE 10
#define TCP_TIMESTAMP_ROOM 12 /* with NOPs before it, as all stacks write it */

/* What a SYN-ACK says of its sender. */
struct tcp_offer {
	__u16 mss; /* 0 where absent */
	__u8 scale;
	__u8 scale_present;
	__u32 time;
	__u8 time_present;
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

/* A number within the options. */
static __always_inline __u32 tcp_option_get(struct tcp_image *tcp, __u32 index)
{
	return load_number(tcp_option_at(tcp, index));
}

static __always_inline void tcp_option_put(struct tcp_image *tcp, __u32 index, __u32 value)
{
	store_number(tcp_option_at(tcp, index), value);
}

static __always_inline void tcp_option_subtract(struct tcp_image *tcp, __u32 index, __u32 delta)
{
	tcp_option_put(tcp, index, tcp_option_get(tcp, index) - delta);
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

/* Subtracts delta from the SACK blocks (RFC 2018) of the option at index, or notes in *timestamp that it
 * is a timestamp (RFC 7323). Returns the next one's index. */
SUBPROGRAM __u32 tcp_option_translate(struct tcp_image *tcp, __u32 index, __u32 delta,
				      __u32 *timestamp)
{
	__u8 kind = 0, size = 0;
	__u32 next, k;

	if (!tcp || !timestamp)
		return TCP_OPTIONS_DONE;
	next = tcp_option_read(tcp, index, &kind, &size);
	if (next == TCP_OPTIONS_DONE)
		return next;
	if (kind == TCP_OPTION_SACK) {
		for (k = 0; k < 4 && k * 8 + 10 <= size; k++) {
			tcp_option_subtract(tcp, index + 2 + k * 8, delta);
			tcp_option_subtract(tcp, index + 6 + k * 8, delta);
		}
	} else if (kind == TCP_OPTION_TIMESTAMP && size == TCP_TIMESTAMP_SIZE) {
		*timestamp = index;
	}
	return next;
}

/* As tcp_options_translate(), of options in any order. */
SUBPROGRAM __u32 tcp_options_walk(struct tcp_image *tcp, __u32 delta)
{
	__u32 timestamp = TCP_OPTIONS_DONE, index = 0, n;

	if (!tcp)
		return timestamp;
	for (n = 0; n < 40 && index < 40; n++)
		index = tcp_option_translate(tcp, index, delta, &timestamp);
	return timestamp;
}

#define TCP_TIMESTAMP_USUAL 2 /* where it begins, behind two NOPs (RFC 7323, appendix A) */

/* Whether there is a timestamp at its usual place and nothing else: as in most segments. */
static __always_inline bool tcp_has_timestamp_only(const struct tcp_image *tcp)
{
	return tcp->offset >> 4 == (TCP_HEADER_MIN + TCP_TIMESTAMP_ROOM) / 4 &&
	       load_number(tcp->options) == (TCP_OPTION_NOP << 24 | TCP_OPTION_NOP << 16 |
					     TCP_OPTION_TIMESTAMP << 8 | TCP_TIMESTAMP_SIZE);
}

/*
 * Subtracts delta from both edges of every SACK block. Returns where the timestamp option begins, or
 * TCP_OPTIONS_DONE. Options may stand in any order; what follows a malformed one is left alone.
 */
static __always_inline __u32 tcp_options_translate(struct tcp_image *tcp, __u32 delta)
{
	if (tcp_has_timestamp_only(tcp))
		return TCP_TIMESTAMP_USUAL;
	return tcp_options_length(tcp) ? tcp_options_walk(tcp, delta) : TCP_OPTIONS_DONE;
}

/* The timestamp of the option that begins at `at`, and what it echoes. */
static __always_inline __u32 tcp_timestamp_value(struct tcp_image *tcp, __u32 at)
{
	return tcp_option_get(tcp, at + 2);
}

static __always_inline __u32 tcp_timestamp_echo(struct tcp_image *tcp, __u32 at)
{
	return tcp_option_get(tcp, at + 6);
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
	if (kind == TCP_OPTION_TIMESTAMP && size == TCP_TIMESTAMP_SIZE) {
		offer->time = tcp_timestamp_value(tcp, index);
		offer->time_present = 1;
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

/* Not 0 where the leg's server and the client agreed on timestamps. */
static __always_inline __u32 tcp_has_timestamps(const struct shunt_leg *leg)
{
	return ~leg->flags & SHUNT_LEG_NO_TIMESTAMPS;
}

/* Adds a timestamp, if it is wanted, behind the options, of which there are at most 28 bytes. */
SUBPROGRAM int tcp_timestamp_add(struct tcp_image *tcp, __u32 wanted, __u32 value, __u32 echo)
{
	__u32 at;

	if (!tcp || !wanted)
		return 0;
	at = tcp_options_length(tcp);
	*tcp_option_at(tcp, at) = TCP_OPTION_NOP;
	*tcp_option_at(tcp, at + 1) = TCP_OPTION_NOP;
	*tcp_option_at(tcp, at + 2) = TCP_OPTION_TIMESTAMP;
	*tcp_option_at(tcp, at + 3) = TCP_TIMESTAMP_SIZE;
	tcp_option_put(tcp, at + 4, value);
	tcp_option_put(tcp, at + 8, echo);
	tcp->offset += (TCP_TIMESTAMP_ROOM / 4) << 4;
	return 0;
}

/* The timestamp option at `at`, which the client wrote, as the leg's server must see it: what it echoes
 * may be another server's, or older than the leg. */
static __always_inline void tcp_timestamp_to_leg(struct tcp_image *tcp, __u32 at,
						 const struct shunt_leg *leg)
{
	__u32 echo = tcp_timestamp_echo(tcp, at) - leg->time_delta;

	if (leg->flags & SHUNT_LEG_NO_TIMESTAMPS) {
		opaque(at);
		__builtin_memset(&tcp->options[at & 31], TCP_OPTION_NOP, TCP_TIMESTAMP_SIZE);
		return;
	}
	tcp_option_put(tcp, at + 6, sequence_before(echo, leg->last_time) ? leg->last_time : echo);
}

/* The client's options as the leg's server must see them. Returns the client's timestamp, or
 * `otherwise` where there is none. */
static __always_inline __u32 tcp_options_to_leg(struct tcp_image *tcp, const struct shunt_leg *leg,
						__u32 otherwise)
{
	__u32 at = tcp_options_translate(tcp, leg->reply_delta), value;

	if (at == TCP_OPTIONS_DONE)
		return otherwise;
	value = tcp_timestamp_value(tcp, at);
	tcp_timestamp_to_leg(tcp, at, leg);
	return value;
}

/* The options of the leg's server as the client must see them. Returns the server's timestamp as the client
 * sees it, or `otherwise`. */
static __always_inline __u32 tcp_options_to_client(struct tcp_image *tcp,
						   const struct shunt_leg *leg, __u32 otherwise)
{
	__u32 at = tcp_options_translate(tcp, leg->sequence_delta);

	if (at == TCP_OPTIONS_DONE)
		return otherwise;
	tcp_option_put(tcp, at + 2, tcp_timestamp_value(tcp, at) + leg->time_delta);
	return tcp_timestamp_value(tcp, at);
}

/* The client's header as the leg's server must see it. Ports and addresses are the caller's. Returns the
 * client's timestamp, or `otherwise` where there is none. */
static __always_inline __u32 tcp_to_leg(struct tcp_image *tcp, const struct shunt_leg *leg,
					__u8 client_scale, __u32 otherwise)
{
	tcp->sequence = bpf_htonl(bpf_ntohl(tcp->sequence) + leg->sequence_delta);
	tcp->acknowledgement = bpf_htonl(bpf_ntohl(tcp->acknowledgement) - leg->reply_delta);
	tcp->window = bpf_htons(tcp_window_to_leg(bpf_ntohs(tcp->window), leg, client_scale));
	return tcp_options_to_leg(tcp, leg, otherwise);
}

/* The leg's header as the client must see it. Returns its timestamp, or `otherwise`. */
static __always_inline __u32 tcp_to_client(struct tcp_image *tcp, const struct shunt_leg *leg,
					   __u8 origin_scale, __u32 otherwise)
{
	tcp->sequence = bpf_htonl(bpf_ntohl(tcp->sequence) + leg->reply_delta);
	tcp->acknowledgement = bpf_htonl(bpf_ntohl(tcp->acknowledgement) - leg->sequence_delta);
	if (leg->window_scale != origin_scale)
		tcp->window = bpf_htons(tcp_window_rescale(bpf_ntohs(tcp->window),
							   leg->window_scale, origin_scale));
	return tcp_options_to_client(tcp, leg, otherwise);
}

#endif
