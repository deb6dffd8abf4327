/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Where the next request of a connection starts (RFC 9112, 6 and 7.1): a body of known length, or
 * a chunked one with its trailers, followed byte by byte where it is not data. What does not
 * follow the grammar pins the connection to its target.
 */
#ifndef SHUNT_BPF_FRAMING_H
#define SHUNT_BPF_FRAMING_H

#include "portable.h"
#include "http.h"

enum framing_state {
	FRAMING_UNPROVEN, /* seen in mid-life; no boundary is known */
	FRAMING_START, /* the next byte begins a request */
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
};

#define FRAMING_CHUNK_DIGITS_MAX 15

static __always_inline void framing_pin(struct shunt_framing *state, __u8 reason)
{
	state->state = FRAMING_PINNED;
	state->reason = reason;
}

/* The head that begins at state->start is complete: what follows it. */
static __always_inline void framing_head_done(struct shunt_framing *state,
					      const struct http_head *head)
{
	state->remaining = 0;
	state->digits = 0;
	if (head->upgrade)
		framing_pin(state, SHUNT_REASON_UPGRADE);
	else if (head->body == HTTP_BODY_CHUNKED)
		state->state = FRAMING_CHUNK_SIZE;
	else if (head->body == HTTP_BODY_LENGTH) {
		state->state = FRAMING_BODY;
		state->remaining = head->content_length;
	} else {
		state->state = FRAMING_START;
	}
}

/* Whether bytes are being skipped without being looked at. */
static __always_inline bool framing_is_data(const struct shunt_framing *state)
{
	return state->state == FRAMING_BODY || state->state == FRAMING_CHUNK_DATA;
}

/* Skips up to `available` bytes of data; returns how many. */
static __always_inline __u32 framing_skip(struct shunt_framing *state, __u32 available)
{
	if (state->remaining > available) {
		state->remaining -= available;
		return available;
	}
	available = state->remaining;
	state->remaining = 0;
	state->state = state->state == FRAMING_BODY ? FRAMING_START : FRAMING_CHUNK_DATA_CR;
	return available;
}

static __always_inline int framing_digit(__u8 byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static __always_inline void framing_size_byte(struct shunt_framing *state, __u8 byte)
{
	int digit = framing_digit(byte);

	if (digit >= 0 && state->digits < FRAMING_CHUNK_DIGITS_MAX) {
		state->remaining = state->remaining << 4 | digit;
		state->digits++;
	} else if (digit < 0 && state->digits && byte == ';') {
		state->state = FRAMING_CHUNK_EXTENSION;
	} else if (digit < 0 && state->digits && byte == '\r') {
		state->state = FRAMING_CHUNK_SIZE_LF;
	} else {
		framing_pin(state, SHUNT_REASON_BAD_CHUNK);
	}
}

/* A byte of a line that is skipped up to its CR, after which `next` follows. */
static __always_inline void framing_line_byte(struct shunt_framing *state, __u8 byte, __u8 next)
{
	if (byte == '\r')
		state->state = next;
	else if (byte < 0x20 && byte != '\t')
		framing_pin(state, SHUNT_REASON_BAD_CHUNK);
}

static __always_inline void framing_expect(struct shunt_framing *state, __u8 byte, __u8 expected,
					   __u8 next)
{
	if (byte == expected)
		state->state = next;
	else
		framing_pin(state, SHUNT_REASON_BAD_CHUNK);
}

/* One byte that is neither data nor part of a request's head. */
static __always_inline void framing_byte(struct shunt_framing *state, __u8 byte)
{
	switch (state->state) {
	case FRAMING_CHUNK_SIZE:
		framing_size_byte(state, byte);
		break;
	case FRAMING_CHUNK_EXTENSION:
		framing_line_byte(state, byte, FRAMING_CHUNK_SIZE_LF);
		break;
	case FRAMING_CHUNK_SIZE_LF:
		framing_expect(state, byte, '\n',
			       state->remaining ? FRAMING_CHUNK_DATA : FRAMING_TRAILER_START);
		break;
	case FRAMING_CHUNK_DATA_CR:
		framing_expect(state, byte, '\r', FRAMING_CHUNK_DATA_LF);
		break;
	case FRAMING_CHUNK_DATA_LF:
		framing_expect(state, byte, '\n', FRAMING_CHUNK_SIZE);
		state->digits = 0;
		break;
	case FRAMING_TRAILER_START:
		if (byte == '\r') {
			state->state = FRAMING_END_LF;
			break;
		}
		state->state = FRAMING_TRAILER;
		framing_line_byte(state, byte, FRAMING_TRAILER_LF);
		break;
	case FRAMING_TRAILER:
		framing_line_byte(state, byte, FRAMING_TRAILER_LF);
		break;
	case FRAMING_TRAILER_LF:
		framing_expect(state, byte, '\n', FRAMING_TRAILER_START);
		break;
	case FRAMING_END_LF:
		framing_expect(state, byte, '\n', FRAMING_START);
		break;
	}
}

#endif
