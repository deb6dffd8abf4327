/* SPDX-License-Identifier: Apache-2.0 */
/* What JSON allows and the YAML parser refuses or changes. */
#ifndef SHUNT_USER_LIB_DOCUMENT_JSON_H
#define SHUNT_USER_LIB_DOCUMENT_JSON_H

#include <stddef.h>

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
