/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows a client's stream as bpf/head.h and bpf/stream.h do, piece by piece, and notes where
 * requests begin. Nothing is known of responses.
 */
#ifndef SHUNT_TESTS_UNIT_STREAM_H
#define SHUNT_TESTS_UNIT_STREAM_H

#include "bpf/framing.h"

#define STREAM_REQUESTS_MAX 32

struct stream {
	const struct shunt_markers *markers;
	struct shunt_stream requests;
	struct http_bytes bytes; /* of the present request's head, as far as it is known */
	struct shunt_head head;
	size_t position; /* bytes followed */
	size_t starts[STREAM_REQUESTS_MAX]; /* of complete heads */
	size_t ends[STREAM_REQUESTS_MAX]; /* of these heads */
	size_t finishes[STREAM_REQUESTS_MAX]; /* of these requests; 0 where the body goes on */
	size_t count;
	size_t evil; /* requests that name the context "evil" */
	__u8 last; /* reason why the last request must be the last, or 0 */
};

static inline void stream_init(struct stream *stream, const struct shunt_markers *markers)
{
	memset(stream, 0, sizeof(*stream));
	stream->markers = markers;
	stream->requests.state = FRAMING_START;
}

/* A head is complete; it begins at `start`. */
static inline void stream_head_done(struct stream *stream, size_t start)
{
	const struct shunt_head *head = &stream->head;

	if (stream->count < STREAM_REQUESTS_MAX) {
		stream->starts[stream->count] = start;
		stream->ends[stream->count] = start + head->position;
	}
	stream->count++;
	stream->evil += !strcmp(head->context, "evil");
	if (framing_is_last(head))
		stream->last = SHUNT_REASON_ENDED;
	else if (head->flags & SHUNT_HEAD_UPGRADE)
		stream->last = SHUNT_REASON_UPGRADE;
	framing_body(&stream->requests, head);
	if (head->flags & SHUNT_HEAD_CONNECT)
		framing_pin(&stream->requests, SHUNT_REASON_UPGRADE);
}

/* Adds bytes to the head and parses on; returns how many of them belong to the head. */
static inline size_t stream_head(struct stream *stream, const char *bytes, size_t length)
{
	size_t had, room;
	int result;

	if (stream->requests.state == FRAMING_START)
		http_head_reset(&stream->head);
	had = stream->head.length;
	room = SHUNT_HEAD_MAX - had;
	memcpy(&stream->bytes.at[had], bytes, length < room ? length : room);
	stream->head.length = had + (length < room ? length : room);
	result = http_parse(&stream->bytes, &stream->head, stream->markers);
	if (result == HTTP_DONE) {
		stream_head_done(stream, stream->position - had);
		return stream->head.position - had;
	}
	if (result == HTTP_PARTIAL)
		stream->requests.state = FRAMING_HEAD;
	else
		framing_pin(&stream->requests, stream->head.reason);
	return length;
}

/* Notes where the last request's body has ended. */
static inline void stream_note_finish(struct stream *stream)
{
	size_t last = stream->count - 1;

	if (stream->requests.state == FRAMING_START && stream->count &&
	    last < STREAM_REQUESTS_MAX && !stream->finishes[last])
		stream->finishes[last] = stream->position;
}

static inline void stream_follow(struct stream *stream, const char *bytes, size_t length)
{
	struct shunt_stream *state = &stream->requests;

	while (length) {
		size_t took = 1;

		if (state->state == FRAMING_START && stream->last)
			framing_pin(state, stream->last);
		if (state->state == FRAMING_PINNED)
			took = length;
		else if (state->state == FRAMING_START || state->state == FRAMING_HEAD)
			took = stream_head(stream, bytes, length);
		else if (framing_is_data(state))
			took = framing_skip(state, length);
		else
			framing_byte(state, *bytes);
		bytes += took;
		length -= took;
		stream->position += took;
		stream_note_finish(stream);
	}
}

#endif
