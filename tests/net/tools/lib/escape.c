// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"

static const char letters[] = "rnt0\\";
static const char meanings[] = "\r\n\t\0\\";

ssize_t escape_decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		const char *letter;

		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from++;
		letter = *from ? strchr(letters, *from) : NULL;
		if (letter) {
			*to++ = meanings[letter - letters];
			from++;
		} else if (*from == 'x' && isxdigit(from[1]) && isxdigit(from[2])) {
			char digits[] = {from[1], from[2], '\0'};

			*to++ = strtol(digits, NULL, 16);
			from += 3;
		} else {
			return -EINVAL;
		}
	}
	return to - text;
}
