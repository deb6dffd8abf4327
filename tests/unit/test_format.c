// SPDX-License-Identifier: Apache-2.0
/* Times and counts in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>
#include "user/lib/clock.h"
#include "user/lib/format.h"

struct row {
	__u64 value;
	const char *text;
};

#define CHECK(rows, function)                                                                 \
	do {                                                                                  \
		char text[FORMAT_SIZE];                                                       \
                                                                                              \
		for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++)                 \
			assert_string_equal(function((rows)[i].value, text), (rows)[i].text); \
	} while (0)

static void test_durations(void **state)
{
	static const struct row rows[] = {
		{0, "0 ns"},
		{999, "999 ns"},
		{1000, "1.0 µs"},
		{1049, "1.0 µs"},
		{1050, "1.1 µs"},
		{9949, "9.9 µs"},
		{9950, "10 µs"},
		{84123, "84 µs"},
		{999499, "999 µs"},
		{999500, "1.0 ms"},
		{1300000, "1.3 ms"},
		{3000000000, "3.0 s"},
		{250000000000, "250 s"},
		{86400000000000, "86400 s"},
	};

	(void)state;
	CHECK(rows, format_duration);
}

static void test_ages(void **state)
{
	static const struct row rows[] = {
		{0, "0 s"},
		{999999999, "0 s"},
		{2 * CLOCK_SECOND, "2 s"},
		{60 * CLOCK_SECOND - 1, "59 s"},
		{60 * CLOCK_SECOND, "1 min"},
		{3600 * CLOCK_SECOND - 1, "59 min"},
		{3600 * CLOCK_SECOND, "1 h"},
		{86400 * CLOCK_SECOND, "1 d"},
		{400 * 86400 * CLOCK_SECOND, "400 d"},
	};

	(void)state;
	CHECK(rows, format_age);
}

static void test_counts(void **state)
{
	static const struct row rows[] = {{0, "0 times"},
					  {1, "once"},
					  {2, "twice"},
					  {3, "3 times"},
					  {4294967295, "4294967295 times"}};

	(void)state;
	CHECK(rows, format_times);
}

static void test_points_in_time(void **state)
{
	static const struct row rows[] = {
		{0, "1970-01-01T00:00:00.000000Z"},
		{1796126584123456789, "2026-12-01T12:03:04.123456Z"},
	};
	static const struct row hours[] = {
		{0, "01:00:00.000000"},
		{1796126584123456789, "13:03:04.123456"},
	};

	(void)state;
	CHECK(rows, format_timestamp);
	setenv("TZ", "TEST-1", 1);
	tzset();
	CHECK(hours, format_time_of_day);
}

static void test_wall_time_of_a_monotonic_one(void **state)
{
	__u64 before = clock_wall(), at = clock_wall_at(clock_monotonic()), after = clock_wall();

	(void)state;
	/* The two clocks are not read at once. */
	assert_in_range(at, before - CLOCK_SECOND, after + CLOCK_SECOND);
	assert_in_range(clock_wall_at(clock_monotonic() - 5 * CLOCK_SECOND),
			before - 6 * CLOCK_SECOND, after - 4 * CLOCK_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_ages),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_points_in_time),
		cmocka_unit_test(test_wall_time_of_a_monotonic_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
