/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Reading messages from the packets that they come in, in either direction. */
#ifndef SHUNT_BPF_STREAM_H
#define SHUNT_BPF_STREAM_H

#include "count.h"
#include "direction.h"
#include "framing.h"

/* Most heads are shorter; a longer one is read a second time, whole. */
#define STREAM_FIRST_READ 1024
#define STREAM_MESSAGES_MAX 16 /* heads and bodies in one packet */
#define STREAM_STEPS_MAX (64 * 1024 + 64)

/* The markers in force, or NULL. */
static __always_inline const struct shunt_markers *stream_markers(void)
{
	__u32 zero = 0, index;
	struct shunt_settings *now = bpf_map_lookup_elem(&settings, &zero);

	if (!now)
		return NULL;
	index = now->markers & 1;
	return bpf_map_lookup_elem(&markers, &index);
}

static __always_inline struct http_bytes *stream_bytes(struct shunt_held *entry)
{
	return (struct http_bytes *)entry->bytes;
}

/* Reads `size` bytes of the packet's payload from `at` to entry->bytes[to]. */
static __always_inline int stream_load(struct __sk_buff *skb, const struct packet *packet,
				       struct shunt_held *entry, __u32 to, __u32 at, __u32 size)
{
	opaque(to);
	opaque(size);
	if (!size)
		return 0;
	to &= SHUNT_HEAD_MAX - 1;
	size = ((size - 1) & (SHUNT_HEAD_MAX - 1)) + 1;
	return bpf_skb_load_bytes(skb, packet->payload + at, &entry->bytes[to], size);
}

/* Reads the first `length` bytes from `at` of the payload to scratch->held, for scratch->head. */
static __always_inline int stream_read(struct __sk_buff *skb, struct scratch *scratch, __u32 at,
				       __u32 length)
{
	scratch->head.length = length;
	return stream_load(skb, &scratch->packet, &scratch->held, 0, at, length);
}

/* How many bytes from `at` of the payload a head can have. */
static __always_inline __u32 stream_left(const struct scratch *scratch, __u32 at)
{
	__u32 left = scratch->packet.segment.length - at;

	return left < SHUNT_HEAD_MAX ? left : SHUNT_HEAD_MAX;
}

/* Makes an element of `held` of the first `length` bytes in scratch->held. */
static __always_inline long stream_keep(struct __sk_buff *skb, struct scratch *scratch,
					__u32 length, __u64 flags)
{
	struct shunt_held *entry = &scratch->held;

	entry->length = length;
	entry->flags = 0;
	entry->endpoint = 0;
	entry->endpoints_tried = 0;
	entry->reason = 0;
	entry->since = bpf_ktime_get_ns();
	__builtin_memset(entry->context, 0, sizeof(entry->context));
	__builtin_memset(&entry->override, 0, sizeof(entry->override));
	entry->remembered = 0;
	entry->ifindex = direction_link(skb);
	entry->head = scratch->head;
	return bpf_map_update_elem(&held, &scratch->connection, entry, flags);
}

/* Parses the request's head that begins at `at` of the payload. The result is in scratch->head, its
 * bytes are in scratch->held. */
static __always_inline int stream_head(struct __sk_buff *skb, struct scratch *scratch, __u32 at)
{
	const struct shunt_markers *table = stream_markers();
	__u32 left = stream_left(scratch, at), tries, length;
	struct shunt_head *head = &scratch->head;
	int result;

	http_head_reset(head);
	if (!table)
		return http_bad(head, SHUNT_REASON_HELPER_FAILED);
	length = left < STREAM_FIRST_READ ? left : STREAM_FIRST_READ;
	for (tries = 0; tries < 2; tries++) {
		if (stream_read(skb, scratch, at, length))
			return http_bad(head, SHUNT_REASON_HELPER_FAILED);
		result = http_parse(stream_bytes(&scratch->held), head, table);
		if (result != HTTP_PARTIAL || length >= left)
			return result;
		length = left;
	}
	return HTTP_PARTIAL;
}

static long stream_step(__u32 index, struct __sk_buff **skb)
{
	struct scratch *scratch = scratch_get();
	struct shunt_stream *stream;
	__u32 left;
	__u8 byte;

	(void)index;
	if (!scratch)
		return 1;
	stream = &scratch->stream;
	left = scratch->run_end - scratch->run_at;
	if (!left || stream->state == FRAMING_PINNED || stream->state == FRAMING_START)
		return 1;
	if (framing_is_data(stream)) {
		scratch->run_at += framing_skip(stream, left);
		return 0;
	}
	if (bpf_skb_load_bytes(*skb, scratch->run_at, &byte, 1)) {
		framing_pin(stream, SHUNT_REASON_HELPER_FAILED);
		return 1;
	}
	framing_byte(stream, byte);
	scratch->run_at++;
	return 0;
}

/* Follows a body in scratch->stream from `at` of the payload to its end or the packet's. Returns
 * the new offset. */
SUBPROGRAM __u32 stream_body(struct __sk_buff *skb, __u32 at)
{
	struct scratch *scratch = scratch_get();
	struct shunt_stream *stream;
	__u32 length;

	if (!scratch)
		return at;
	stream = &scratch->stream;
	length = scratch->packet.segment.length;
	if (framing_is_data(stream))
		at += framing_skip(stream, length - at);
	if (at >= length || stream->state == FRAMING_START)
		return at;
	scratch->run_at = scratch->packet.payload + at;
	scratch->run_end = scratch->packet.payload + length;
	bpf_loop(STREAM_STEPS_MAX, stream_step, &skb, 0);
	return scratch->run_at - scratch->packet.payload;
}

#endif
