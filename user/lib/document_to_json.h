/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_DOCUMENT_TO_JSON_H
#define SHUNT_USER_LIB_DOCUMENT_TO_JSON_H

#include <jansson.h>
#include "user/lib/document.h"

/*
 * The same as JSON, scalars by document_scalar_type(): a whole number of up to 64 bits (decimal, 0x,
 * 0o or a leading 0, 0b, with underscores) is an integer, any other a real. Keys are their text.
 * -EINVAL where JSON cannot say it: no UTF-8, NUL in a key, a number that is infinite or none;
 * -ENOMEM. The caller has the reference to *json.
 */
int document_to_json(const struct document_node *node, json_t **json);

#endif
