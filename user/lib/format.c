// SPDX-License-Identifier: Apache-2.0
#include "user/lib/format.h"

#include <stdio.h>
#include <time.h>
#include "user/lib/clock.h"

const char *format_duration(__u64 ns, char text[FORMAT_SIZE])
{
	static const char *const units[] = {"ns", "µs", "ms", "s"};
	size_t unit = 0;
	__u64 scale = 1;

	/* At 999.5 of a unit the rounded figure already is 1 of the next. */
	while (unit + 1 < sizeof(units) / sizeof(units[0]) && ns + scale / 2 >= scale * 1000) {
		scale *= 1000;
		unit++;
	}
	/* Tenths below 10, which would otherwise be one digit. Nanoseconds have none. */
	if (unit > 0 && ns + scale / 20 < 10 * scale) {
		__u64 tenths = (ns + scale / 20) / (scale / 10);

		snprintf(text, FORMAT_SIZE, "%llu.%llu %s", tenths / 10, tenths % 10, units[unit]);
	} else {
		snprintf(text, FORMAT_SIZE, "%llu %s", (ns + scale / 2) / scale, units[unit]);
	}
	return text;
}

const char *format_age(__u64 ns, char text[FORMAT_SIZE])
{
	__u64 seconds = ns / CLOCK_SECOND;

	if (seconds < 60)
		snprintf(text, FORMAT_SIZE, "%llu s", seconds);
	else if (seconds < 60 * 60)
		snprintf(text, FORMAT_SIZE, "%llu min", seconds / 60);
	else if (seconds < 24 * 60 * 60)
		snprintf(text, FORMAT_SIZE, "%llu h", seconds / (60 * 60));
	else
		snprintf(text, FORMAT_SIZE, "%llu d", seconds / (24 * 60 * 60));
	return text;
}

const char *format_time_of_day(__u64 wall, char text[FORMAT_SIZE])
{
	time_t seconds = (time_t)(wall / CLOCK_SECOND);
	struct tm parts;

	if (!localtime_r(&seconds, &parts))
		parts = (struct tm){0};
	snprintf(text, FORMAT_SIZE, "%02d:%02d:%02d.%06llu", parts.tm_hour, parts.tm_min,
		 parts.tm_sec, wall % CLOCK_SECOND / 1000);
	return text;
}

const char *format_timestamp(__u64 wall, char text[FORMAT_SIZE])
{
	time_t seconds = (time_t)(wall / CLOCK_SECOND);
	char date[FORMAT_SIZE - 8];
	struct tm parts;

	if (!gmtime_r(&seconds, &parts) ||
	    !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts))
		date[0] = '\0';
	snprintf(text, FORMAT_SIZE, "%s.%06lluZ", date, wall % CLOCK_SECOND / 1000);
	return text;
}

const char *format_seconds(time_t seconds, char text[FORMAT_SIZE])
{
	struct tm parts;

	if (!gmtime_r(&seconds, &parts) ||
	    !strftime(text, FORMAT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts))
		text[0] = '\0';
	return text;
}

const char *format_times(__u64 count, char text[FORMAT_SIZE])
{
	if (count == 1)
		snprintf(text, FORMAT_SIZE, "once");
	else if (count == 2)
		snprintf(text, FORMAT_SIZE, "twice");
	else
		snprintf(text, FORMAT_SIZE, "%llu times", count);
	return text;
}
