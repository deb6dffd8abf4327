// SPDX-License-Identifier: Apache-2.0
#include "user/agent/mirror_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"

void mirror_table_init(struct mirror_table *table, size_t size)
{
	*table = (struct mirror_table){.size = size, .free = MIRROR_NONE};
}

int mirror_table_reserve(struct mirror_table *table, size_t count)
{
	__u32 *buckets;

	if (table->used || count <= table->bucket_count)
		return 0;
	buckets = reallocarray(table->buckets, count, sizeof(*buckets));
	if (!buckets)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		buckets[i] = MIRROR_NONE;
	table->buckets = buckets;
	table->bucket_count = table->bucket_capacity = count;
	return 0;
}

void mirror_table_clear(struct mirror_table *table)
{
	free(table->elements);
	free(table->buckets);
	free(table->work);
	*table = (struct mirror_table){.size = table->size, .free = MIRROR_NONE};
}

static struct mirror_element *get(const struct mirror_table *table, __u32 slot)
{
	return mirror_table_get(table, slot);
}

/* The largest power of two that is not above the number of buckets. */
static size_t level(size_t bucket_count)
{
	return (size_t)1 << (63 - __builtin_clzll(bucket_count));
}

/* Linear hashing: as many bits of the hash as lead to a bucket that is there. */
static size_t find_bucket(const struct mirror_table *table, __u32 hash)
{
	size_t low = level(table->bucket_count);
	size_t bucket = hash & (2 * low - 1);

	return bucket < table->bucket_count ? bucket : hash & (low - 1);
}

/* Adds a bucket and moves there what belongs there, which was all in one other bucket. */
static int add_bucket(struct mirror_table *table)
{
	size_t added = table->bucket_count;
	__u32 *from;
	int error;

	error = array_grow(&table->buckets, &table->bucket_capacity, added,
			   sizeof(*table->buckets));
	if (error)
		return error;
	table->buckets[added] = MIRROR_NONE;
	table->bucket_count++;
	if (!added)
		return 0;
	from = &table->buckets[added - level(added)];
	while (*from != MIRROR_NONE) {
		struct mirror_element *element = get(table, *from);
		__u32 slot = *from;

		if (find_bucket(table, element->hash) != added) {
			from = &element->next;
			continue;
		}
		*from = element->next;
		element->next = table->buckets[added];
		table->buckets[added] = slot;
	}
	return 0;
}

static __u32 match(const struct mirror_table *table, __u32 slot, __u32 hash)
{
	while (slot != MIRROR_NONE && get(table, slot)->hash != hash)
		slot = get(table, slot)->next;
	return slot;
}

__u32 mirror_table_first(const struct mirror_table *table, __u32 hash)
{
	if (!table->bucket_count)
		return MIRROR_NONE;
	return match(table, table->buckets[find_bucket(table, hash)], hash);
}

__u32 mirror_table_next(const struct mirror_table *table, __u32 slot)
{
	const struct mirror_element *element = get(table, slot);

	return match(table, element->next, element->hash);
}

/* A free slot, or one more. */
static int take_slot(struct mirror_table *table, __u32 *slot)
{
	int error = 0;

	if (table->free != MIRROR_NONE) {
		*slot = table->free;
		table->free = get(table, *slot)->next;
		return 0;
	}
	if (table->count >= MIRROR_NONE)
		return -ENOMEM;
	error = array_grow(&table->elements, &table->capacity, table->count, table->size);
	if (!error)
		*slot = (__u32)table->count++;
	return error;
}

int mirror_table_add(struct mirror_table *table, __u32 hash, __u32 *slot)
{
	struct mirror_element *element;
	__u32 *bucket;
	int error = 0;

	if (table->used >= table->bucket_count)
		error = add_bucket(table);
	if (!error)
		error = take_slot(table, slot);
	if (error)
		return error;
	element = get(table, *slot);
	memset(element, 0, table->size);
	bucket = &table->buckets[find_bucket(table, hash)];
	element->next = *bucket;
	element->hash = hash;
	element->used = true;
	*bucket = *slot;
	table->used++;
	return 0;
}

void mirror_table_remove(struct mirror_table *table, __u32 slot)
{
	struct mirror_element *element = get(table, slot);
	__u32 *from = &table->buckets[find_bucket(table, element->hash)];

	while (*from != slot)
		from = &get(table, *from)->next;
	*from = element->next;
	element->used = false;
	element->next = table->free;
	table->free = slot;
	table->used--;
}

int mirror_table_queue(struct mirror_table *table, __u32 slot)
{
	struct mirror_element *element = get(table, slot);
	int error;

	if (element->queued)
		return 0;
	error = array_grow(&table->work, &table->work_capacity, table->work_count,
			   sizeof(*table->work));
	if (error)
		return error;
	element->queued = true;
	table->work[table->work_count++] = slot;
	return 0;
}
