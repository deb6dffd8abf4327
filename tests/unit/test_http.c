// SPDX-License-Identifier: Apache-2.0
/* The parser of request heads, natively, over the table of tests/cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/cases/requests.h"

/* What may lie behind the bytes to look at, left by an earlier and longer head. */
static const char *const remains[] = {"a", "\r\n", ": 5\r\n\r\n", " ", "HTTP/1.1\r\n\r\n"};

static struct http_head head_new(size_t length)
{
	struct http_head head = {
		.length = length < SHUNT_HEAD_MAX ? length : SHUNT_HEAD_MAX,
		.marker_name_length = strlen(REQUEST_MARKER_NAME),
		.marker_name = REQUEST_MARKER_NAME,
	};

	return head;
}

/* The bytes at the start of a block of their own, which sanitizers watch, `remain` behind them. */
static struct http_bytes *bytes_new(const char *bytes, size_t length, const char *remain)
{
	struct http_bytes *new = test_malloc(sizeof(*new));
	size_t size = strlen(remain);

	for (size_t i = 0; i < sizeof(*new); i++)
		((char *)new)[i] = size ? remain[i % size] : 0;
	memcpy(new->at, bytes, length < sizeof(new->at) ? length : sizeof(new->at));
	return new;
}

static bool done_as_expected(const struct request_case *row, const struct http_bytes *bytes,
			     const struct http_head *head)
{
	struct context_name name = {};
	size_t length = http_context_name(bytes, head, &name);

	return head->position == row->length - row->trailing && head->body == row->body &&
	       head->content_length == row->content_length && head->upgrade == row->upgrade &&
	       length == (row->marker ? strlen(row->marker) : 0) &&
	       (!row->marker || !strcmp(name.text, row->marker));
}

/* Whether the first `length` bytes of the row, a prefix or all, are understood as they should. */
static bool as_expected(const struct request_case *row, const struct http_bytes *bytes,
			size_t length)
{
	struct http_head head = head_new(length);
	int result = http_parse(bytes, &head);
	bool whole = length >= row->length - row->trailing, good = false;

	if (result == HTTP_BAD)
		good = row->result == HTTP_BAD && head.reason == row->reason;
	else if (result == HTTP_PARTIAL)
		good = !whole || row->result == HTTP_PARTIAL;
	else
		good = row->result == HTTP_DONE && done_as_expected(row, bytes, &head);
	if (!good)
		print_error("row \"%s\", %zu bytes: result %d, reason %u, position %u\n", row->name,
			    length, result, head.reason, head.position);
	return good;
}

static size_t rows_that_fail(const char *remain)
{
	size_t failed = 0;

	for (size_t i = 0; i < REQUEST_CASE_COUNT; i++) {
		const struct request_case *row = &request_cases[i];
		struct http_bytes *bytes = bytes_new(row->bytes, row->length, remain);

		failed += !as_expected(row, bytes, row->length);
		test_free(bytes);
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

/* A prefix is incomplete, or refused for the reason that the whole is refused for; once it is
 * refused, no further byte makes it good. */
static bool decides_in_time(const struct request_case *row)
{
	struct http_bytes *bytes = bytes_new(row->bytes, row->length, "\r\n");
	size_t end = row->length < SHUNT_HEAD_MAX ? row->length : SHUNT_HEAD_MAX;
	bool good = true, refused = false;

	for (size_t length = 0; length <= end && good; length++) {
		struct http_head head = head_new(length);

		good = as_expected(row, bytes, length);
		if (refused && http_parse(bytes, &head) != HTTP_BAD)
			good = false;
		refused = http_parse(bytes, &head) == HTTP_BAD;
	}
	test_free(bytes);
	return good;
}

static void decides_neither_early_nor_twice(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < REQUEST_CASE_COUNT; i++)
		failed += !decides_in_time(&request_cases[i]);
	assert_int_equal(failed, 0);
}

static void takes_any_marker_name(void **state)
{
	static const struct {
		const char *name;
		const char *marker; /* NULL: none */
	} cases[] = {
		{"", NULL},
		{"a", "one"},
		{"content-typ", NULL},
		{"content-type", "two"},
		{"content-type2", NULL},
		{"upgrage", "three"}, /* as long as a field that the parser knows */
		{"context-length", "four"},
		{"transfer_encoding", "five"},
		{"x-a-name-of-all-sixty-three-characters-that-fit-the-settings-or", "six"},
	};
	static const char text[] =
		"GET / HTTP/1.1\r\nA: one\r\nContent-Type: two\r\nUpgrage: three\r\n"
		"Context-Length: four\r\nTransfer_Encoding: five\r\n"
		"X-A-Name-Of-All-Sixty-Three-Characters-That-Fit-The-Settings-Or: six\r\n\r\n";
	struct http_bytes *bytes = bytes_new(text, sizeof(text) - 1, "");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_head head = head_new(sizeof(text) - 1);
		struct context_name name = {};

		memset(head.marker_name, 0, sizeof(head.marker_name));
		memcpy(head.marker_name, cases[i].name, strlen(cases[i].name));
		head.marker_name_length = strlen(cases[i].name);
		assert_int_equal(http_parse(bytes, &head), HTTP_DONE);
		assert_int_equal(http_context_name(bytes, &head, &name),
				 cases[i].marker ? strlen(cases[i].marker) : 0);
		assert_string_equal(name.text, cases[i].marker ? cases[i].marker : "");
	}
	test_free(bytes);
}

static void writes_no_name_that_is_none(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nx-shunt-context: mmeng!\r\n\r\n";
	struct http_bytes *bytes = bytes_new(text, sizeof(text) - 1, "");
	struct http_head head = head_new(sizeof(text) - 1);
	struct context_name name = {};

	(void)state;
	assert_int_equal(http_parse(bytes, &head), HTTP_DONE);
	assert_int_equal(http_context_name(bytes, &head, &name), 0);
	assert_string_equal(name.text, "");
	test_free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands_every_row),
		cmocka_unit_test(ignores_what_lies_behind),
		cmocka_unit_test(decides_neither_early_nor_twice),
		cmocka_unit_test(takes_any_marker_name),
		cmocka_unit_test(writes_no_name_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
