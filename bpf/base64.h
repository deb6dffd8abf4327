/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Base64 in its standard alphabet (RFC 4648, 4). White space is skipped, padding may be missing.
 */
#ifndef SHUNT_BPF_BASE64_H
#define SHUNT_BPF_BASE64_H

#include "scan.h"

#define BASE64_BAD 64
#define BASE64_SPACE 65
#define BASE64_PADDING 66

struct base64 {
	__u32 from; /* of the text: the next character */
	__u32 end;
	__u32 length; /* bytes decoded */
	__u32 group; /* bits of the characters of a group */
	__u8 characters; /* in the group so far */
	__u8 padding; /* characters of padding */
	__u8 bad;
	__u8 reserved;
};

/* The six bits that a character stands for, or BASE64_*. */
static __always_inline __u32 base64_value(__u8 byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return byte - 'A';
	if (byte >= 'a' && byte <= 'z')
		return byte - 'a' + 26;
	if (byte >= '0' && byte <= '9')
		return byte - '0' + 52;
	if (byte == '+')
		return 62;
	if (byte == '/')
		return 63;
	if (byte == '=')
		return BASE64_PADDING;
	return http_is_space(byte) ? BASE64_SPACE : BASE64_BAD;
}

static __always_inline void base64_put(struct base64 *state, struct http_bytes *out, __u8 byte)
{
	__u32 at = state->length;

	opaque(at);
	out->at[at & (SHUNT_HEAD_MAX - 1)] = byte;
	state->length++;
}

/* Writes the bytes that the group has so far: one less than it has characters. */
static __always_inline void base64_flush(struct base64 *state, struct http_bytes *out)
{
	__u32 group = state->group << (4 - state->characters) * 6;

	if (state->characters > 1)
		base64_put(state, out, group >> 16);
	if (state->characters > 2)
		base64_put(state, out, group >> 8);
	if (state->characters > 3)
		base64_put(state, out, group);
	state->characters = 0;
	state->group = 0;
}

static __always_inline void base64_character(struct base64 *state, struct http_bytes *out,
					     __u8 byte)
{
	__u32 value = base64_value(byte);

	if (value == BASE64_SPACE)
		return;
	if (value == BASE64_PADDING && state->characters > 1 && state->padding < 2) {
		state->padding++;
		return;
	}
	if (value >= BASE64_BAD || state->padding) {
		state->bad = 1;
		return;
	}
	state->group = state->group << 6 | value;
	if (++state->characters == 4)
		base64_flush(state, out);
}

struct base64_job {
	const struct http_bytes *text;
	struct base64 *state;
	struct http_bytes *out;
};

static long base64_step(__u32 index, struct base64_job *job)
{
	struct base64 *state = job->state;

	(void)index;
	if (state->from >= state->end || state->bad)
		return 1;
	base64_character(state, job->out, http_byte(job->text, state->from));
	state->from++;
	return 0;
}

/* Decodes the text's span into *out. Returns the number of bytes, or -1 where it is malformed. */
SUBPROGRAM int base64_decode(const struct http_bytes *text, __u32 span, struct base64 *state,
			     struct http_bytes *out)
{
	struct base64_job job = {text, state, out};

	if (!text || !state || !out)
		return -1;
	__builtin_memset(state, 0, sizeof(*state));
	state->from = span & 0xffff;
	state->end = span >> 16;
	repeat(SHUNT_HEAD_MAX, base64_step, &job);
	if (state->bad || state->characters == 1 ||
	    (state->padding && state->characters + state->padding != 4))
		return -1;
	base64_flush(state, out);
	return state->length;
}

#endif
