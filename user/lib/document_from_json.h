/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_DOCUMENT_FROM_JSON_H
#define SHUNT_USER_LIB_DOCUMENT_FROM_JSON_H

#include <jansson.h>
#include "user/lib/document.h"

/*
 * A JSON value as a document with one root. Its texts are the value's own, which must outlive it and
 * stay unchanged; its nodes have no place: line and column are 0. -EINVAL where it is nested beyond
 * DOCUMENT_DEPTH_MAX; -ENOMEM. On success the caller clears *document.
 */
int document_from_json(json_t *value, struct document *document);

#endif
