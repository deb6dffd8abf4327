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

/* An index of which the verifier knows no more than of memory: what a loop that ended there tells of it
 * would have all that follows verified for each way to end. */
static __always_inline __u32 http_any(struct shunt_head *head, __u32 index)
{
	head->cursor = index;
	asm volatile("" ::: "memory");
	return head->cursor;
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

/* The high bit of each byte below `limit`, and of each DEL. */
static __always_inline __u64 http_below_or_del(__u64 word, __u8 limit)
{
	__u64 low = word & HTTP_EACH(0x7f);

	return (~(low + HTTP_EACH(0x80 - limit)) | (low + HTTP_EACH(1))) & ~word & HTTP_EACH(0x80);
}

/* The control characters of a word (RFC 5234 CTL, but not HTAB). */
static __always_inline __u64 http_controls(__u64 word)
{
	__u64 found = http_below_or_del(word, 0x20);

	return found ? found & ~http_equal(word, '\t') : 0;
}

#define HTTP_ASCII HTTP_EACH(0x80)
#define HTTP_ANY 0

/* The spaces, control characters, DELs and `stop`s of a word; with HTTP_ASCII, what is not ASCII too. */
static __always_inline __u64 http_stops(__u64 word, __u8 stop, __u64 other)
{
	return http_equal(word, stop) | http_below_or_del(word, 0x21) | (word & other);
}

/* Index of the first of `found`, in the word at `from`, or end. */
static __always_inline __u32 http_first(__u64 found, __u32 from, __u32 end)
{
	if (found)
		from += http_lowest(found);
	return from < end ? from : end;
}

/* Index of the first control character in [from, end), or end. */
SUBPROGRAM __u32 http_find_control(const struct http_bytes *bytes, __u32 from, __u32 end)
{
	__u64 found = 0;
	__u32 n;

	if (!bytes)
		return end;
	for (n = 0; n < HTTP_WORDS_MAX && from < end; n++, from += 8) {
		found = http_controls(http_word(bytes, from));
		if (found)
			break;
	}
	return http_first(found, from, end);
}

/* Index of the first space, control character, DEL or `stop` in [from, end), or end; with HTTP_ASCII, of
 * the first byte that is not ASCII too. */
SUBPROGRAM __u32 http_find_stop(const struct http_bytes *bytes, __u32 from, __u32 end, __u8 stop,
				__u64 other)
{
	__u64 found = 0;
	__u32 n;

	if (!bytes)
		return end;
	for (n = 0; n < HTTP_WORDS_MAX && from < end; n++, from += 8) {
		found = http_stops(http_word(bytes, from), stop, other);
		if (found)
			break;
	}
	return http_first(found, from, end);
}

/* Index of the first `byte` in [from, end), or end. */
SUBPROGRAM __u32 http_find(const struct http_bytes *bytes, __u32 from, __u32 end, __u8 byte)
{
	__u64 found = 0;
	__u32 n;

	if (!bytes)
		return end;
	for (n = 0; n < HTTP_WORDS_MAX && from < end; n++, from += 8) {
		found = http_equal(http_word(bytes, from), byte);
		if (found)
			break;
	}
	return http_first(found, from, end);
}

/* What is searched for is near, as a rule, and returning from a function takes as long as looking at some
 * words. So many are looked at in place. */
#define HTTP_NEAR 8

/* As http_find_control(). */
static __always_inline __u32 http_seek_control(const struct http_bytes *bytes, __u32 from,
					       __u32 end)
{
	__u32 n;

	for (n = 0; n < HTTP_NEAR && from < end; n++, from += 8) {
		__u64 found = http_controls(http_word(bytes, from));

		if (found)
			return http_first(found, from, end);
	}
	return from < end ? http_find_control(bytes, from, end) : end;
}

/* As http_find_stop(). */
static __always_inline __u32 http_seek_stop(const struct http_bytes *bytes, __u32 from, __u32 end,
					    __u8 stop, __u64 other)
{
	__u32 n;

	for (n = 0; n < HTTP_NEAR && from < end; n++, from += 8) {
		__u64 found = http_stops(http_word(bytes, from), stop, other);

		if (found)
			return http_first(found, from, end);
	}
	return from < end ? http_find_stop(bytes, from, end, stop, other) : end;
}

/* As http_find(). */
static __always_inline __u32 http_seek(const struct http_bytes *bytes, __u32 from, __u32 end,
				       __u8 byte)
{
	__u32 n;

	for (n = 0; n < HTTP_NEAR && from < end; n++, from += 8) {
		__u64 found = http_equal(http_word(bytes, from), byte);

		if (found)
			return http_first(found, from, end);
	}
	return from < end ? http_find(bytes, from, end, byte) : end;
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
