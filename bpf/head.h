/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Reading a request's head from the packets that it comes in, and what its marker wants. */
#ifndef SHUNT_BPF_HEAD_H
#define SHUNT_BPF_HEAD_H

#include "count.h"
#include "framing.h"

/* Most heads are shorter; a longer one is read a second time, whole. */
#define REQUEST_FIRST_READ 1024

#define WANT_NOTHING 0 /* no request begins here that could change the leg */
#define WANT_ORIGIN 1
#define WANT_OVERRIDE 2 /* scratch->key says which */
#define WANT_DROP 3 /* the packet came too early to be understood */
#define WANT_SPLIT 4 /* flag: the head began in earlier packets; `held` has their bytes */

static __always_inline struct http_bytes *request_bytes(struct shunt_held *entry)
{
	return (struct http_bytes *)entry->bytes;
}

/* Reads `size` bytes of the packet's payload from `at` to entry->bytes[to]. */
static __always_inline int request_load(struct __sk_buff *skb, const struct packet *packet,
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

static __always_inline void request_marker_name(struct http_head *head)
{
	__u32 zero = 0;
	struct shunt_settings *now = bpf_map_lookup_elem(&settings, &zero);

	head->marker_name_length = 0;
	if (!now)
		return;
	__builtin_memcpy(head->marker_name, now->marker_header, sizeof(head->marker_name));
	head->marker_name_length = now->marker_header_length;
}

/* Parses the head that begins at `at` of the payload. The result is in scratch->head. */
SUBPROGRAM int request_parse_here(struct __sk_buff *skb, __u32 at)
{
	struct scratch *scratch = scratch_get();
	struct http_head *head;
	__u32 left;
	int result;

	if (!scratch)
		return HTTP_BAD;
	head = &scratch->head;
	left = scratch->packet.segment.length - at;
	if (left > SHUNT_HEAD_MAX)
		left = SHUNT_HEAD_MAX;
	request_marker_name(head);
	head->length = left < REQUEST_FIRST_READ ? left : REQUEST_FIRST_READ;
	if (request_load(skb, &scratch->packet, &scratch->held, 0, at, head->length))
		return http_bad(head, SHUNT_REASON_HELPER_FAILED);
	result = http_parse(request_bytes(&scratch->held), head);
	if (result != HTTP_PARTIAL || head->length == left)
		return result;
	head->length = left;
	if (request_load(skb, &scratch->packet, &scratch->held, 0, at, left))
		return http_bad(head, SHUNT_REASON_HELPER_FAILED);
	return http_parse(request_bytes(&scratch->held), head);
}

/* What the head in `bytes` wants, by its marker. */
static __always_inline int request_want(struct scratch *scratch, const struct http_bytes *bytes,
					__u32 service)
{
	struct context_name *name = (struct context_name *)scratch->key.context;

	__builtin_memset(&scratch->key, 0, sizeof(scratch->key));
	if (!scratch->head.marker_length || !http_context_name(bytes, &scratch->head, name)) {
		count(SHUNT_REASON_NO_MARKER);
		return WANT_ORIGIN;
	}
	scratch->key.service = service;
	return WANT_OVERRIDE;
}

/* Adds the payload from `at` to the head that is held in part, and parses it again. Returns the
 * parse result; *consumed is how many bytes of this packet belong to the head. */
SUBPROGRAM int request_parse_held(struct __sk_buff *skb, __u32 at)
{
	struct scratch *scratch = scratch_get();
	struct shunt_held *entry;
	__u32 had, left;

	if (!scratch)
		return HTTP_BAD;
	entry = bpf_map_lookup_elem(&held, &scratch->connection);
	if (!entry)
		return http_bad(&scratch->head, SHUNT_REASON_GAP);
	had = entry->length;
	left = scratch->packet.segment.length - at;
	if (had >= SHUNT_HEAD_MAX)
		return http_bad(&scratch->head, SHUNT_REASON_HEAD_TOO_LARGE);
	if (left > SHUNT_HEAD_MAX - had)
		left = SHUNT_HEAD_MAX - had;
	if (request_load(skb, &scratch->packet, entry, had, at, left))
		return http_bad(&scratch->head, SHUNT_REASON_HELPER_FAILED);
	request_marker_name(&scratch->head);
	scratch->head.length = had + left;
	return http_parse(request_bytes(entry), &scratch->head);
}

/* Makes an element of `held` of the first `length` bytes in scratch->held. */
static __always_inline long request_keep(struct scratch *scratch, __u32 length, __u64 flags)
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
	entry->reserved2 = 0;
	return bpf_map_update_elem(&held, &scratch->connection, entry, flags);
}

static __always_inline void request_pin(struct scratch *scratch, struct shunt_framing *state,
					__u8 reason)
{
	if (state->state == FRAMING_HEAD)
		bpf_map_delete_elem(&held, &scratch->connection);
	framing_pin(state, reason);
	count(reason);
}

/* A request begins at `at` of the payload: whether the connection is quiet before it. */
static __always_inline void request_begins(const struct packet *packet, struct shunt_framing *state,
					   __u32 at)
{
	state->start = packet->segment.sequence + at;
	state->flags &= ~SHUNT_FRAMING_QUIET;
	if (!at && (state->flags & SHUNT_FRAMING_FIRST ||
		    sequence_after(packet->segment.acknowledgement, state->reply)))
		state->flags |= SHUNT_FRAMING_QUIET;
	state->flags &= ~SHUNT_FRAMING_FIRST;
}

/* A head is complete: what its request wants. */
static __always_inline int request_complete(struct scratch *scratch, const struct http_bytes *bytes,
					    __u32 service)
{
	struct shunt_framing *state = &scratch->framing;
	int want = WANT_NOTHING;

	count(SHUNT_REASON_REQUEST);
	if (state->flags & SHUNT_FRAMING_QUIET) {
		scratch->start = state->start;
		want = request_want(scratch, bytes, service);
		if (want == WANT_ORIGIN && !scratch->moved)
			want = WANT_NOTHING; /* it is there */
	} else {
		count(SHUNT_REASON_PIPELINED);
	}
	framing_head_done(state, &scratch->head);
	if (state->state == FRAMING_PINNED)
		count(state->reason);
	return want;
}

/*
 * Keeps a head that is not complete yet. `held` has room for one request of a connection: where
 * another one needs it, the client is pipelining, and its connection is pinned.
 */
static __always_inline void request_keep_head(struct scratch *scratch)
{
	long err = scratch->want != WANT_NOTHING
			   ? -EEXIST
			   : request_keep(scratch, scratch->head.length, BPF_NOEXIST);

	if (!err)
		scratch->framing.state = FRAMING_HEAD;
	else
		request_pin(scratch, &scratch->framing,
			    err == -EEXIST ? SHUNT_REASON_PIPELINED_HEAD : SHUNT_REASON_HELD_FULL);
}

/* A head begins at `at`. Returns WANT_*; scratch->consumed is how many bytes of the packet it
 * takes, or 0 where it takes all that are left. */
SUBPROGRAM int request_new_head(struct __sk_buff *skb, __u32 at, __u32 service)
{
	struct scratch *scratch = scratch_get();
	struct shunt_framing *state;
	int result;

	if (!scratch)
		return WANT_NOTHING;
	state = &scratch->framing;
	scratch->consumed = 0;
	request_begins(&scratch->packet, state, at);
	result = request_parse_here(skb, at);
	if (result == HTTP_DONE) {
		scratch->consumed = scratch->head.position;
		return request_complete(scratch, request_bytes(&scratch->held), service);
	}
	if (result == HTTP_BAD)
		request_pin(scratch, state, scratch->head.reason);
	else
		request_keep_head(scratch);
	return WANT_NOTHING;
}

/* The same for a head that goes on at `at`; the bytes before are in `held`. */
SUBPROGRAM int request_held_head(struct __sk_buff *skb, __u32 at, __u32 service)
{
	struct scratch *scratch = scratch_get();
	struct shunt_held *entry;
	int result, want;

	if (!scratch)
		return WANT_NOTHING;
	scratch->consumed = 0;
	result = request_parse_held(skb, at);
	entry = bpf_map_lookup_elem(&held, &scratch->connection);
	if (!entry || result == HTTP_BAD) {
		request_pin(scratch, &scratch->framing,
			    entry ? scratch->head.reason : SHUNT_REASON_GAP);
		return WANT_NOTHING;
	}
	if (result == HTTP_PARTIAL) {
		entry->length = scratch->head.length;
		return WANT_NOTHING;
	}
	scratch->consumed = scratch->head.position - entry->length;
	want = request_complete(scratch, request_bytes(entry), service);
	if (want != WANT_NOTHING)
		return want | WANT_SPLIT;
	bpf_map_delete_elem(&held, &scratch->connection);
	return WANT_NOTHING;
}

#endif
