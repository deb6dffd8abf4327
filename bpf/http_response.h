/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The head of an HTTP/1 response (RFC 9112, 4 and 6.3): where it ends, and how its body is framed. */
#ifndef SHUNT_BPF_HTTP_RESPONSE_H
#define SHUNT_BPF_HTTP_RESPONSE_H

#include "http.h"

#define HTTP_STATUS_BYTES 13 /* up to and with what follows the status */

/* "HTTP/1.x SP 3DIGIT SP" (RFC 9112, 4); the space is not there where no reason follows. */
static __always_inline bool http_status(const struct http_bytes *bytes, struct shunt_head *head)
{
	__u8 behind = http_byte(bytes, 12);
	__u64 status = 0;

	if (!http_version(bytes, head, 0) || http_byte(bytes, 8) != ' ' ||
	    (behind != ' ' && behind != '\r') || http_read_number(bytes, 9, 12, &status))
		return false;
	head->status = status;
	return true;
}

/* A line of a response that may be Content-Length or Transfer-Encoding. */
SUBPROGRAM int http_response_field(const struct http_bytes *bytes, struct shunt_head *head,
				   __u32 start)
{
	__u32 end, colon;

	if (!bytes || !head)
		return HTTP_BAD;
	end = http_find(bytes, start, head->length, '\r');
	if (end >= head->length)
		return HTTP_PARTIAL;
	colon = http_find_stop(bytes, start, end, ':', HTTP_ASCII);
	if (http_byte(bytes, colon) != ':')
		return http_bad(head, SHUNT_REASON_BAD_FIELD);
	if (http_framing_field(bytes, head, start, colon - start, colon + 1, end) == HTTP_BAD)
		return HTTP_BAD;
	return HTTP_DONE;
}

/* Whether the line at `at`, which begins with the word, says how a response's body is framed. */
static __always_inline bool http_frames(const struct http_bytes *bytes, __u32 at, __u64 word)
{
	word = http_lower(word);
	if (word == HTTP_NAME('c', 'o', 'n', 't', 'e', 'n', 't', '-'))
		return http_lower(http_word(bytes, at + 6)) ==
		       HTTP_NAME('t', '-', 'l', 'e', 'n', 'g', 't', 'h');
	return word == HTTP_NAME('t', 'r', 'a', 'n', 's', 'f', 'e', 'r');
}

#define HTTP_CRLF 0x0a0d
#define HTTP_GO_ON 3

/* Goes on to the line behind the one that head->position is in. */
static __always_inline int http_response_line(const struct http_bytes *bytes,
					      struct shunt_head *head)
{
	__u32 at = http_any(head, http_seek(bytes, head->position, head->length, '\r')) + 2;
	__u64 line = http_word(bytes, at);
	int result = HTTP_DONE;

	head->position = at;
	if (at + 2 > head->length)
		return HTTP_PARTIAL;
	if (http_byte(bytes, at - 1) != '\n')
		return http_bad(head, SHUNT_REASON_BAD_LINE_END);
	if ((line & 0xffff) == HTTP_CRLF) {
		head->position = at + 2;
		return http_conclude(head);
	}
	if (http_frames(bytes, at, line))
		result = http_response_field(bytes, head, at);
	return result == HTTP_DONE ? HTTP_GO_ON : result;
}

struct http_response_job {
	const struct http_bytes *bytes;
	struct shunt_head *head;
};

static long http_response_step(__u32 index, struct http_response_job *job)
{
	(void)index;
	job->head->result = http_response_line(job->bytes, job->head);
	return job->head->result != HTTP_GO_ON;
}

/*
 * Parses the first head->length bytes of a response, always from its first byte; the results are
 * those of http_parse(). Only the status and how the body is framed are read; what else a server says
 * is not checked.
 */
SUBPROGRAM int http_parse_response(const struct http_bytes *bytes, struct shunt_head *head)
{
	struct http_response_job job = {bytes, head};

	if (!bytes || !head)
		return HTTP_BAD;
	if (head->length < HTTP_STATUS_BYTES)
		return HTTP_PARTIAL;
	if (!http_status(bytes, head))
		return http_bad(head, SHUNT_REASON_NOT_HTTP);
	head->position = 12;
	head->result = HTTP_GO_ON;
	repeat(HTTP_FIELDS_MAX + 1, http_response_step, &job);
	if (head->result == HTTP_GO_ON)
		return http_bad(head, SHUNT_REASON_HEAD_TOO_LARGE);
	return head->result;
}

#endif
