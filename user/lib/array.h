/* SPDX-License-Identifier: Apache-2.0 */
/* Growing arrays, and looking things up in sorted ones. */
#ifndef SHUNT_USER_LIB_ARRAY_H
#define SHUNT_USER_LIB_ARRAY_H

#include <stddef.h>

/* < 0, 0 or > 0 as key sorts before, with or after item. */
typedef int (*array_compare)(const void *key, const void *item);

/*
 * Makes room for one more item than count in *items, an array from malloc() that has room for
 * *capacity items of the given size. -ENOMEM.
 */
int array_grow(void *items, size_t *capacity, size_t count, size_t size);

/* Index of the first item that does not sort before key; count where all do. */
size_t array_lower_bound(const void *key, const void *items, size_t count, size_t size,
			 array_compare compare);

/* Index of the first item that sorts after key; count where none does. */
size_t array_upper_bound(const void *key, const void *items, size_t count, size_t size,
			 array_compare compare);

/* Sorts; unlike qsort(), items may be NULL where count is 0. */
void array_sort(void *items, size_t count, size_t size, array_compare compare);

/* Keeps the first of each run of items that compare equal; returns how many are left. */
size_t array_unique(void *items, size_t count, size_t size, array_compare compare);

#endif
