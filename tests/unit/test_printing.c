// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/cli/table.h"
#include "user/cli/visible.h"
#include "user/cli/when.h"

static void text_from_elsewhere_cannot_steer_a_terminal(void **state)
{
	static const char *const cases[][2] = {
		{"plain ä → 漢", "plain ä → 漢"},
		{"\x1b[31m\x7f\n", "?[31m??"},
		{"\xc2\x9b\xc2\xa0", "??\xc2\xa0"},
		{"\xff\xc3", "??"},
		{"\xe2\x82", "??"},
	};
	char copy[VISIBLE_SIZE], long_text[2 * VISIBLE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(visible(cases[i][0], copy), cases[i][1]);
	memset(long_text, 0, sizeof(long_text));
	for (size_t i = 0; i + 2 < sizeof(long_text); i += 2)
		memcpy(long_text + i, "ä", 2);
	assert_int_equal(strlen(visible(long_text, copy)), VISIBLE_SIZE - 2);
}

static void columns_are_as_wide_as_they_have_to_be(void **state)
{
	static const char *const headings[] = {"a", "bb", NULL};
	struct table *table = table_new(headings);
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	table_add(table, "ääää");
	table_add(table, NULL);
	table_add(table, "");
	table_add(table, "x\ty");
	assert_int_equal(table_print(table, file), 0);
	fclose(file);
	assert_string_equal(text, "a     bb\nääää  -\n-     x?y\n");
	free(text);
	table_free(table);
}

static void times_are_told_from_now(void **state)
{
	char text[WHEN_SIZE];

	(void)state;
	assert_string_equal(when_format(1000, 1000, text), "now");
	assert_string_equal(when_format(1000, 1000 + 3 * 86400, text), "3 d ago");
	assert_string_equal(when_format(1000 + 7200, 1000, text), "in 2 h");
	assert_string_equal(when_format(1000 + 7199, 1000, text), "in 2 h");
	assert_string_equal(when_format(1000 + 3 * 86400 - 60, 1000, text), "in 3 d");
	assert_string_equal(when_format(1000 + 29, 1000, text), "in 29 s");
	assert_string_equal(when_format(1000 + 59, 1000, text), "in 1 min");
	assert_string_equal(when_describe(NULL, "never", text), "never");
	assert_string_equal(when_describe("x", "never", text), "?");
	assert_string_equal(when_write(1767225600, text), "2026-01-01T00:00:00Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_from_elsewhere_cannot_steer_a_terminal),
		cmocka_unit_test(columns_are_as_wide_as_they_have_to_be),
		cmocka_unit_test(times_are_told_from_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
