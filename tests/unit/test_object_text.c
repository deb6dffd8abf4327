// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/lib/text.h"

static void times_are_rfc_3339(void **state)
{
	static const struct {
		const char *text;
		time_t time; /* -1: refused */
	} cases[] = {
		{"2026-12-01T00:00:00Z", 1796083200},
		{"2026-12-01t00:00:00z", 1796083200},
		{"2026-12-01T01:30:00+01:30", 1796083200},
		{"2026-11-30T16:00:00-08:00", 1796083200},
		{"2026-12-01T00:00:00.999999Z", 1796083200},
		{"2024-02-29T12:00:00Z", 1709208000},
		{"2000-02-29T00:00:00Z", 951782400},
		{"2026-12-01", -1},
		{"2026-12-01T00:00Z", -1},
		{"2026-12-01T00:00:00", -1},
		{"2026-12-01 00:00:00Z", -1},
		{"2026-12-01T00:00:00.Z", -1},
		{"2026-12-01T24:00:00Z", -1},
		{"2026-12-01T00:60:00Z", -1},
		{"2026-12-01T00:00:60Z", -1},
		{"2026-13-01T00:00:00Z", -1},
		{"2026-00-01T00:00:00Z", -1},
		{"2026-02-29T00:00:00Z", -1},
		{"2100-02-29T00:00:00Z", -1},
		{"2026-11-31T00:00:00Z", -1},
		{"2026-12-00T00:00:00Z", -1},
		{"2026-12-01T00:00:00+24:00", -1},
		{"2026-12-01T00:00:00+0100", -1},
		{"2026-12-01T00:00:00Z ", -1},
		{"26-12-01T00:00:00Z", -1},
		{"", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		time_t time = -1;

		if (text_parse_time(cases[i].text, &time) != (cases[i].time < 0 ? -EINVAL : 0))
			fail_msg("%s", cases[i].text);
		assert_int_equal(time, cases[i].time);
	}
}

static void durations_have_one_unit(void **state)
{
	static const struct {
		const char *text;
		unsigned long seconds; /* 0: refused */
	} cases[] = {
		{"1s", 1},	  {"90s", 90},
		{"30m", 1800},	  {"12h", 43200},
		{"3d", 259200},	  {"2w", 1209600},
		{"007d", 604800}, {"999999999w", 604799999395200},
		{"", 0},	  {"3", 0},
		{"d", 0},	  {"0d", 0},
		{"3 d", 0},	  {"3dd", 0},
		{"3d12h", 0},	  {"-3d", 0},
		{"1.5h", 0},	  {"1000000000s", 0},
		{"3y", 0},	  {"+3d", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned long seconds = 0;

		if (text_parse_duration(cases[i].text, &seconds) !=
		    (cases[i].seconds ? 0 : -EINVAL))
			fail_msg("%s", cases[i].text);
		assert_int_equal(seconds, cases[i].seconds);
	}
}

static void names_have_their_rules(void **state)
{
	char long_name[65];

	(void)state;
	memset(long_name, 'a', 64);
	long_name[64] = '\0';
	assert_false(text_is_context_name(long_name));
	assert_false(text_is_label_value(long_name));
	assert_false(text_is_dns_label(long_name));
	long_name[63] = '\0';
	assert_true(text_is_context_name(long_name));
	assert_true(text_is_label_value(long_name));
	assert_true(text_is_dns_label(long_name));

	assert_true(text_is_context_name("-_."));
	assert_false(text_is_context_name("mmeng.0123456789abcdef"));
	assert_false(text_is_context_name(".0123456789abcdef"));
	assert_false(text_is_context_name("a.b.0123456789abcdef"));
	assert_true(text_is_context_name("0123456789abcdef"));
	assert_true(text_is_context_name("mmeng.0123456789abcde"));
	assert_true(text_is_context_name("mmeng.00123456789abcdef"));
	assert_true(text_is_context_name("mmeng.0123456789abcdeg"));
	assert_true(text_is_context_name("mmeng.0123456789abcdef."));
	assert_true(text_is_context_name("mmeng-0123456789abcdef"));
	assert_false(text_is_context_name(""));
	assert_false(text_is_context_name("a b"));
	assert_false(text_is_context_name("\xc3\xa4"));
	assert_true(text_is_label_value("V1.2_x-y"));
	assert_false(text_is_label_value("-a"));
	assert_false(text_is_label_value("a."));
	assert_true(text_is_dns_name("a.b-c.d0"));
	assert_false(text_is_dns_name("a..b"));
	assert_false(text_is_dns_name("a."));
	assert_false(text_is_dns_name("-a"));
	assert_false(text_is_dns_name(""));
}

static void the_closest_word_is_found(void **state)
{
	static const char *const words[] = {"service", "sha", "pod", "onUnreachable", NULL};
	static const char *const cases[][2] = {
		{"servcie", "service"},
		{"services", "service"},
		{"SERVICE", "service"},
		{"on-unreachable", "onUnreachable"},
		{"pods", "pod"},
		{"shaa", "sha"},
		{"commit", NULL},
		{"", NULL},
		{"a-word-that-is-longer-than-anything-that-could-be-meant-by-any-candidate", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *closest = text_closest(cases[i][0], words);

		if (!cases[i][1])
			assert_null(closest);
		else
			assert_string_equal(closest, cases[i][1]);
	}
}

static void texts_are_made_printable(void **state)
{
	char *text = text_printable("a~ \x1b[31m\n\x7f\xc3\xa9\\");

	(void)state;
	assert_string_equal(text, "a~ \\x1b[31m\\x0a\\x7f\\xc3\\xa9\\");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_made_printable),
		cmocka_unit_test(times_are_rfc_3339),
		cmocka_unit_test(durations_have_one_unit),
		cmocka_unit_test(names_have_their_rules),
		cmocka_unit_test(the_closest_word_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
