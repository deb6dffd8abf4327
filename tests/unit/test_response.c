// SPDX-License-Identifier: Apache-2.0
/* Heads of responses, and what follows them, natively, over the table of tests/cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "head.h"
#include "tests/cases/responses.h"

#define STATUS_LENGTH 13 /* "HTTP/1.1 200 " */

static bool ends_as_expected(const struct response_case *row, const struct shunt_head *head)
{
	struct shunt_stream stream = {.count = 7};
	bool ended;

	framing_response(&stream, head, row->to_head);
	ended = stream.state == FRAMING_START && head->status >= 200;
	if (row->state == FRAMING_BODY && stream.remaining != row->remaining)
		return false;
	return head->status == row->status && head->position == row->length &&
	       stream.state == row->state && stream.reason == row->reason &&
	       stream.count == 7 + ended && head->rank == SHUNT_HEAD_NO_MARKER;
}

static bool as_expected(const struct response_case *row, size_t length, int result,
			const struct shunt_head *head)
{
	bool good = result == HTTP_PARTIAL && (length < row->length || row->result == HTTP_PARTIAL);

	if (result == HTTP_DONE)
		good = row->result == HTTP_DONE && ends_as_expected(row, head);
	else if (result == HTTP_BAD)
		good = row->result == HTTP_BAD && head->reason == row->reason;
	if (!good)
		print_error("row \"%s\", %zu bytes: result %d, reason %u, status %u\n", row->name,
			    length, result, head->reason, head->status);
	return good;
}

/* Parses each part of the row from its first byte. A status line that is cut short is refused; it
 * makes no difference: a response is lost unless its whole head is there. */
static bool row_holds(const struct response_case *row)
{
	struct shunt_head head;
	bool good = true;
	int result;

	for (size_t length = STATUS_LENGTH; length <= row->length && good; length++) {
		head_bytes_set(head_bytes(), row->bytes, length, "\r\n");
		http_head_reset(&head);
		head.length = length;
		result = http_parse_response(head_bytes(), &head);
		good = as_expected(row, length, result, &head);
	}
	return good;
}

static void understands_every_row(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < RESPONSE_CASE_COUNT; i++)
		failed += !row_holds(&response_cases[i]);
	assert_int_equal(failed, 0);
}

/* A head that is understood counts to the end of its body only. */
static void counts_a_response_that_has_ended(void **state)
{
	static const struct {
		const char *body;
		__u16 flags;
	} cases[] = {
		{"hello", SHUNT_HEAD_LENGTH},
		{"5\r\nhello\r\n0\r\n\r\n", SHUNT_HEAD_CHUNKED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shunt_head head = {.status = 200, .flags = cases[i].flags};
		struct shunt_stream stream = {};

		head.content_length = cases[i].flags & SHUNT_HEAD_LENGTH ? 5 : 0;
		framing_response(&stream, &head, false);
		for (const char *at = cases[i].body; *at; at++) {
			assert_int_not_equal(stream.state, FRAMING_START);
			if (framing_is_data(&stream))
				framing_skip(&stream, 1);
			else
				framing_byte(&stream, *at);
		}
		assert_int_equal(stream.state, FRAMING_START);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands_every_row),
		cmocka_unit_test(counts_a_response_that_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
