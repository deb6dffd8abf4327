/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of a mapping that are there twice. */
#ifndef SHUNT_USER_LIB_DOCUMENT_KEYS_H
#define SHUNT_USER_LIB_DOCUMENT_KEYS_H

#include "user/lib/document.h"

/* Memory for looking that goes from one mapping to the next. All zero is none. */
struct document_keys {
	const struct document_node **items;
	size_t capacity;
};

/*
 * -EINVAL where two keys of the mapping, all scalars, are equal: *again is the later one of them and
 * *first the other; -ENOMEM.
 */
int document_keys_check(struct document_keys *keys, const struct document_node *mapping,
			const struct document_node **first, const struct document_node **again);

/* Safe on a zeroed struct. */
void document_keys_clear(struct document_keys *keys);

#endif
