/* SPDX-License-Identifier: Apache-2.0 */
/* What markers mean, written to be read: text is cut, decoded and compared as C strings. */
#ifndef SHUNT_TESTS_FUZZ_REFERENCE_H
#define SHUNT_TESTS_FUZZ_REFERENCE_H

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <shunt/limits.h>

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

/* Percent-decodes to at most 63 characters; false where it cannot. */
static inline bool text_decode(struct text text, char out[SHUNT_CONTEXT_NAME_MAX + 1])
{
	size_t n = 0;

	memset(out, 0, SHUNT_CONTEXT_NAME_MAX + 1);
	for (size_t i = 0; i < text.length; i++, n++) {
		char hex[3] = "";

		if (n == SHUNT_CONTEXT_NAME_MAX)
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
	bool invalid, disagree;
};

/* A marker of that rank has this value. */
static inline void reference_value(struct reference *reference, int rank, struct text value)
{
	char context[SHUNT_CONTEXT_NAME_MAX + 1];

	if (!text_decode(value, context) ||
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
	}
}

#endif
