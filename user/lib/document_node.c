// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/document.h"

const struct document_node *document_get(const struct document_node *node, const char *key)
{
	size_t length = strlen(key);

	if (!node || node->type != DOCUMENT_MAPPING)
		return NULL;
	for (unsigned int i = 0; i < node->count; i++) {
		const struct document_node *candidate = &node->items[2 * i];

		if (candidate->count == length && !memcmp(candidate->text, key, length))
			return candidate + 1;
	}
	return NULL;
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++) {
		if (!strcmp(text, *words))
			return true;
	}
	return false;
}

/* Numbers as YAML 1.1 has them: decimal with underscores, 0x, 0o, 0b, floats, .inf, .nan. */
static bool is_number(const char *text)
{
	static const char *const words[] = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL};
	const char *unsigned_text = text + (*text == '+' || *text == '-');
	char *end;

	if (is_one_of(unsigned_text, words))
		return true;
	if (!isdigit((unsigned char)unsigned_text[*unsigned_text == '.']))
		return false;
	if (!unsigned_text[strspn(unsigned_text, "0123456789_")])
		return true;
	if (unsigned_text[0] == '0' && (unsigned_text[1] == 'o' || unsigned_text[1] == 'b'))
		return !unsigned_text[2 + strspn(unsigned_text + 2, "01234567_")];
	strtod(unsigned_text, &end);
	return !*end;
}

enum document_scalar document_scalar_type(const struct document_node *scalar)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const booleans[] = {"true", "True", "TRUE", "false", "False", "FALSE",
					       "yes",  "Yes",  "YES",  "no",	"No",	 "NO",
					       "on",   "On",   "ON",   "off",	"Off",	 "OFF",
					       "y",    "Y",    "n",    "N",	NULL};

	if (scalar->quoted)
		return DOCUMENT_STRING;
	if (is_one_of(scalar->text, nulls))
		return DOCUMENT_NULL;
	if (is_one_of(scalar->text, booleans))
		return DOCUMENT_BOOLEAN;
	return is_number(scalar->text) ? DOCUMENT_NUMBER : DOCUMENT_STRING;
}

bool document_is_null(const struct document_node *node)
{
	return !node ||
	       (node->type == DOCUMENT_SCALAR && document_scalar_type(node) == DOCUMENT_NULL);
}
