/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The head of an HTTP/1 request (RFC 9112): where it ends, how its body is framed, and the field
 * that names a context. A head that is not exactly understood is refused, never guessed at.
 */
#ifndef SHUNT_BPF_HTTP_H
#define SHUNT_BPF_HTTP_H

#include "scan.h"

#define HTTP_PARTIAL 0 /* more bytes are needed */
#define HTTP_DONE 1
#define HTTP_BAD 2 /* `reason` says why */

#define HTTP_FIELDS_MAX 128

#define HTTP_BODY_NONE 0
#define HTTP_BODY_LENGTH 1
#define HTTP_BODY_CHUNKED 2

struct http_head {
	__u32 length; /* bytes to look at, at most SHUNT_HEAD_MAX */
	__u32 position; /* bytes consumed; where HTTP_DONE, the head's length */
	__u64 content_length;
	__u32 marker; /* where the first marker field's value begins */
	__u32 marker_length; /* 0: no marker */
	__u8 reason; /* enum shunt_reason where HTTP_BAD */
	__u8 body; /* HTTP_BODY_* */
	__u8 upgrade; /* 1 where the request asks for an upgrade, or is a CONNECT */
	__u8 version; /* 0 or 1, of HTTP/1.x */
	__u8 length_seen;
	__u8 encoding_seen;
	__u8 marker_name_length; /* of the field that names the context */
	__u8 reserved;
	char marker_name[64]; /* lower case, zero-filled */
};

/* A name of at most eight characters as http_lower() would load it. */
#define HTTP_NAME(a, b, c, d, e, f, g, h)                                                        \
	((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 | (__u64)(e) << 32 | \
	 (__u64)(f) << 40 | (__u64)(g) << 48 | (__u64)(h) << 56)

static __always_inline bool http_name_is(const struct http_bytes *bytes, __u32 start, __u32 length,
					 __u64 first, __u64 last)
{
	return http_lower(http_word(bytes, start)) == first &&
	       http_lower(http_word(bytes, start + length - 8)) == last;
}

static __always_inline bool http_is_content_length(const struct http_bytes *bytes, __u32 start)
{
	return http_name_is(bytes, start, 14, HTTP_NAME('c', 'o', 'n', 't', 'e', 'n', 't', '-'),
			    HTTP_NAME('t', '-', 'l', 'e', 'n', 'g', 't', 'h'));
}

static __always_inline bool http_is_transfer_encoding(const struct http_bytes *bytes, __u32 start)
{
	return http_name_is(bytes, start, 17, HTTP_NAME('t', 'r', 'a', 'n', 's', 'f', 'e', 'r'),
			    HTTP_NAME('e', 'n', 'c', 'o', 'd', 'i', 'n', 'g')) &&
	       http_byte(bytes, start + 8) == '-';
}

static __always_inline bool http_is_upgrade(const struct http_bytes *bytes, __u32 start)
{
	return http_lower(http_word(bytes, start)) ==
	       HTTP_NAME('u', 'p', 'g', 'r', 'a', 'd', 'e', ':');
}

static __always_inline bool http_is_chunked(const struct http_bytes *bytes, __u32 start,
					    __u32 length)
{
	return length == 7 && (http_lower(http_word(bytes, start)) << 8) ==
				      HTTP_NAME(0, 'c', 'h', 'u', 'n', 'k', 'e', 'd');
}

/* Whether the field name at start is the one that names the context. */
SUBPROGRAM int http_is_marker(const struct http_bytes *bytes, const struct http_head *head,
			      __u32 start)
{
	__u32 length, n;

	if (!bytes || !head)
		return 0;
	length = head->marker_name_length;
	for (n = 0; n < 64; n++) {
		__u8 byte;

		if (n >= length)
			return length > 0;
		byte = http_byte(bytes, start + n);
		if (byte >= 'A' && byte <= 'Z')
			byte |= 0x20;
		if (byte != (__u8)head->marker_name[n & 63])
			return 0;
	}
	return 0;
}

/* Reads 1 to 18 decimal digits that fill [start, end) into *value; 0, or -1 if it is not that. */
SUBPROGRAM int http_read_number(const struct http_bytes *bytes, __u32 start, __u32 end,
				__u64 *value)
{
	__u64 sum = 0;
	__u32 n;

	if (!bytes || !value || start >= end || end - start > 18)
		return -1;
	for (n = 0; n < 18 && start < end; n++, start++) {
		__u8 digit = http_byte(bytes, start) - '0';

		if (digit > 9)
			return -1;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return 0;
}

static __always_inline void http_trim(const struct http_bytes *bytes, __u32 *start, __u32 *end)
{
	*start = http_skip_space(bytes, *start, *end);
	*end = http_trim_space(bytes, *start, *end);
}

static __always_inline int http_bad(struct http_head *head, __u8 reason)
{
	head->reason = reason;
	return HTTP_BAD;
}

/* The value [start, end) of the field named [name, name_end). */
static __always_inline int http_field(const struct http_bytes *bytes, struct http_head *head,
				      __u32 name, __u32 name_length, __u32 start, __u32 end)
{
	if (name_length == 14 && http_is_content_length(bytes, name)) {
		http_trim(bytes, &start, &end);
		if (head->length_seen || http_read_number(bytes, start, end, &head->content_length))
			return http_bad(head, SHUNT_REASON_BAD_LENGTH);
		head->length_seen = 1;
	} else if (name_length == 17 && http_is_transfer_encoding(bytes, name)) {
		http_trim(bytes, &start, &end);
		if (head->encoding_seen || !http_is_chunked(bytes, start, end - start))
			return http_bad(head, SHUNT_REASON_BAD_TRANSFER_ENCODING);
		head->encoding_seen = 1;
	} else if (name_length == 7 && http_is_upgrade(bytes, name)) {
		head->upgrade = 1;
	} else if (name_length == head->marker_name_length && !head->marker_length &&
		   http_is_marker(bytes, head, name)) {
		http_trim(bytes, &start, &end);
		head->marker = start;
		head->marker_length = end - start;
	}
	return HTTP_PARTIAL;
}

/* The line end that http_find_control() found at `end` must be CR LF. */
static __always_inline int http_line_end(const struct http_bytes *bytes, struct http_head *head,
					 __u32 end)
{
	if (end >= head->length)
		return HTTP_PARTIAL;
	if (http_byte(bytes, end) != '\r')
		return http_bad(head, SHUNT_REASON_BAD_LINE_END);
	if (end + 1 >= head->length)
		return HTTP_PARTIAL;
	if (http_byte(bytes, end + 1) != '\n')
		return http_bad(head, SHUNT_REASON_BAD_LINE_END);
	return HTTP_DONE;
}

/* One field line from head->position. HTTP_DONE: the empty line; HTTP_PARTIAL with the position
 * moved: go on; with the position unmoved: more bytes are needed. */
SUBPROGRAM int http_field_line(const struct http_bytes *bytes, struct http_head *head)
{
	__u32 start, end, colon;
	int result;

	if (!bytes || !head)
		return HTTP_BAD;
	start = head->position;
	end = http_find_control(bytes, start, head->length);
	result = http_line_end(bytes, head, end);
	if (result != HTTP_DONE)
		return result;
	head->position = end + 2;
	if (end == start)
		return HTTP_DONE;
	if (http_is_space(http_byte(bytes, start)))
		return http_bad(head, SHUNT_REASON_OBS_FOLD);
	colon = http_find_stop(bytes, start, end, ':');
	if (colon == start || colon == end || http_byte(bytes, colon) != ':')
		return http_bad(head, SHUNT_REASON_BAD_FIELD);
	return http_field(bytes, head, start, colon - start, colon + 1, end);
}

/* What the first bytes say of a stream that is not HTTP/1: 0 where they may be. */
static __always_inline __u8 http_foreign(const struct http_bytes *bytes,
					 const struct http_head *head)
{
	__u8 first = http_byte(bytes, 0);

	if (first == 0x16) /* TLS handshake record (RFC 8446, 5.1) */
		return SHUNT_REASON_TLS;
	if (head->length >= 8 && http_word(bytes, 0) == HTTP_NAME('P', 'R', 'I', ' ', '*', ' ', 'H',
								  'T')) /* RFC 9113, 3.4 */
		return SHUNT_REASON_HTTP2;
	if (first < 'A' || first > 'z' || (first > 'Z' && first < 'a'))
		return SHUNT_REASON_NOT_HTTP;
	return 0;
}

/* "method SP target SP HTTP/1.x CRLF", exactly one space each (RFC 9112, 3). */
SUBPROGRAM int http_request_line(const struct http_bytes *bytes, struct http_head *head)
{
	__u32 end, method, version;
	__u8 foreign;
	int result;

	if (!bytes || !head || !head->length)
		return HTTP_PARTIAL;
	foreign = http_foreign(bytes, head);
	if (foreign)
		return http_bad(head, foreign);
	end = http_find_control(bytes, 0, head->length);
	result = http_line_end(bytes, head, end);
	if (result != HTTP_DONE)
		return result;
	method = http_find_stop(bytes, 0, end, ' ');
	if (end < 14 || method > 32 || http_byte(bytes, method) != ' ')
		return http_bad(head, SHUNT_REASON_NOT_HTTP);
	version = end - 8;
	if ((http_word(bytes, version) & ~HTTP_NAME(0, 0, 0, 0, 0, 0, 0, 1)) !=
		    HTTP_NAME('H', 'T', 'T', 'P', '/', '1', '.', '0') ||
	    http_byte(bytes, version - 1) != ' ')
		return http_bad(head, SHUNT_REASON_NOT_HTTP);
	/* The target is one or more characters without a space. */
	if (method + 2 > version - 1 || http_find_stop(bytes, method + 1, end, ' ') != version - 1)
		return http_bad(head, SHUNT_REASON_BAD_REQUEST_LINE);
	head->version = http_byte(bytes, end - 1) - '0';
	if (method == 7 &&
	    (http_word(bytes, 0) == HTTP_NAME('C', 'O', 'N', 'N', 'E', 'C', 'T', ' ')))
		head->upgrade = 1;
	head->position = end + 2;
	return HTTP_DONE;
}

/* Conditions on the head as a whole (RFC 9112, 6.1 and 6.3). */
static __always_inline int http_conclude(struct http_head *head)
{
	if (head->encoding_seen && (head->length_seen || !head->version))
		return http_bad(head, SHUNT_REASON_BAD_TRANSFER_ENCODING);
	if (head->encoding_seen)
		head->body = HTTP_BODY_CHUNKED;
	else if (head->length_seen && head->content_length)
		head->body = HTTP_BODY_LENGTH;
	return HTTP_DONE;
}

/* Zeroes the result fields; the caller sets length and the marker's name before. */
static __always_inline void http_head_reset(struct http_head *head)
{
	head->position = 0;
	head->content_length = 0;
	head->marker = 0;
	head->marker_length = 0;
	head->reason = 0;
	head->body = HTTP_BODY_NONE;
	head->upgrade = 0;
	head->version = 0;
	head->length_seen = 0;
	head->encoding_seen = 0;
}

/*
 * Parses the head->length bytes from the start of a request. HTTP_DONE: head->position is the
 * head's length and the other fields say what it is; HTTP_PARTIAL: more bytes are needed;
 * HTTP_BAD: head->reason says why.
 */
static __always_inline int http_parse(const struct http_bytes *bytes, struct http_head *head)
{
	int result, n;

	http_head_reset(head);
	result = http_request_line(bytes, head);
	for (n = 0; n <= HTTP_FIELDS_MAX && result == HTTP_DONE; n++) {
		__u32 before = head->position;

		result = http_field_line(bytes, head);
		if (result == HTTP_DONE)
			return http_conclude(head);
		if (result == HTTP_PARTIAL && head->position != before)
			result = HTTP_DONE;
	}
	if (result == HTTP_DONE || (result == HTTP_PARTIAL && head->length >= SHUNT_HEAD_MAX))
		return http_bad(head, SHUNT_REASON_HEAD_TOO_LARGE);
	return result;
}

struct context_name {
	char text[SHUNT_CONTEXT_NAME_MAX + 1];
};

static __always_inline bool http_is_name_character(__u8 byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
	       byte == '_' || byte == '.';
}

/* Copies the marker's value, a context name (1 to 63 of a-z 0-9 - _ .), into the zeroed *name.
 * Returns its length, or 0 if it is no such name. */
SUBPROGRAM int http_context_name(const struct http_bytes *bytes, const struct http_head *head,
				 struct context_name *name)
{
	__u32 n;

	if (!bytes || !head || !name || head->marker_length > SHUNT_CONTEXT_NAME_MAX)
		return 0;
	for (n = 0; n < SHUNT_CONTEXT_NAME_MAX && n < head->marker_length; n++) {
		__u8 byte = http_byte(bytes, head->marker + n);

		if (!http_is_name_character(byte)) {
			__builtin_memset(name, 0, sizeof(*name));
			return 0;
		}
		name->text[n & SHUNT_CONTEXT_NAME_MAX] = byte;
	}
	return n;
}

#endif
