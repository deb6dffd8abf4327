// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "user/lib/document_json.h"

static const char *skip_digits(const char *text, const char *end)
{
	while (text < end && *text >= '0' && *text <= '9')
		text++;
	return text;
}

/* The end of the number at text, or NULL where there is none. */
static const char *find_number_end(const char *text, const char *end)
{
	const char *digits = text + (text < end && *text == '-');
	const char *next = skip_digits(digits, end), *part;

	if (next == digits || (*digits == '0' && next - digits > 1))
		return NULL;
	if (next < end && *next == '.') {
		part = next + 1;
		next = skip_digits(part, end);
		if (next == part)
			return NULL;
	}
	if (next < end && (*next | 0x20) == 'e') {
		part = next + 1;
		part += part < end && (*part == '+' || *part == '-');
		next = skip_digits(part, end);
		if (next == part)
			return NULL;
	}
	return next;
}

static const char *find_word_end(const char *text, const char *end)
{
	static const char *const words[] = {"true", "false", "null"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t length = strlen(words[i]);

		if ((size_t)(end - text) >= length && memcmp(text, words[i], length) == 0)
			return text + length;
	}
	return NULL;
}

const char *document_json_plain_end(const char *text, const char *end)
{
	const char *word_end = find_word_end(text, end);

	return word_end ? word_end : find_number_end(text, end);
}
