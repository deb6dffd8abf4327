/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text, and what it allows that the YAML parser refuses or changes. */
#ifndef SHUNT_USER_LIB_DOCUMENT_JSON_H
#define SHUNT_USER_LIB_DOCUMENT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include "user/lib/document.h"

/* Whether the text begins as a JSON object or array does. */
bool document_json_looks_so(const char *text, size_t length);

/* The end of the number, or of the word true, false or null, at text; NULL where there is none. */
const char *document_json_plain_end(const char *text, const char *end);

/*
 * Parses JSON that is ASCII and has no key twice into the tree that the YAML parser would make of
 * it. -EINVAL: the text is something else, which the YAML parser may still understand; -ENOMEM. On
 * success the caller clears *document.
 */
int document_json_parse(const char *text, size_t length, struct document *document);

/*
 * Rewrites those characters of a JSON text as escapes that mean the same: pairs of surrogate
 * escapes, DEL and C1 controls, line separators, U+FEFF, U+FFFE, U+FFFF; and tabs before the first
 * brace as spaces. *rewritten is NULL where
 * nothing had to change or text is no JSON, else to be freed. Columns to the right of a change
 * shift, lines stay. -ENOMEM.
 */
int document_json_rewrite(const char *text, size_t length, char **rewritten,
			  size_t *rewritten_length);

#endif
