/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Where the next message of a stream starts (RFC 9112, 6 and 7.1): a body of known length, or
 * a chunked one with its trailers, followed byte by byte where it is not data. A request that does
 * not follow the grammar pins the connection to its target.
 */
#ifndef SHUNT_BPF_FRAMING_H
#define SHUNT_BPF_FRAMING_H

#include "portable.h"
#include "http_response.h"

enum framing_state {
	FRAMING_UNPROVEN, /* seen in mid-life; no boundary is known */
	FRAMING_START, /* the next byte begins a message */
	FRAMING_HEAD, /* within a head; its bytes so far are in `held` */
	FRAMING_PINNED, /* `reason` says why; to the end of the connection */
	FRAMING_BODY, /* `remaining` bytes of a body */
	FRAMING_CHUNK_SIZE,
	FRAMING_CHUNK_EXTENSION,
	FRAMING_CHUNK_SIZE_LF,
	FRAMING_CHUNK_DATA, /* `remaining` bytes of a chunk */
	FRAMING_CHUNK_DATA_CR,
	FRAMING_CHUNK_DATA_LF,
	FRAMING_TRAILER_START, /* first byte of a trailer line, or of the last empty line */
	FRAMING_TRAILER,
	FRAMING_TRAILER_LF,
	FRAMING_END_LF,
	FRAMING_UNTIL_CLOSE, /* a response that ends with its connection */
	FRAMING_INTERIM, /* responses: none is known, and the last one seen was a 1xx */
	FRAMING_BUSY, /* requests: a processor is writing what its packet changed; come again */
};

#define FRAMING_CHUNK_DIGITS_MAX 15

static __always_inline void framing_pin(struct shunt_stream *stream, __u8 reason)
{
	stream->state = FRAMING_PINNED;
	stream->reason = reason;
}

/* A message's body follows, or the next message where it has none. */
static __always_inline void framing_body(struct shunt_stream *stream, const struct shunt_head *head)
{
	stream->remaining = 0;
	stream->digits = 0;
	stream->state = FRAMING_START;
	if (head->flags & SHUNT_HEAD_CHUNKED) {
		stream->state = FRAMING_CHUNK_SIZE;
	} else if (head->flags & SHUNT_HEAD_LENGTH && head->content_length) {
		stream->state = FRAMING_BODY;
		stream->remaining = head->content_length;
	}
}

/* Whether the request is the last one of its connection (RFC 9112, 9.3). */
static __always_inline bool framing_is_last(const struct shunt_head *head)
{
	return head->flags & SHUNT_HEAD_CLOSE ||
	       (!head->version && !(head->flags & SHUNT_HEAD_KEEP_ALIVE));
}

/*
 * A response's head is complete; `to_head` where its request was a HEAD. Counts a response that ends
 * here (RFC 9112, 6.3). A response that leaves HTTP/1 pins the connection.
 */
static __always_inline void framing_response(struct shunt_stream *stream,
					     const struct shunt_head *head, bool to_head)
{
	__u32 status = head->status;

	if (status == 101) {
		framing_pin(stream, SHUNT_REASON_UPGRADE);
		return;
	}
	framing_body(stream, head);
	if (to_head || status < 200 || status == 204 || status == 304)
		stream->state = FRAMING_START;
	else if (!(head->flags & (SHUNT_HEAD_CHUNKED | SHUNT_HEAD_LENGTH)))
		stream->state = FRAMING_UNTIL_CLOSE;
	if (status >= 200 && stream->state == FRAMING_START)
		stream->count++;
}

/* Whether bytes are being skipped without being looked at. */
static __always_inline bool framing_is_data(const struct shunt_stream *stream)
{
	return stream->state == FRAMING_BODY || stream->state == FRAMING_CHUNK_DATA;
}

/* Skips up to `available` bytes of data; returns how many. */
static __always_inline __u32 framing_skip(struct shunt_stream *stream, __u32 available)
{
	if (stream->remaining > available) {
		stream->remaining -= available;
		return available;
	}
	available = stream->remaining;
	stream->remaining = 0;
	stream->state = stream->state == FRAMING_BODY ? FRAMING_START : FRAMING_CHUNK_DATA_CR;
	return available;
}

/* Whether the next `length` bytes, from `sequence` on, lie within a body or chunk that is under way and does
 * not end with them. They are skipped then. */
static __always_inline bool framing_goes_on(struct shunt_stream *stream, __u32 sequence,
					    __u32 length)
{
	if (!framing_is_data(stream) || stream->next != sequence || stream->remaining <= length)
		return false;
	stream->remaining -= length;
	stream->next += length;
	return true;
}

static __always_inline int framing_digit(__u8 byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static __always_inline void framing_size_byte(struct shunt_stream *stream, __u8 byte)
{
	int digit = framing_digit(byte);

	if (digit >= 0 && stream->digits < FRAMING_CHUNK_DIGITS_MAX) {
		stream->remaining = stream->remaining << 4 | digit;
		stream->digits++;
	} else if (digit < 0 && stream->digits && byte == ';') {
		stream->state = FRAMING_CHUNK_EXTENSION;
	} else if (digit < 0 && stream->digits && byte == '\r') {
		stream->state = FRAMING_CHUNK_SIZE_LF;
	} else {
		framing_pin(stream, SHUNT_REASON_BAD_CHUNK);
	}
}

/* A byte of a line that is skipped up to its CR, after which `next` follows. */
static __always_inline void framing_line_byte(struct shunt_stream *stream, __u8 byte, __u8 next)
{
	if (byte == '\r')
		stream->state = next;
	else if (byte < 0x20 && byte != '\t')
		framing_pin(stream, SHUNT_REASON_BAD_CHUNK);
}

static __always_inline void framing_expect(struct shunt_stream *stream, __u8 byte, __u8 expected,
					   __u8 next)
{
	if (byte == expected)
		stream->state = next;
	else
		framing_pin(stream, SHUNT_REASON_BAD_CHUNK);
}

/* One byte that is neither data nor part of a request's head. */
static __always_inline void framing_byte(struct shunt_stream *stream, __u8 byte)
{
	switch (stream->state) {
	case FRAMING_CHUNK_SIZE:
		framing_size_byte(stream, byte);
		break;
	case FRAMING_CHUNK_EXTENSION:
		framing_line_byte(stream, byte, FRAMING_CHUNK_SIZE_LF);
		break;
	case FRAMING_CHUNK_SIZE_LF:
		framing_expect(stream, byte, '\n',
			       stream->remaining ? FRAMING_CHUNK_DATA : FRAMING_TRAILER_START);
		break;
	case FRAMING_CHUNK_DATA_CR:
		framing_expect(stream, byte, '\r', FRAMING_CHUNK_DATA_LF);
		break;
	case FRAMING_CHUNK_DATA_LF:
		framing_expect(stream, byte, '\n', FRAMING_CHUNK_SIZE);
		stream->digits = 0;
		break;
	case FRAMING_TRAILER_START:
		if (byte == '\r') {
			stream->state = FRAMING_END_LF;
			break;
		}
		stream->state = FRAMING_TRAILER;
		framing_line_byte(stream, byte, FRAMING_TRAILER_LF);
		break;
	case FRAMING_TRAILER:
		framing_line_byte(stream, byte, FRAMING_TRAILER_LF);
		break;
	case FRAMING_TRAILER_LF:
		framing_expect(stream, byte, '\n', FRAMING_TRAILER_START);
		break;
	case FRAMING_END_LF:
		framing_expect(stream, byte, '\n', FRAMING_START);
		break;
	}
}

#endif
