/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The case table of request heads: what is sent, and what the parser must make of it. The unit
 * tests run it natively, tests/prog in the kernel. Every bug of the parser adds a row.
 */
#ifndef SHUNT_TESTS_CASES_REQUESTS_H
#define SHUNT_TESTS_CASES_REQUESTS_H

#include "bpf/http.h"

#define REQUEST_MARKER_NAME "x-shunt-context"

struct request_case {
	const char *name;
	const char *bytes;
	size_t length;
	int result; /* HTTP_DONE, HTTP_PARTIAL or HTTP_BAD */
	__u8 reason; /* enum shunt_reason where HTTP_BAD */
	__u8 body; /* HTTP_BODY_* */
	__u8 upgrade;
	__u64 content_length;
	size_t trailing; /* bytes after the head */
	const char *marker; /* the context named, or NULL */
};

#define REQUEST_BYTES(text) .bytes = (text), .length = sizeof(text) - 1
#define DONE(title, text, ...) \
	{.name = (title), REQUEST_BYTES(text), .result = HTTP_DONE, __VA_ARGS__},
#define PARTIAL(title, text) {.name = (title), REQUEST_BYTES(text), .result = HTTP_PARTIAL},
#define BAD(title, why, text) \
	{.name = (title), REQUEST_BYTES(text), .result = HTTP_BAD, .reason = SHUNT_REASON_##why},
#define LENGTH(n) .body = HTTP_BODY_LENGTH, .content_length = (n)
#define CHUNKED .body = HTTP_BODY_CHUNKED
#define MARKER(context) .marker = (context)
#define PINS .upgrade = 1

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

static const struct request_case request_cases[] = {
#include "requests_valid.h"
#include "requests_markers.h"
#include "requests_hostile.h"
};

#undef DONE
#undef PARTIAL
#undef BAD
#undef LENGTH
#undef CHUNKED
#undef MARKER
#undef PINS
#undef GET
#undef HOST
#undef END
#undef MARKED

#define REQUEST_CASE_COUNT (sizeof(request_cases) / sizeof(request_cases[0]))

_Static_assert(REQUEST_CASE_COUNT >= 120, "the table must not shrink");

#endif
