// SPDX-License-Identifier: Apache-2.0
/* The parser of request heads, natively, over the table of tests/cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/cases/requests.h"
#include "head.h"

/* What may lie behind the bytes to look at, left by an earlier and longer head. */
static const char *const remains[] = {"a", "\r\n", ": 5\r\n\r\n", " ", "HTTP/1.1\r\n\r\n", "65"};

static bool done_as_expected(const struct request_case *row, const struct shunt_head *head)
{
	const char *context = row->context ? row->context : "";
	__u8 rank = row->context ? row->form : SHUNT_HEAD_NO_MARKER;

	return head->position == row->length - row->trailing &&
	       head->flags == request_case_flags(row) &&
	       head->content_length == row->content_length && head->rank == rank &&
	       head->form == row->form && head->tag == row->tag &&
	       !strncmp(head->context, context, sizeof(head->context));
}

/* Whether that is what the first `length` bytes of the row, a prefix or all, should give. */
static bool as_expected(const struct request_case *row, size_t length, int result,
			const struct shunt_head *head)
{
	bool whole = length >= row->length - row->trailing, good = false;

	if (result == HTTP_BAD)
		good = row->result == HTTP_BAD && head->reason == row->reason;
	else if (result == HTTP_PARTIAL)
		good = !whole || row->result == HTTP_PARTIAL;
	else
		good = row->result == HTTP_DONE && done_as_expected(row, head);
	if (!good)
		print_error("row \"%s\", %zu bytes: result %d, reason %u, position %u, "
			    "flags %#x, rank %u, context \"%s\", tag %#llx\n",
			    row->name, length, result, head->reason, head->position, head->flags,
			    head->rank, head->context, head->tag);
	return good;
}

static size_t rows_that_fail(const char *behind)
{
	size_t failed = 0;

	for (size_t i = 0; i < REQUEST_CASE_COUNT; i++) {
		const struct request_case *row = &request_cases[i];
		struct shunt_head head;
		int result;

		head_bytes_set(head_bytes(), row->bytes, row->length, behind);
		result = head_parse(head_bytes(), row->length, &head);
		failed += !as_expected(row, row->length, result, &head);
	}
	return failed;
}

static void understands_every_row(void **state)
{
	(void)state;
	assert_int_equal(rows_that_fail(""), 0);
}

static void ignores_what_lies_behind(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(remains) / sizeof(remains[0]); k++)
		assert_int_equal(rows_that_fail(remains[k]), 0);
}

/*
 * A prefix is incomplete, or refused for the reason that the whole is refused for; once it is
 * refused, no further byte makes it good. Parsing goes on from where it was with each byte, and
 * comes to the same as parsing anew.
 */
static bool decides_in_time(const struct request_case *row)
{
	struct http_bytes *bytes = head_bytes();
	struct shunt_head resumed, anew;
	int result = HTTP_PARTIAL, again;
	bool good = true, refused = false;

	http_head_reset(&resumed);
	for (size_t length = 0; length <= head_room(row->length) && good; length++) {
		head_bytes_set(bytes, row->bytes, length, "\r\n");
		again = head_parse(bytes, length, &anew);
		good = as_expected(row, length, again, &anew) && (!refused || again == HTTP_BAD);
		refused = again == HTTP_BAD;
		if (result != HTTP_PARTIAL)
			continue;
		resumed.length = length;
		result = http_parse(bytes, &resumed, head_markers());
		if (result != again || (result == HTTP_DONE && !head_equal(&resumed, &anew)) ||
		    resumed.reason != anew.reason) {
			print_error("row \"%s\", at byte %zu: resumed to %d, reason %u\n",
				    row->name, length, result, resumed.reason);
			good = false;
		}
	}
	return good;
}

static void decides_byte_by_byte(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < REQUEST_CASE_COUNT; i++)
		failed += !decides_in_time(&request_cases[i]);
	assert_int_equal(failed, 0);
}

/* Parses the row as `step` more bytes come at a time. */
static bool resumes(const struct request_case *row, size_t step)
{
	size_t end = head_room(row->length), length = 0;
	struct shunt_head head;
	int result;

	http_head_reset(&head);
	do {
		length = length + step < end ? length + step : end;
		head_bytes_set(head_bytes(), row->bytes, length, "");
		head.length = length;
		result = http_parse(head_bytes(), &head, head_markers());
	} while (result == HTTP_PARTIAL && length < end);
	return as_expected(row, length, result, &head);
}

static void goes_on_where_it_was(void **state)
{
	static const size_t steps[] = {2, 3, 7, 19, 100, 1448, 4000};
	size_t failed = 0;

	(void)state;
	for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
		for (size_t i = 0; i < REQUEST_CASE_COUNT; i++)
			failed += !resumes(&request_cases[i], steps[k]);
	}
	assert_int_equal(failed, 0);
}

static void names_every_row_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < REQUEST_CASE_COUNT; i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(request_cases[i].name, request_cases[k].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands_every_row), cmocka_unit_test(ignores_what_lies_behind),
		cmocka_unit_test(decides_byte_by_byte),	 cmocka_unit_test(goes_on_where_it_was),
		cmocka_unit_test(names_every_row_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
