/* SPDX-License-Identifier: Apache-2.0 */
/* Follows a client's stream as bpf/request.h does, piece by piece, and notes where requests begin. */
#ifndef SHUNT_TESTS_UNIT_STREAM_H
#define SHUNT_TESTS_UNIT_STREAM_H

#include <stdio.h>
#include "bpf/framing.h"

#define STREAM_REQUESTS_MAX 32

struct stream {
	struct shunt_framing framing;
	struct http_bytes head; /* of the present request, as far as it is known */
	size_t head_length;
	size_t position; /* bytes followed */
	size_t starts[STREAM_REQUESTS_MAX]; /* of complete heads */
	size_t count;
};

static inline void stream_init(struct stream *stream)
{
	memset(stream, 0, sizeof(*stream));
	stream->framing.state = FRAMING_START;
}

/* Adds bytes to the head and parses it; returns how many of them belong to the head. */
static inline size_t stream_head(struct stream *stream, const char *bytes, size_t length)
{
	size_t had = stream->framing.state == FRAMING_HEAD ? stream->head_length : 0;
	struct http_head head = {};
	size_t room = SHUNT_HEAD_MAX - had;
	int result;

	memcpy(&stream->head.at[had], bytes, length < room ? length : room);
	head.length = had + (length < room ? length : room);
	result = http_parse(&stream->head, &head);
	stream->head_length = head.length;
	if (result == HTTP_PARTIAL) {
		stream->framing.state = FRAMING_HEAD;
		return length;
	}
	if (result == HTTP_BAD) {
		framing_pin(&stream->framing, head.reason);
		return length;
	}
	if (stream->count < STREAM_REQUESTS_MAX)
		stream->starts[stream->count] = stream->position - had;
	stream->count++;
	framing_head_done(&stream->framing, &head);
	return head.position - had;
}

static inline void stream_follow(struct stream *stream, const char *bytes, size_t length)
{
	struct shunt_framing *state = &stream->framing;

	while (length) {
		size_t took = 1;

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
	}
}

#endif
