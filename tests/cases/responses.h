/* SPDX-License-Identifier: Apache-2.0 */
/* The case table of responses: their heads, and what of their bodies follows (RFC 9112, 6.3). */
#ifndef SHUNT_TESTS_CASES_RESPONSES_H
#define SHUNT_TESTS_CASES_RESPONSES_H

#include "bpf/framing.h"
#include "requests.h"

struct response_case {
	const char *name;
	const char *bytes; /* a head, or as much of it as there is */
	size_t length;
	int result; /* HTTP_DONE, HTTP_PARTIAL or HTTP_BAD */
	__u8 reason; /* enum shunt_reason where HTTP_BAD, or where it pins */
	/* where HTTP_DONE: */
	__u16 status;
	__u8 state; /* enum framing_state, behind it */
	__u64 remaining;
	bool to_head; /* the request was a HEAD */
};

#define RESPONSE(title, text, code, then, ...) \
	{.name = (title),                      \
	 .bytes = (text "\r\n"),               \
	 .length = sizeof(text "\r\n") - 1,    \
	 .result = HTTP_DONE,                  \
	 .status = (code),                     \
	 .state = FRAMING_##then,              \
	 __VA_ARGS__},
#define REFUSED(title, why, text)    \
	{.name = (title),            \
	 .bytes = (text),            \
	 .length = sizeof(text) - 1, \
	 .result = HTTP_BAD,         \
	 .reason = SHUNT_REASON_##why},
#define PARTIAL(title, text) \
	{.name = (title), .bytes = (text), .length = sizeof(text) - 1, .result = HTTP_PARTIAL},
#define OK "HTTP/1.1 200 OK\r\n"
#define TO_HEAD .to_head = true

static const struct response_case response_cases[] = {
#include "responses_rows.h"
};

#undef RESPONSE
#undef REFUSED
#undef PARTIAL
#undef OK
#undef TO_HEAD

#define RESPONSE_CASE_COUNT (sizeof(response_cases) / sizeof(response_cases[0]))

#endif
