// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <shunt/limits.h>
#include <shunt/markers.h>
#include "user/lib/text.h"

#define LABEL_MAX 63
#define DNS_NAME_MAX 253
#define WORD_MAX 64 /* longer words are nobody's typing error */

static bool is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alphanumeric(char c)
{
	return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

bool text_ends_in_tag(const char *text)
{
	const char *dot = strrchr(text, '.');

	return dot && strlen(dot + 1) == SHUNT_MARKER_TAG_DIGITS &&
	       strspn(dot + 1, "0123456789abcdef") == SHUNT_MARKER_TAG_DIGITS;
}

bool text_is_context_name(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++) {
		if (!is_lower_or_digit(text[i]) && !strchr("-_.", text[i]))
			return false;
	}
	return length >= 1 && length <= SHUNT_CONTEXT_NAME_MAX && !text_ends_in_tag(text);
}

bool text_is_label_value(const char *text)
{
	size_t length = strlen(text);

	if (length < 1 || length > LABEL_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_alphanumeric(text[i]) && !strchr("-_.", text[i]))
			return false;
	}
	return is_alphanumeric(text[0]) && is_alphanumeric(text[length - 1]);
}

static bool is_dns_label(const char *text, size_t length)
{
	if (length < 1 || length > LABEL_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_lower_or_digit(text[i]) && text[i] != '-')
			return false;
	}
	return text[0] != '-' && text[length - 1] != '-';
}

bool text_is_dns_label(const char *text)
{
	return is_dns_label(text, strlen(text));
}

bool text_is_dns_name(const char *text)
{
	if (strlen(text) > DNS_NAME_MAX)
		return false;
	for (;;) {
		size_t length = strcspn(text, ".");

		if (!is_dns_label(text, length))
			return false;
		if (!text[length])
			return true;
		text += length + 1;
	}
}

char *text_printable(const char *text)
{
	char *copy = malloc(4 * strlen(text) + 1);
	char *to = copy;

	for (; copy && *text; text++) {
		if (*text >= ' ' && *text <= '~')
			*to++ = *text;
		else
			to += sprintf(to, "\\x%02x", (unsigned char)*text);
	}
	if (copy)
		*to = '\0';
	return copy;
}

/* Optimal string alignment: changed, missing and added letters and swapped neighbours count 1. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *previous = rows[1], *current = rows[2];
	size_t a_length = strlen(a), b_length = strlen(b);

	if (a_length > WORD_MAX || b_length > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= b_length; j++)
		previous[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *spare = before;

		current[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			int x = tolower((unsigned char)a[i - 1]),
			    y = tolower((unsigned char)b[j - 1]);
			size_t best = previous[j - 1] + (x != y);

			if (previous[j] + 1 < best)
				best = previous[j] + 1;
			if (current[j - 1] + 1 < best)
				best = current[j - 1] + 1;
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
			    y == tolower((unsigned char)a[i - 2]) && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			current[j] = best;
		}
		before = previous;
		previous = current;
		current = spare;
	}
	return previous[b_length];
}

const char *text_closest(const char *word, const char *const *candidates)
{
	const char *closest = NULL;
	size_t least = WORD_MAX;

	for (; *candidates; candidates++) {
		size_t changes = distance(word, *candidates);

		/* More than a third of the letters wrong is another word. */
		if (changes < least && changes <= (strlen(*candidates) + 2) / 3) {
			least = changes;
			closest = *candidates;
		}
	}
	return closest;
}
