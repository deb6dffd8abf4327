// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/text.h"

/* Reads exactly count digits, advances *text, and keeps low <= value <= high. */
static bool read_digits(const char **text, int count, int low, int high, int *value)
{
	int sum = 0;

	for (int i = 0; i < count; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		sum = sum * 10 + (**text - '0');
	}
	*value = sum;
	return sum >= low && sum <= high;
}

static bool read_one_of(const char **text, const char *set)
{
	if (!**text || !strchr(set, **text))
		return false;
	(*text)++;
	return true;
}

static int days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool read_date(const char **text, struct tm *date)
{
	int year, month;

	if (!read_digits(text, 4, 1, 9999, &year) || !read_one_of(text, "-") ||
	    !read_digits(text, 2, 1, 12, &month) || !read_one_of(text, "-") ||
	    !read_digits(text, 2, 1, days_of_month(year, month), &date->tm_mday))
		return false;
	date->tm_year = year - 1900;
	date->tm_mon = month - 1;
	return true;
}

static bool read_clock(const char **text, struct tm *date)
{
	if (!read_digits(text, 2, 0, 23, &date->tm_hour) || !read_one_of(text, ":") ||
	    !read_digits(text, 2, 0, 59, &date->tm_min) || !read_one_of(text, ":") ||
	    !read_digits(text, 2, 0, 59, &date->tm_sec))
		return false;
	if (**text == '.') {
		size_t digits = strspn(++*text, "0123456789");

		*text += digits;
		return digits > 0;
	}
	return true;
}

/* Seconds that the clock is ahead of UTC. */
static bool read_zone(const char **text, int *ahead)
{
	bool behind = **text == '-';
	int hours, minutes;

	if (read_one_of(text, "Zz")) {
		*ahead = 0;
		return true;
	}
	if (!read_one_of(text, "+-") || !read_digits(text, 2, 0, 23, &hours) ||
	    !read_one_of(text, ":") || !read_digits(text, 2, 0, 59, &minutes))
		return false;
	*ahead = (hours * 60 + minutes) * (behind ? -60 : 60);
	return true;
}

int text_parse_time(const char *text, time_t *time)
{
	struct tm date = {0};
	int ahead;

	if (!read_date(&text, &date) || !read_one_of(&text, "Tt") || !read_clock(&text, &date) ||
	    !read_zone(&text, &ahead) || *text)
		return -EINVAL;
	*time = timegm(&date) - ahead;
	return 0;
}

int text_parse_duration(const char *text, unsigned long *seconds)
{
	static const char units[] = "smhdw";
	static const unsigned long lengths[] = {1, 60, 60 * 60, 24 * 60 * 60, 7 * 24 * 60 * 60};
	size_t digits = strspn(text, "0123456789");
	unsigned long number;
	const char *unit;

	/* Nine digits of weeks still fit. */
	if (digits < 1 || digits > 9 || !text[digits] || text[digits + 1])
		return -EINVAL;
	unit = strchr(units, text[digits]);
	number = strtoul(text, NULL, 10);
	if (!unit || !number)
		return -EINVAL;
	*seconds = number * lengths[unit - units];
	return 0;
}
