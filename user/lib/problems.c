// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/problems.h"

void problems_add(struct problems *problems, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	int length;

	if (problems->count == PROBLEMS_MAX) {
		problems->dropped++;
		return;
	}
	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		problems->dropped++;
	else
		problems->texts[problems->count++] = text;
}

void problems_clear(struct problems *problems)
{
	if (!problems)
		return;
	for (size_t i = 0; i < problems->count; i++)
		free(problems->texts[i]);
	memset(problems, 0, sizeof(*problems));
}
