// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"

int array_grow(void *items, size_t *capacity, size_t count, size_t size)
{
	size_t wanted = *capacity ? *capacity * 2 : 16;
	void *old, *grown;

	if (count < *capacity)
		return 0;
	memcpy(&old, items, sizeof(old));
	grown = reallocarray(old, wanted, size);
	if (!grown)
		return -ENOMEM;
	memcpy(items, &grown, sizeof(grown));
	*capacity = wanted;
	/* cppcheck-suppress memleak ; *items has it now */
	return 0;
}

/* Index of the first item that sorts after key, or that sorts with it unless after is set. */
static size_t bound(const void *key, const void *items, size_t count, size_t size,
		    array_compare compare, bool after)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(key, (const char *)items + middle * size);

		if (order > 0 || (order == 0 && after))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t array_lower_bound(const void *key, const void *items, size_t count, size_t size,
			 array_compare compare)
{
	return bound(key, items, count, size, compare, false);
}

size_t array_upper_bound(const void *key, const void *items, size_t count, size_t size,
			 array_compare compare)
{
	return bound(key, items, count, size, compare, true);
}

void array_sort(void *items, size_t count, size_t size, array_compare compare)
{
	if (count > 1)
		qsort(items, count, size, compare);
}

size_t array_unique(void *items, size_t count, size_t size, array_compare compare)
{
	char *bytes = items;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (kept && !compare(bytes + (kept - 1) * size, bytes + i * size))
			continue;
		if (kept != i)
			memcpy(bytes + kept * size, bytes + i * size, size);
		kept++;
	}
	return kept;
}
