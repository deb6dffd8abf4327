// SPDX-License-Identifier: Apache-2.0
#include "user/lib/notices.h"

#include <stdbool.h>
#include <string.h>
#include "user/lib/log.h"

static bool has_line(const struct problems *problems, const char *text)
{
	for (size_t i = 0; i < problems->count; i++)
		if (strcmp(problems->texts[i], text) == 0)
			return true;
	return false;
}

size_t notices_log(struct problems *last, struct problems *now)
{
	size_t new = 0;

	for (size_t i = 0; i < now->count; i++) {
		if (has_line(last, now->texts[i]))
			continue;
		log_line("%s", now->texts[i]);
		new ++;
	}
	if (now->dropped && now->dropped != last->dropped)
		log_line("and %zu more like these", now->dropped);
	problems_clear(last);
	*last = *now;
	*now = (struct problems){0};
	return new;
}
