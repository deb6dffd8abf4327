/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Finding bytes in a request's head, eight at a time. */
#ifndef SHUNT_BPF_SCAN_H
#define SHUNT_BPF_SCAN_H

#include "portable.h"

#define HTTP_WORDS_MAX (SHUNT_HEAD_MAX / 8 + 1)

struct http_bytes {
	__u8 at[SHUNT_HEAD_MAX];
	__u8 slack[8]; /* a whole word can be read at every index */
};

/* Eight bytes from index, the first one lowest. */
static __always_inline __u64 http_word(const struct http_bytes *bytes, __u32 index)
{
	opaque(index);
	return load_word(&bytes->at[index & (SHUNT_HEAD_MAX - 1)]);
}

static __always_inline __u8 http_byte(const struct http_bytes *bytes, __u32 index)
{
	opaque(index);
	return bytes->at[index & (SHUNT_HEAD_MAX - 1)];
}

#define HTTP_EACH(byte) (0x0101010101010101ULL * (byte))

/* The high bit of each byte below `limit`, which is at most 0x80. No carry crosses a byte. */
static __always_inline __u64 http_below(__u64 word, __u8 limit)
{
	__u64 reached = (word & HTTP_EACH(0x7f)) + HTTP_EACH(0x80 - limit);

	return ~(reached | word) & HTTP_EACH(0x80);
}

/* The high bit of each byte equal to `byte`. */
static __always_inline __u64 http_equal(__u64 word, __u8 byte)
{
	return http_below(word ^ HTTP_EACH(byte), 1);
}

/* Index of the lowest byte whose high bit is set in `high`, which is not 0. */
static __always_inline __u32 http_lowest(__u64 high)
{
	return ((((high - 1) & ~high) & HTTP_EACH(1)) * HTTP_EACH(1) >> 56) - 1;
}

/* Index of the first control character (RFC 5234 CTL, but not HTAB) in [from, end), or end. */
SUBPROGRAM __u32 http_find_control(const struct http_bytes *bytes, __u32 from, __u32 end)
{
	__u32 n;

	if (!bytes)
		return end;
	for (n = 0; n < HTTP_WORDS_MAX && from < end; n++) {
		__u64 word = http_word(bytes, from);
		__u64 found = http_below(word, 0x20) & ~http_equal(word, '\t');

		found |= http_equal(word, 0x7f);

		if (found) {
			from += http_lowest(found);
			break;
		}
		from += 8;
	}
	return from < end ? from : end;
}

#define HTTP_ASCII HTTP_EACH(0x80)
#define HTTP_ANY 0

/* Index of the first space, control character or `stop` in [from, end), or end; with HTTP_ASCII,
 * of the first DEL or byte that is not ASCII too. */
SUBPROGRAM __u32 http_find_stop(const struct http_bytes *bytes, __u32 from, __u32 end, __u8 stop,
				__u64 other)
{
	__u32 n;

	if (!bytes)
		return end;
	for (n = 0; n < HTTP_WORDS_MAX && from < end; n++) {
		__u64 word = http_word(bytes, from);
		__u64 found = http_equal(word, stop) | http_below(word, 0x21) |
			      ((word | http_equal(word, 0x7f)) & other);

		if (found) {
			from += http_lowest(found);
			break;
		}
		from += 8;
	}
	return from < end ? from : end;
}

/* Index of the first `byte` in [from, end), or end. */
SUBPROGRAM __u32 http_find(const struct http_bytes *bytes, __u32 from, __u32 end, __u8 byte)
{
	__u32 n;

	if (!bytes)
		return end;
	for (n = 0; n < HTTP_WORDS_MAX && from < end; n++) {
		__u64 found = http_equal(http_word(bytes, from), byte);

		if (found) {
			from += http_lowest(found);
			break;
		}
		from += 8;
	}
	return from < end ? from : end;
}

/* Eight bytes in lower case. Only letters of the field-name alphabet are changed into letters. */
static __always_inline __u64 http_lower(__u64 word)
{
	return word | HTTP_EACH(0x20);
}

static __always_inline bool http_is_space(__u8 byte)
{
	return byte == ' ' || byte == '\t';
}

/* White space around a field value (RFC 9110, 5.5); a longer run is left in, and no valid value
 * that matters here begins or ends with one. */
#define HTTP_SPACES_MAX 64

/* Index of the first byte in [start, end) that is no white space. */
SUBPROGRAM __u32 http_skip_space(const struct http_bytes *bytes, __u32 start, __u32 end)
{
	__u32 n;

	if (!bytes)
		return start;
	for (n = 0; n < HTTP_SPACES_MAX; n++) {
		if (start >= end || !http_is_space(http_byte(bytes, start)))
			break;
		start++;
	}
	return start;
}

/* Index after the last byte in [start, end) that is no white space. */
SUBPROGRAM __u32 http_trim_space(const struct http_bytes *bytes, __u32 start, __u32 end)
{
	__u32 n;

	if (!bytes)
		return end;
	for (n = 0; n < HTTP_SPACES_MAX; n++) {
		if (start >= end || !http_is_space(http_byte(bytes, end - 1)))
			break;
		end--;
	}
	return end;
}

#endif
