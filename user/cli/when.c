// SPDX-License-Identifier: Apache-2.0
#include "user/cli/when.h"

#include <stdio.h>
#include "user/lib/clock.h"
#include "user/lib/format.h"
#include "user/lib/text.h"

/* What is to come is rounded, so that what was said to be in 3 d is not in 2 d a second later. */
static time_t round_ahead(time_t seconds)
{
	static const time_t units[] = {24 * 60 * 60, 60 * 60, 60};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (seconds + units[i] / 2 >= units[i])
			return seconds + units[i] / 2;
	return seconds;
}

const char *when_format(time_t time, time_t now, char text[WHEN_SIZE])
{
	char age[FORMAT_SIZE];

	if (time == now)
		snprintf(text, WHEN_SIZE, "now");
	else if (time < now)
		snprintf(text, WHEN_SIZE, "%s ago",
			 format_age((__u64)(now - time) * CLOCK_SECOND, age));
	else
		snprintf(text, WHEN_SIZE, "in %s",
			 format_age((__u64)round_ahead(time - now) * CLOCK_SECOND, age));
	return text;
}

const char *when_describe(const char *rfc3339, const char *absent, char text[WHEN_SIZE])
{
	time_t then;

	if (!rfc3339)
		snprintf(text, WHEN_SIZE, "%s", absent);
	else if (text_parse_time(rfc3339, &then))
		snprintf(text, WHEN_SIZE, "?");
	else
		when_format(then, time(NULL), text);
	return text;
}

const char *when_write(time_t time, char text[WHEN_SIZE])
{
	struct tm parts;

	if (!gmtime_r(&time, &parts) || !strftime(text, WHEN_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts))
		text[0] = '\0';
	return text;
}
