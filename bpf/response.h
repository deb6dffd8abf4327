/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Following a connection's responses, to know whether one is still under way when the next request
 * begins: such a request may not move. A response that cannot be followed is lost; then what the
 * client has acknowledged has to do, see head_begins().
 */
#ifndef SHUNT_BPF_RESPONSE_H
#define SHUNT_BPF_RESPONSE_H

#include "socket.h"
#include "stream.h"

#define RESPONSE_FIRST_READ 512
#define RESPONSE_SMALL 536 /* bytes that every path takes in one segment (RFC 9293, 3.7.1) */

/* reason of a stream of responses: packets that overtook a head were not followed. The response is
 * complete when the client acknowledges the end of its body, where its length is known. */
#define RESPONSE_OVERTAKEN 1

static __always_inline bool response_is_interim(struct __sk_buff *skb, const struct packet *packet)
{
	char start[10];

	return packet->segment.length >= sizeof(start) &&
	       !bpf_skb_load_bytes(skb, packet->payload, start, sizeof(start)) && start[0] == 'H' &&
	       start[5] == '1' && start[9] == '1';
}

/* Parses the response's head that begins at `at`. */
static __always_inline int response_parse(struct __sk_buff *skb, struct scratch *scratch, __u32 at)
{
	__u32 left = stream_left(scratch, at), tries, length;
	int result;

	http_head_reset(&scratch->head);
	length = left < RESPONSE_FIRST_READ ? left : RESPONSE_FIRST_READ;
	for (tries = 0; tries < 2; tries++) {
		if (stream_read(skb, scratch, at, length))
			return HTTP_BAD;
		result = http_parse_response(stream_bytes(&scratch->held), &scratch->head);
		if (result != HTTP_PARTIAL || length >= left)
			return result;
		length = left;
	}
	return HTTP_PARTIAL;
}

/* The head in scratch->head, parsed with `result`, ends or goes on in the next packet. Returns its
 * bytes, or 0 where the response is lost. */
static __always_inline __u32 response_parsed(struct scratch *scratch,
					     const struct shunt_framing *known, int result)
{
	struct shunt_stream *stream = &scratch->stream;

	if (result == HTTP_BAD)
		return 0;
	if (result == HTTP_PARTIAL) {
		stream->state = FRAMING_HEAD;
		return scratch->head.length < SHUNT_HEAD_MAX ? scratch->head.length : 0;
	}
	framing_response(stream, &scratch->head, known->methods >> (stream->count & 31) & 1);
	return scratch->head.position;
}

/* A response begins at `at`. Returns the bytes of its head, or 0 where it is lost. What is there of
 * it goes to `held`, where the packet does not have all. */
SUBPROGRAM __u32 response_head(struct __sk_buff *skb, const struct shunt_framing *known, __u32 at)
{
	struct scratch *scratch = scratch_get();
	int result;

	if (!scratch || !known || scratch->stream.count == known->requests.count)
		return 0;
	result = response_parse(skb, scratch, at);
	if (result == HTTP_PARTIAL && stream_keep(skb, scratch, scratch->head.length, BPF_NOEXIST))
		return 0;
	return response_parsed(scratch, known, result);
}

/* The same where the head goes on at `at`; the bytes before are in `held`. */
SUBPROGRAM __u32 response_more(struct __sk_buff *skb, const struct shunt_framing *known, __u32 at)
{
	struct scratch *scratch = scratch_get();
	struct shunt_held *entry;
	__u32 had, left, taken;
	int result;

	if (!scratch || !known)
		return 0;
	entry = bpf_map_lookup_elem(&held, &scratch->connection);
	if (!entry || entry->length >= SHUNT_HEAD_MAX)
		return 0;
	had = entry->length;
	left = stream_left(scratch, at);
	if (left > SHUNT_HEAD_MAX - had)
		left = SHUNT_HEAD_MAX - had;
	if (stream_load(skb, &scratch->packet, entry, had, at, left))
		return 0;
	http_head_reset(&scratch->head);
	scratch->head.length = had + left;
	entry->length = had + left;
	result = http_parse_response(stream_bytes(entry), &scratch->head);
	taken = response_parsed(scratch, known, result);
	if (result != HTTP_PARTIAL)
		bpf_map_delete_elem(&held, &scratch->connection);
	return taken > had ? taken - had : 0;
}

/* Follows one message, or what is left of it, from `at` of the payload. Returns where it ends, or
 * `at` where the responses are lost. */
static __always_inline __u32 response_step(struct __sk_buff *skb, struct scratch *scratch,
					   const struct shunt_framing *known, __u32 at)
{
	struct shunt_stream *stream = &scratch->stream;

	if (stream->state == FRAMING_START)
		return at + response_head(skb, known, at);
	if (stream->state == FRAMING_HEAD)
		return at + response_more(skb, known, at);
	at = stream_body(skb, at);
	if (stream->state == FRAMING_START)
		stream->count++;
	return at;
}

/* Whether nothing is to be known of the connection's later responses. */
static __always_inline bool response_is_last(const struct shunt_stream *stream)
{
	return stream->state == FRAMING_UNTIL_CLOSE ||
	       (stream->state == FRAMING_PINNED && stream->reason == SHUNT_REASON_UPGRADE);
}

/* Follows the responses from `at` of the payload to its end; false where they are lost. */
static __always_inline bool response_run(struct __sk_buff *skb, struct scratch *scratch,
					 const struct shunt_framing *known, __u32 at)
{
	const struct shunt_stream *stream = &scratch->stream;
	__u32 length = scratch->packet.segment.length, before, n;

	for (n = 0; n < STREAM_MESSAGES_MAX; n++) {
		before = at;
		at = response_step(skb, scratch, known, at);
		if (response_is_last(stream) || (at >= length && stream->state != FRAMING_PINNED))
			return true;
		if (at == before || stream->state == FRAMING_PINNED)
			return false;
	}
	return false;
}

/* Bytes before the packet were not seen: within a body they do not matter. */
static __always_inline bool response_gap(struct shunt_stream *stream, __u32 gap)
{
	if (!framing_is_data(stream) || stream->remaining < gap)
		return false;
	framing_skip(stream, gap);
	if (stream->state == FRAMING_START)
		stream->count++;
	return true;
}

/*
 * Whether a packet that came too early is better sent again than the responses be lost: where the client
 * pipelines, a part of a head, or one so small that its server sends a few bytes at a time; where it does
 * not, or not yet, such a small part of a head, behind which more will come. For others it is not: their
 * servers would not hear what is missing, and wait for a retransmission timeout.
 */
static __always_inline bool response_can_wait(const struct shunt_framing *known,
					      const struct shunt_stream *stream,
					      const struct segment *segment)
{
	bool in_head = stream->state == FRAMING_HEAD, small = segment->length < RESPONSE_SMALL;
	__u8 unanswered = known->requests.count - stream->count;

	if (unanswered > 1 || known->flags & SHUNT_FRAMING_PIPELINED)
		return in_head || small;
	return in_head && small;
}

/* Whether the server will send what lies before `sequence`, in the client's numbering, again. */
static __always_inline bool response_will_be_sent_again(struct __sk_buff *skb,
							struct scratch *scratch, __u32 sequence)
{
	return !socket_read(skb) && !sequence_after(scratch->socket.rcv_nxt, sequence);
}

/*
 * The connection's framing, where there is more to follow in the payload of scratch->packet, whose sequence
 * numbers are `delta` below the client's, than a body that goes on; else NULL.
 */
static __always_inline struct shunt_framing *response_to_follow(const struct scratch *scratch,
								__u32 delta)
{
	struct shunt_framing *known = bpf_map_lookup_elem(&framing, &scratch->connection);
	const struct segment *segment = &scratch->packet.segment;

	if (!known || known->requests.state == FRAMING_PINNED ||
	    framing_goes_on(&known->responses, segment->sequence + delta, segment->length))
		return NULL;
	return known;
}

/* Follows the stream of the current leg's server through the payload of scratch->packet, by what
 * response_to_follow() has found. Returns 1 where the packet is to be dropped: it came too early to be
 * followed, and will be sent again. */
SUBPROGRAM int response_follow(struct __sk_buff *skb, struct shunt_framing *known, __u32 delta)
{
	struct scratch *scratch = scratch_get();
	const struct segment *segment;
	struct shunt_stream *stream;
	__u32 sequence, ahead;

	if (!scratch || !known)
		return 0;
	if (known->requests.state == FRAMING_UNPROVEN) {
		known->responses.state = response_is_interim(skb, &scratch->packet)
						 ? FRAMING_INTERIM
						 : FRAMING_UNPROVEN;
		return 0;
	}
	segment = &scratch->packet.segment;
	sequence = segment->sequence + delta;
	stream = &scratch->stream;
	*stream = known->responses;
	if (stream->state == FRAMING_UNPROVEN || stream->state == FRAMING_INTERIM ||
	    response_is_last(stream))
		return 0;
	ahead = sequence - stream->next;
	if ((__s32)ahead > 0) {
		if (!response_gap(stream, ahead)) {
			if (response_can_wait(known, stream, segment) &&
			    response_will_be_sent_again(skb, scratch, stream->next)) {
				count(SHUNT_REASON_AHEAD);
				return 1;
			}
			if (stream->state != FRAMING_START)
				goto lost;
			known->responses.reason = RESPONSE_OVERTAKEN;
			return 0;
		}
		stream->next = sequence;
		ahead = 0;
	}
	if (0 - ahead >= segment->length) /* seen before */
		return 0;
	if (!response_run(skb, scratch, known, 0 - ahead))
		goto lost;
	if (stream->reason == RESPONSE_OVERTAKEN && stream->state != FRAMING_START &&
	    stream->state != FRAMING_BODY)
		goto lost;
	stream->next = sequence + segment->length;
	known->responses = *stream;
	return 0;
lost:
	count(SHUNT_REASON_RESPONSE_LOST);
	if (stream->state == FRAMING_HEAD)
		bpf_map_delete_elem(&held, &scratch->connection);
	known->responses.state = FRAMING_UNPROVEN;
	return 0;
}

#endif
