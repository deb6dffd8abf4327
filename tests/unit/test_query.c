// SPDX-License-Identifier: Apache-2.0
/* The query of a request target, its percent-encoding, and numbers in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/lib/query.h"

static const char *const names[] = {"owner", "limit", "wait", NULL};

static void escapes_are_decoded(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},	{"plain", "plain"}, {"%2F", "/"},	  {"%2f%2F", "//"},
		{"a+b", "a+b"}, {"%2B", "+"},	    {"%25%32%35", "%25"}, {"%c3%a9", "\xc3\xa9"},
		{"%7Ex", "~x"}, {"%01", "\x01"},
	};
	char decoded[16];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			query_decode(cases[i][0], strlen(cases[i][0]), decoded, sizeof(decoded)),
			0);
		assert_string_equal(decoded, cases[i][1]);
	}
}

static void malformed_escapes_and_nul_are_refused(void **state)
{
	static const char *const cases[] = {"%",   "%2",   "%2g", "%g2", "a%",	  "%%20",
					    "%00", "a%00", "% 2", "%-1", "%0x20", "%u0041"};
	char decoded[16];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* Of its own, so that the sanitizer sees what is read beyond the end. */
		size_t length = strlen(cases[i]);
		char *text = malloc(length);

		assert_non_null(text);
		memcpy(text, cases[i], length);
		assert_int_equal(query_decode(text, length, decoded, sizeof(decoded)), -EINVAL);
		free(text);
	}
	assert_int_equal(query_decode("a\0b", 3, decoded, sizeof(decoded)), -EINVAL);
}

static void what_does_not_fit_is_refused(void **state)
{
	char decoded[4];

	(void)state;
	assert_int_equal(query_decode("abc", 3, decoded, sizeof(decoded)), 0);
	assert_int_equal(query_decode("%61%62%63", 9, decoded, sizeof(decoded)), 0);
	assert_int_equal(query_decode("abcd", 4, decoded, sizeof(decoded)), -E2BIG);
	assert_int_equal(query_decode("", 0, decoded, 1), 0);
	assert_int_equal(query_decode("", 0, decoded, 0), -E2BIG);
}

static void values_are_found_by_name(void **state)
{
	char problem[QUERY_PROBLEM_SIZE];
	struct query query;

	(void)state;
	assert_int_equal(query_parse("limit=5&&own%65r=a%26b=c&", names, &query, problem), 0);
	assert_string_equal(query.values[0], "a&b=c");
	assert_string_equal(query.values[1], "5");
	assert_null(query.values[2]);
	query_clear(&query);
	assert_null(query.text);
	assert_null(query.values[1]);
	query_clear(&query);
	assert_int_equal(query_parse("owner=", names, &query, problem), 0);
	assert_string_equal(query.values[0], "");
	query_clear(&query);
}

static void no_query_is_an_empty_one(void **state)
{
	static const char *const cases[] = {NULL, "", "&", "&&&"};
	char problem[QUERY_PROBLEM_SIZE];
	struct query query;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(query_parse(cases[i], names, &query, problem), 0);
		for (size_t k = 0; k < QUERY_NAMES_MAX; k++)
			assert_null(query.values[k]);
		query_clear(&query);
	}
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text;
		const char *problem;
	} cases[] = {
		{"limits=1", "query parameter limits is not known here"},
		{"Limit=1", "query parameter Limit is not known here"},
		{"=1", "query parameter  is not known here"},
		{"limit=1&limit=1", "query parameter limit is there twice"},
		{"limit=1&%6cimit=2", "query parameter limit is there twice"},
		{"owner&limit=1", "query parameter owner has no value"},
		{"owner=%", "query parameter owner is malformed: a percent sign begins two hex "
			    "digits, not 00"},
		{"owner=%00", "query parameter owner is malformed: a percent sign begins two hex "
			      "digits, not 00"},
		{"%zz=1", "query parameter  is malformed: a percent sign begins two hex digits"},
	};
	struct query query = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char problem[QUERY_PROBLEM_SIZE];

		assert_int_equal(query_parse(cases[i].text, names, &query, problem), -EINVAL);
		assert_string_equal(problem, cases[i].problem);
		assert_null(query.text);
	}
}

static void its_size_is_bounded(void **state)
{
	char text[QUERY_MAX + 2] = "owner=", problem[QUERY_PROBLEM_SIZE];
	struct query query = {0};

	(void)state;
	memset(text + 6, 'x', QUERY_MAX - 6);
	assert_int_equal(query_parse(text, names, &query, problem), 0);
	assert_int_equal(strlen(query.values[0]), QUERY_MAX - 6);
	query_clear(&query);
	text[QUERY_MAX] = 'x';
	assert_int_equal(query_parse(text, names, &query, problem), -E2BIG);
	assert_string_equal(problem, "the query has more than 4096 bytes");
	/* A long name fits into the problem, and nothing in it can disturb a terminal. */
	memset(text, '\x1b', 1000);
	text[1000] = '\0';
	assert_int_equal(query_parse(text, names, &query, problem), -EINVAL);
	assert_null(strchr(problem, '\x1b'));
}

static void numbers_are_digits_within_their_bound(void **state)
{
	static const struct {
		const char *text;
		unsigned long long high;
		int error;
		unsigned long long number;
	} cases[] = {
		{"0", 0, 0, 0},
		{"1", 0, -EINVAL, 0},
		{"500", 500, 0, 500},
		{"501", 500, -EINVAL, 0},
		{"000500", 500, 0, 500},
		{"9", 5, -EINVAL, 0},
		{"18446744073709551615", ~0ull, 0, ~0ull},
		{"18446744073709551616", ~0ull, -EINVAL, 0},
		{"99999999999999999999999999", ~0ull, -EINVAL, 0},
		{"", ~0ull, -EINVAL, 0},
		{"-1", ~0ull, -EINVAL, 0},
		{"+1", ~0ull, -EINVAL, 0},
		{" 1", ~0ull, -EINVAL, 0},
		{"1 ", ~0ull, -EINVAL, 0},
		{"0x1", ~0ull, -EINVAL, 0},
		{"1e3", ~0ull, -EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned long long number = 0;

		assert_int_equal(query_number(cases[i].text, cases[i].high, &number),
				 cases[i].error);
		assert_true(number == cases[i].number);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_are_decoded),
		cmocka_unit_test(malformed_escapes_and_nul_are_refused),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(values_are_found_by_name),
		cmocka_unit_test(no_query_is_an_empty_one),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(its_size_is_bounded),
		cmocka_unit_test(numbers_are_digits_within_their_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
