// SPDX-License-Identifier: Apache-2.0
#include "user/lib/address_set.h"

#include <stdlib.h>
#include "user/lib/array.h"

static int compare(const void *a, const void *b)
{
	return address_compare(a, b);
}

int address_set_add(struct address_set *set, const struct shunt_address *address)
{
	int error = array_grow(&set->items, &set->capacity, set->count, sizeof(*set->items));

	if (!error)
		set->items[set->count++] = *address;
	return error;
}

void address_set_finish(struct address_set *set)
{
	array_sort(set->items, set->count, sizeof(*set->items), compare);
	set->count = array_unique(set->items, set->count, sizeof(*set->items), compare);
}

bool address_set_has(const struct address_set *set, const struct shunt_address *address)
{
	size_t i = array_lower_bound(address, set->items, set->count, sizeof(*address), compare);

	return i < set->count && !address_compare(&set->items[i], address);
}

void address_set_clear(struct address_set *set)
{
	if (!set)
		return;
	free(set->items);
	*set = (struct address_set){0};
}
