/* SPDX-License-Identifier: Apache-2.0 */
/* What markers mean, written to be read: text is cut, decoded and compared as C strings. */
#ifndef SHUNT_TESTS_FUZZ_REFERENCE_H
#define SHUNT_TESTS_FUZZ_REFERENCE_H

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <shunt/limits.h>
#include <shunt/markers.h>

#define REFERENCE_VALUE_MAX (SHUNT_CONTEXT_NAME_MAX + 1 + SHUNT_MARKER_TAG_DIGITS)

struct text {
	const char *at;
	size_t length;
};

static inline struct text text_trim(struct text text)
{
	while (text.length && strchr(" \t", *text.at)) {
		text.at++;
		text.length--;
	}
	while (text.length && strchr(" \t", text.at[text.length - 1]))
		text.length--;
	return text;
}

/* Cuts off and returns what stands before the first `separator`, or all. */
static inline struct text text_cut(struct text *rest, char separator)
{
	const char *found = memchr(rest->at, separator, rest->length);
	size_t length = found ? (size_t)(found - rest->at) : rest->length;
	struct text before = {rest->at, length};

	rest->at += length + !!found;
	rest->length -= length + !!found;
	return before;
}

/* Percent-decodes to at most REFERENCE_VALUE_MAX characters; false where it cannot. */
static inline bool text_decode(struct text text, char out[REFERENCE_VALUE_MAX + 1])
{
	size_t n = 0;

	memset(out, 0, REFERENCE_VALUE_MAX + 1);
	for (size_t i = 0; i < text.length; i++, n++) {
		char hex[3] = "";

		if (n == REFERENCE_VALUE_MAX)
			return false;
		out[n] = text.at[i];
		if (text.at[i] != '%')
			continue;
		if (text.length - i < 3 || !isxdigit((unsigned char)text.at[i + 1]) ||
		    !isxdigit((unsigned char)text.at[i + 2]))
			return false;
		memcpy(hex, text.at + i + 1, 2);
		out[n] = strtoul(hex, NULL, 16);
		i += 2;
	}
	return strlen(out) == n && n;
}

struct reference {
	char context[SHUNT_CONTEXT_NAME_MAX + 1]; /* taken; empty: none */
	char any[SHUNT_CONTEXT_NAME_MAX + 1]; /* the first one that was valid */
	int rank; /* of the one taken; the best of all where none is */
	bool is_signed; /* the one taken is */
	unsigned long long tag;
	bool invalid, disagree;
};

/* Takes the tag off "name.tag"; false where the value is not of that form. */
static inline bool text_cut_tag(char *value, unsigned long long *tag)
{
	char *dot = strrchr(value, '.');

	if (!dot || dot == value || strlen(dot + 1) != SHUNT_MARKER_TAG_DIGITS ||
	    strspn(dot + 1, "0123456789abcdef") != SHUNT_MARKER_TAG_DIGITS)
		return false;
	*tag = strtoull(dot + 1, NULL, 16);
	*dot = '\0';
	return true;
}

/* A marker of that rank has this value. */
static inline void reference_value(struct reference *reference, int rank, struct text value)
{
	char context[REFERENCE_VALUE_MAX + 1];
	unsigned long long tag = 0;
	bool good = text_decode(value, context), is_signed = good && text_cut_tag(context, &tag);

	if (!good || strlen(context) > SHUNT_CONTEXT_NAME_MAX ||
	    strspn(context, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != strlen(context)) {
		reference->invalid = true;
		return;
	}
	if (*reference->any && strcmp(reference->any, context))
		reference->disagree = true;
	if (!*reference->any)
		strcpy(reference->any, context);
	if (!*reference->context || rank < reference->rank) {
		strcpy(reference->context, context);
		reference->rank = rank;
		reference->is_signed = is_signed;
		reference->tag = tag;
	}
}

#endif
