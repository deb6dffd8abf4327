/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The case table of request heads: what is sent, and what the parser must make of it. The unit
 * tests run it natively, tests/prog in the kernel, tests/fuzz starts from it, and
 * tests/differential gives it to another parser. Every bug of the parser adds a row.
 */
#ifndef SHUNT_TESTS_CASES_REQUESTS_H
#define SHUNT_TESTS_CASES_REQUESTS_H

#include "bpf/http.h"

struct request_case {
	const char *name;
	const char *bytes;
	size_t length;
	int result; /* HTTP_DONE, HTTP_PARTIAL or HTTP_BAD */
	__u8 reason; /* enum shunt_reason where HTTP_BAD */
	/* where HTTP_DONE: */
	__u16 framing; /* SHUNT_HEAD_LENGTH or _CHUNKED */
	__u16 method; /* SHUNT_HEAD_HEAD or _CONNECT */
	__u16 connection; /* SHUNT_HEAD_CLOSE, _KEEP_ALIVE, _UPGRADE */
	__u16 markers; /* SHUNT_HEAD_INVALID, _DISAGREE */
	__u64 content_length;
	size_t trailing; /* bytes after the head */
	__u8 form; /* enum shunt_marker_form of the marker that counts */
	const char *context; /* that it names, or NULL */
	bool is_signed;
	__u64 tag; /* where is_signed */
};

#define REQUEST_BYTES(text) .bytes = (text), .length = sizeof(text) - 1
#define DONE(title, text, ...) \
	{.name = (title), REQUEST_BYTES(text), .result = HTTP_DONE, __VA_ARGS__},
#define PARTIAL(title, text) {.name = (title), REQUEST_BYTES(text), .result = HTTP_PARTIAL},
#define BAD(title, why, text) \
	{.name = (title), REQUEST_BYTES(text), .result = HTTP_BAD, .reason = SHUNT_REASON_##why},
#define LENGTH(n) .framing = SHUNT_HEAD_LENGTH, .content_length = (n)
#define CHUNKED .framing = SHUNT_HEAD_CHUNKED
#define HEAD .method = SHUNT_HEAD_HEAD
#define CONNECT .method = SHUNT_HEAD_CONNECT
#define CLOSE .connection = SHUNT_HEAD_CLOSE
#define KEEP_ALIVE .connection = SHUNT_HEAD_KEEP_ALIVE
#define UPGRADE .connection = SHUNT_HEAD_UPGRADE
#define BY(name, text) .form = SHUNT_MARKER_##name, .context = (text)
#define SIGNED(number) .is_signed = true, .tag = (number)
#define INVALID .markers = SHUNT_HEAD_INVALID
#define DISAGREE .markers = SHUNT_HEAD_DISAGREE

/* Text repeated, for heads and fields at their limits. */
#define TIMES2(x) x x
#define TIMES4(x) TIMES2(x) TIMES2(x)
#define TIMES5(x) TIMES4(x) x
#define TIMES7(x) TIMES5(x) TIMES2(x)
#define TIMES8(x) TIMES4(x) TIMES4(x)
#define TIMES10(x) TIMES5(x) TIMES5(x)
#define TIMES16(x) TIMES8(x) TIMES8(x)
#define TIMES63(x) TIMES7(TIMES5(x)) TIMES7(TIMES4(x))
#define TIMES64(x) TIMES8(TIMES8(x))
#define TIMES128(x) TIMES64(x) TIMES64(x)
#define TIMES1000(x) TIMES10(TIMES10(TIMES10(x)))

#define GET "GET / HTTP/1.1\r\n"
#define HOST "Host: users\r\n"
#define END "\r\n"
#define MARKED "x-shunt-context: mmeng\r\n"
#define OTHER "x-shunt-context: other\r\n"

static const struct request_case request_cases[] = {
#include "requests_valid.h"
#include "requests_fields.h"
#include "requests_header.h"
#include "requests_cookie.h"
#include "requests_query.h"
#include "requests_baggage.h"
#include "requests_tracestate.h"
#include "requests_ot.h"
#include "requests_order.h"
#include "requests_signed.h"
#include "requests_hostile.h"
#include "requests_body.h"
};

#undef DONE
#undef PARTIAL
#undef BAD
#undef LENGTH
#undef CHUNKED
#undef HEAD
#undef CONNECT
#undef CLOSE
#undef KEEP_ALIVE
#undef UPGRADE
#undef BY
#undef SIGNED
#undef INVALID
#undef DISAGREE
#undef GET
#undef HOST
#undef END
#undef MARKED
#undef OTHER

#define REQUEST_CASE_COUNT (sizeof(request_cases) / sizeof(request_cases[0]))

_Static_assert(REQUEST_CASE_COUNT >= 390, "the table must not shrink");

static inline __u16 request_case_flags(const struct request_case *row)
{
	return row->framing | row->method | row->connection | row->markers |
	       (row->is_signed ? SHUNT_HEAD_SIGNED : 0);
}

#endif
