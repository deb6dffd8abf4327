// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/document_json.h"

#define SURROGATE_PAIR_BYTES 12 /* \uD83D\uDE00 */

struct scanner {
	const char *text;
	size_t length;
	size_t position;
	bool started; /* past the first brace or bracket */
	bool in_string;
};

/* The value of the escape \uXXXX at position, or -1. */
static long unicode_escape(const struct scanner *scanner, size_t position)
{
	long value = 0;

	if (scanner->length - position < 6 || memcmp(scanner->text + position, "\\u", 2))
		return -1;
	for (size_t i = position + 2; i < position + 6; i++) {
		char c = scanner->text[i];

		value <<= 4;
		if (c >= '0' && c <= '9')
			value += c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value += (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return value;
}

static size_t surrogate_pair(const struct scanner *scanner, size_t position, unsigned int *code)
{
	long high, low;

	if (scanner->length - position < SURROGATE_PAIR_BYTES)
		return 0;
	high = unicode_escape(scanner, position);
	low = unicode_escape(scanner, position + SURROGATE_PAIR_BYTES / 2);
	if (high < 0xd800 || high > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return 0;
	*code = (unsigned int)(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
	return SURROGATE_PAIR_BYTES;
}

/* Bytes of the UTF-8 character at position if it has to be escaped, else 0. */
static size_t raw_character(const struct scanner *scanner, size_t position, unsigned int *code)
{
	const unsigned char *c = (const unsigned char *)scanner->text + position;
	size_t left = scanner->length - position;

	if (c[0] == 0x7f) {
		*code = c[0];
		return 1;
	}
	if (c[0] == 0xc2 && left >= 2 && c[1] >= 0x80 && c[1] <= 0x9f) {
		*code = c[1];
		return 2;
	}
	if ((c[0] == 0xe2 || c[0] == 0xef) && left >= 3) {
		*code = (c[0] & 0xfu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
		if (*code == 0x2028 || *code == 0x2029 || *code == 0xfeff || *code >= 0xfffe)
			return 3;
	}
	return 0;
}

/* Finds the next place to change, leaves position there, and returns its length; 0: no more. */
static size_t next_change(struct scanner *scanner, unsigned int *code)
{
	while (scanner->position < scanner->length) {
		char c = scanner->text[scanner->position];
		size_t changed = 0;

		scanner->started = scanner->started || c == '{' || c == '[';
		if (c == '"') {
			scanner->in_string = !scanner->in_string;
		} else if (!scanner->started && c == '\t') {
			*code = ' ';
			changed = 1;
		} else if (scanner->in_string && c == '\\') {
			changed = surrogate_pair(scanner, scanner->position, code);
		} else if (scanner->in_string) {
			changed = raw_character(scanner, scanner->position, code);
		}
		if (changed)
			return changed;
		scanner->position += scanner->in_string && c == '\\' ? 2 : 1;
	}
	return 0;
}

bool document_json_looks_so(const char *text, size_t length)
{
	size_t i = length >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (i < length && strchr(" \t\r\n", text[i]) && text[i])
		i++;
	return i < length && (text[i] == '{' || text[i] == '[');
}

int document_json_rewrite(const char *text, size_t length, char **rewritten,
			  size_t *rewritten_length)
{
	struct scanner scanner = {.text = text, .length = length};
	char *buffer = NULL;
	size_t size = 0, copied = 0, changed;
	unsigned int code = 0;
	bool failed;
	FILE *out;

	*rewritten = NULL;
	if (!document_json_looks_so(text, length))
		return 0;
	changed = next_change(&scanner, &code);
	if (!changed)
		return 0;
	out = open_memstream(&buffer, &size);
	if (!out)
		return -ENOMEM;
	for (; changed; changed = next_change(&scanner, &code)) {
		fwrite(text + copied, 1, scanner.position - copied, out);
		fprintf(out, code == ' ' ? "%c" : code > 0xffff ? "\\U%08X" : "\\u%04X", code);
		scanner.position += changed;
		copied = scanner.position;
	}
	fwrite(text + copied, 1, length - copied, out);
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(buffer);
		return -ENOMEM;
	}
	*rewritten = buffer;
	*rewritten_length = size;
	return 0;
}
