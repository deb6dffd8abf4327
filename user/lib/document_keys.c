// SPDX-License-Identifier: Apache-2.0
#include "user/lib/document_keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"

#define FEW 8 /* keys that are sooner compared with each other than sorted */

static bool is_equal(const struct document_node *a, const struct document_node *b)
{
	return a->count == b->count && memcmp(a->text, b->text, a->count) == 0;
}

static int compare_keys(const void *a, const void *b)
{
	const struct document_node *x = *(const struct document_node *const *)a;
	const struct document_node *y = *(const struct document_node *const *)b;
	int order = memcmp(x->text, y->text, x->count < y->count ? x->count : y->count);

	if (order)
		return order;
	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	return x < y ? -1 : x > y;
}

static bool has_double(const struct document_node *mapping)
{
	for (unsigned int i = 1; i < mapping->count; i++)
		for (unsigned int j = 0; j < i; j++)
			if (is_equal(&mapping->items[2 * i], &mapping->items[2 * j]))
				return true;
	return false;
}

static int sort(struct document_keys *keys, const struct document_node *mapping)
{
	while (mapping->count > keys->capacity) {
		int err = array_grow(&keys->items, &keys->capacity, keys->capacity,
				     sizeof(*keys->items));
		if (err)
			return err;
	}
	for (unsigned int i = 0; i < mapping->count; i++)
		keys->items[i] = &mapping->items[2 * i];
	array_sort(keys->items, mapping->count, sizeof(*keys->items), compare_keys);
	return 0;
}

int document_keys_check(struct document_keys *keys, const struct document_node *mapping,
			const struct document_node **first, const struct document_node **again)
{
	int err;

	if (mapping->count <= FEW && !has_double(mapping))
		return 0;
	err = sort(keys, mapping);
	for (unsigned int i = 1; !err && i < mapping->count; i++) {
		if (!is_equal(keys->items[i], keys->items[i - 1]))
			continue;
		*first = keys->items[i - 1];
		*again = keys->items[i];
		err = -EINVAL;
	}
	return err;
}

void document_keys_clear(struct document_keys *keys)
{
	free(keys->items);
	*keys = (struct document_keys){0};
}
