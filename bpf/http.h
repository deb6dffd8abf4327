/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The head of an HTTP/1 request (RFC 9112): where it ends, how its body is framed, and the field
 * that names a context. A head that is not exactly understood is refused, never guessed at.
 */
#ifndef SHUNT_BPF_HTTP_H
#define SHUNT_BPF_HTTP_H

#include "markers.h"

#define HTTP_PARTIAL 0 /* more bytes are needed */
#define HTTP_DONE 1
#define HTTP_BAD 2 /* `reason` says why */

#define HTTP_FIELDS_MAX 128
#define HTTP_OPTIONS_MAX 16 /* of a Connection field */

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

static __always_inline int http_bad(struct shunt_head *head, __u8 reason)
{
	head->reason = reason;
	return HTTP_BAD;
}

static __always_inline bool http_is_connection(const struct http_bytes *bytes, __u32 start)
{
	return http_name_is(bytes, start, 10, HTTP_NAME('c', 'o', 'n', 'n', 'e', 'c', 't', 'i'),
			    HTTP_NAME('n', 'n', 'e', 'c', 't', 'i', 'o', 'n'));
}

static __always_inline bool http_is_keep_alive(const struct http_bytes *bytes, __u32 start)
{
	return http_name_is(bytes, start, 10, HTTP_NAME('k', 'e', 'e', 'p', '-', 'a', 'l', 'i'),
			    HTTP_NAME('e', 'p', '-', 'a', 'l', 'i', 'v', 'e'));
}

/* The options of a Connection field (RFC 9110, 7.6.1). */
SUBPROGRAM int http_connection(const struct http_bytes *bytes, struct shunt_head *head, __u32 span)
{
	__u32 start = SPAN_START(span), end = SPAN_END(span), n;

	if (!bytes || !head)
		return 0;
	for (n = 0; n < HTTP_OPTIONS_MAX && start < end; n++) {
		__u32 stop = http_find(bytes, start, end, ','), from, to;

		from = http_skip_space(bytes, start, stop);
		to = http_trim_space(bytes, from, stop);
		if (to == from + 5 && (http_lower(http_word(bytes, from)) << 24) ==
					      HTTP_NAME(0, 0, 0, 'c', 'l', 'o', 's', 'e'))
			head->flags |= SHUNT_HEAD_CLOSE;
		if (to == from + 10 && http_is_keep_alive(bytes, from))
			head->flags |= SHUNT_HEAD_KEEP_ALIVE;
		start = stop + 1;
	}
	return 0;
}

/* The value [start, end) of a field that says how the body is framed, or what comes after it. */
static __always_inline int http_framing_field(const struct http_bytes *bytes,
					      struct shunt_head *head, __u32 name,
					      __u32 name_length, __u32 start, __u32 end)
{
	if (name_length == 14 && http_is_content_length(bytes, name)) {
		http_trim(bytes, &start, &end);
		if (head->flags & SHUNT_HEAD_LENGTH ||
		    http_read_number(bytes, start, end, &head->content_length))
			return http_bad(head, SHUNT_REASON_BAD_LENGTH);
		head->flags |= SHUNT_HEAD_LENGTH;
	} else if (name_length == 17 && http_is_transfer_encoding(bytes, name)) {
		http_trim(bytes, &start, &end);
		if (head->flags & SHUNT_HEAD_CHUNKED || !http_is_chunked(bytes, start, end - start))
			return http_bad(head, SHUNT_REASON_BAD_TRANSFER_ENCODING);
		head->flags |= SHUNT_HEAD_CHUNKED;
	} else if (name_length == 10 && http_is_connection(bytes, name)) {
		start += http_is_space(http_byte(bytes, start));
		if (end - start == 10 && http_is_keep_alive(bytes, start))
			head->flags |= SHUNT_HEAD_KEEP_ALIVE;
		else
			http_connection(bytes, head, SPAN(start, end));
	} else if (name_length == 7 && http_is_upgrade(bytes, name)) {
		head->flags |= SHUNT_HEAD_UPGRADE;
	}
	return HTTP_PARTIAL;
}

/* The line end that http_seek_control() found at `end` must be CR LF. */
static __always_inline int http_line_end(const struct http_bytes *bytes, struct shunt_head *head,
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
SUBPROGRAM int http_field_line(const struct http_bytes *bytes, struct shunt_head *head,
			       const struct shunt_markers *markers)
{
	__u32 start, end, colon;
	int result, slot;

	if (!bytes || !head || !markers)
		return HTTP_BAD;
	start = head->position;
	colon = http_any(head, http_seek_stop(bytes, start, head->length, ':', HTTP_ASCII));
	end = http_any(head, http_seek_control(bytes, colon, head->length));
	result = http_line_end(bytes, head, end);
	if (result != HTTP_DONE)
		return result;
	head->position = end + 2;
	if (end == start)
		return HTTP_DONE;
	if (http_is_space(http_byte(bytes, start)))
		return http_bad(head, SHUNT_REASON_OBS_FOLD);
	if (colon == start || http_byte(bytes, colon) != ':')
		return http_bad(head, SHUNT_REASON_BAD_FIELD);
	if (markers->bits[SHUNT_PLACE_FIELD] &
	    SHUNT_MARKER_BIT(http_byte(bytes, start), colon - start)) {
		slot = marker_find(bytes, markers, SHUNT_PLACE_FIELD, start, colon - start);
		if (slot >= 0)
			marker_field(bytes, head, markers, slot, SPAN(colon + 1, end));
	}
	return http_framing_field(bytes, head, start, colon - start, colon + 1, end);
}

/* What the first bytes say of a stream that is not HTTP/1: 0 where they may be. */
static __always_inline __u8 http_foreign(const struct http_bytes *bytes,
					 const struct shunt_head *head)
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

/* Whether the eight bytes at start are "HTTP/1.0" or "HTTP/1.1"; sets head->version. */
static __always_inline bool http_version(const struct http_bytes *bytes, struct shunt_head *head,
					 __u32 start)
{
	head->version = http_byte(bytes, start + 7) & 1;
	return (http_word(bytes, start) & ~HTTP_NAME(0, 0, 0, 0, 0, 0, 0, 1)) ==
	       HTTP_NAME('H', 'T', 'T', 'P', '/', '1', '.', '0');
}

static __always_inline void http_method(const struct http_bytes *bytes, struct shunt_head *head)
{
	__u64 word = http_word(bytes, 0);

	if (word == HTTP_NAME('C', 'O', 'N', 'N', 'E', 'C', 'T', ' '))
		head->flags |= SHUNT_HEAD_CONNECT;
	if (word << 24 == HTTP_NAME(0, 0, 0, 'H', 'E', 'A', 'D', ' '))
		head->flags |= SHUNT_HEAD_HEAD;
}

/* The query from its question mark to the fragment; one within a fragment is none. */
static __always_inline void http_query(const struct http_bytes *bytes, struct shunt_head *head,
				       const struct shunt_markers *markers, __u32 query,
				       __u32 fragment)
{
	if (query < fragment)
		marker_members(bytes, head, markers, SHUNT_PLACE_QUERY, SPAN(query + 1, fragment));
}

/* "method SP target SP HTTP/1.x CRLF", exactly one space each (RFC 9112, 3). */
SUBPROGRAM int http_request_line(const struct http_bytes *bytes, struct shunt_head *head,
				 const struct shunt_markers *markers)
{
	__u32 end, method, query, target;
	__u8 foreign;
	int result;

	if (!bytes || !head || !markers || !head->length)
		return HTTP_PARTIAL;
	foreign = http_foreign(bytes, head);
	if (foreign)
		return http_bad(head, foreign);
	method = http_any(head,
			  http_seek_stop(bytes, head->position, head->length, ' ', HTTP_ASCII));
	query = target = method;
	if (http_byte(bytes, method) == ' ') {
		query = http_any(head,
				 http_seek_stop(bytes, method + 1, head->length, '?', HTTP_ANY));
		target = http_any(head, http_seek_stop(bytes, query, head->length, ' ', HTTP_ANY));
	}
	end = http_any(head, http_seek_control(bytes, target, head->length));
	result = http_line_end(bytes, head, end);
	if (result != HTTP_DONE)
		return result;
	if (end < 14 || method > 32 || http_byte(bytes, method) != ' ')
		return http_bad(head, SHUNT_REASON_NOT_HTTP);
	if (!http_version(bytes, head, end - 8) || http_byte(bytes, end - 9) != ' ')
		return http_bad(head, SHUNT_REASON_NOT_HTTP);
	/* The target is one or more characters without a space. */
	if (method + 2 > end - 9 || target != end - 9)
		return http_bad(head, SHUNT_REASON_BAD_REQUEST_LINE);
	if (query < target && markers->bits[SHUNT_PLACE_QUERY])
		http_query(bytes, head, markers, query, http_seek(bytes, method, target, '#'));
	http_method(bytes, head);
	head->position = end + 2;
	return HTTP_DONE;
}

/* Conditions on the head as a whole (RFC 9112, 6.1 and 6.3). */
static __always_inline int http_conclude(struct shunt_head *head)
{
	if (head->flags & SHUNT_HEAD_CHUNKED && (head->flags & SHUNT_HEAD_LENGTH || !head->version))
		return http_bad(head, SHUNT_REASON_BAD_TRANSFER_ENCODING);
	return HTTP_DONE;
}

static __always_inline void http_head_reset(struct shunt_head *head)
{
	__builtin_memset(head, 0, sizeof(*head));
	head->rank = SHUNT_HEAD_NO_MARKER;
}

/*
 * Parses the first head->length bytes of a request, from where the last call ended. HTTP_DONE:
 * head->position is the head's length and the other fields say what it is; HTTP_PARTIAL: more bytes
 * are needed; HTTP_BAD: head->reason says why.
 */
static __always_inline int http_parse(const struct http_bytes *bytes, struct shunt_head *head,
				      const struct shunt_markers *markers)
{
	int result = HTTP_DONE, n;

	if (!head->position)
		result = http_request_line(bytes, head, markers);
	for (n = 0; n <= HTTP_FIELDS_MAX && result == HTTP_DONE; n++) {
		__u32 before = head->position;

		result = http_field_line(bytes, head, markers);
		if (result == HTTP_DONE)
			return http_conclude(head);
		if (result == HTTP_PARTIAL && head->position != before)
			result = ++head->fields > HTTP_FIELDS_MAX ? HTTP_BAD : HTTP_DONE;
	}
	if (result == HTTP_DONE || head->fields > HTTP_FIELDS_MAX ||
	    (result == HTTP_PARTIAL && head->length >= SHUNT_HEAD_MAX))
		return http_bad(head, SHUNT_REASON_HEAD_TOO_LARGE);
	return result;
}

#endif
