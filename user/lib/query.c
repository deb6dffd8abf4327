// SPDX-License-Identifier: Apache-2.0
#include "user/lib/query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/text.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

int query_decode(const char *text, size_t length, char *decoded, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (c == '%') {
			int high = length - i > 2 ? hex_digit(text[i + 1]) : -1;
			int low = length - i > 2 ? hex_digit(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -EINVAL;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (!c)
			return -EINVAL;
		if (used + 1 >= size)
			return -E2BIG;
		decoded[used++] = c;
	}
	if (!size)
		return -E2BIG;
	decoded[used] = '\0';
	return 0;
}

static int refuse(char problem[QUERY_PROBLEM_SIZE], const char *what, const char *name)
{
	char *printable = text_printable(name);

	snprintf(problem, QUERY_PROBLEM_SIZE, "query parameter %.64s %s",
		 printable ? printable : "", what);
	free(printable);
	return -EINVAL;
}

static int find(const char *const *names, const char *name)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* Takes "name=value" of length characters; *room is where decoded text goes. */
static int take(const char *text, size_t length, const char *const *names, struct query *query,
		char **room, char problem[QUERY_PROBLEM_SIZE])
{
	const char *equals = memchr(text, '=', length);
	size_t name_length = equals ? (size_t)(equals - text) : length;
	char *name = *room, *value;
	int index;

	if (query_decode(text, name_length, name, name_length + 1))
		return refuse(problem, "is malformed: a percent sign begins two hex digits", "");
	value = name + strlen(name) + 1;
	index = find(names, name);
	if (index < 0)
		return refuse(problem, "is not known here", name);
	if (query->values[index])
		return refuse(problem, "is there twice", name);
	if (!equals)
		return refuse(problem, "has no value", name);
	if (query_decode(equals + 1, length - name_length - 1, value, length - name_length))
		return refuse(problem, "is malformed: a percent sign begins two hex digits, not 00",
			      name);
	query->values[index] = value;
	*room = value + strlen(value) + 1;
	return 0;
}

int query_parse(const char *text, const char *const *names, struct query *query,
		char problem[QUERY_PROBLEM_SIZE])
{
	size_t size = text ? strlen(text) : 0;
	struct query parsed = {0};
	char *room;
	int error = 0;

	if (size > QUERY_MAX) {
		snprintf(problem, QUERY_PROBLEM_SIZE, "the query has more than %d bytes",
			 QUERY_MAX);
		return -E2BIG;
	}
	/* Decoded text is not longer, and "name=" leaves room for two NULs where "=" was. */
	parsed.text = malloc(2 * size + 2);
	if (!parsed.text)
		return -ENOMEM;
	room = parsed.text;
	while (!error && text && *text) {
		size_t length = strcspn(text, "&");

		if (length)
			error = take(text, length, names, &parsed, &room, problem);
		text += length + (text[length] == '&');
	}
	if (error)
		query_clear(&parsed);
	else
		*query = parsed;
	return error;
}

void query_clear(struct query *query)
{
	free(query->text);
	*query = (struct query){0};
}

int query_number(const char *text, unsigned long long high, unsigned long long *number)
{
	unsigned long long value = 0;

	if (!*text)
		return -EINVAL;
	for (const char *c = text; *c; c++) {
		unsigned int digit = (unsigned int)(*c - '0');

		if (*c < '0' || *c > '9' || digit > high || value > (high - digit) / 10)
			return -EINVAL;
		value = value * 10 + digit;
	}
	*number = value;
	return 0;
}
