/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table of the mirror: elements in slots that stay theirs, found by a hash of their key, and a
 * list of those for which something is left to be done. Finding, adding and removing cost the same
 * however many there are; the hash table grows by one bucket at a time.
 */
#ifndef SHUNT_USER_AGENT_MIRROR_TABLE_H
#define SHUNT_USER_AGENT_MIRROR_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#define MIRROR_NONE 0xffffffffu /* no slot */

/* Every element begins with it. */
struct mirror_element {
	__u32 next; /* slot of the next one in its bucket, or of the next free one */
	__u32 hash;
	bool used : 1; /* the slot is not free */
	bool wanted : 1;
	bool present : 1; /* the kernel has its key */
	bool current : 1; /* and with it what the element says */
	bool queued : 1; /* it is on the list of work */
	bool seen : 1; /* in the snapshot that is being taken over */
};

struct mirror_table {
	char *elements;
	size_t size; /* of an element */
	size_t count; /* slots, free ones included */
	size_t capacity;
	size_t used; /* slots that are not free */
	size_t present; /* elements that the kernel has */
	__u32 free; /* the first free slot, or MIRROR_NONE */
	__u32 *buckets; /* the first slot of each, or MIRROR_NONE */
	size_t bucket_count;
	size_t bucket_capacity;
	__u32 *work; /* slots */
	size_t work_count;
	size_t work_capacity;
};

/* Makes an empty table of elements of this size. */
void mirror_table_init(struct mirror_table *table, size_t size);

/* Makes room in an empty table, so that so many elements are added sooner. -ENOMEM. */
int mirror_table_reserve(struct mirror_table *table, size_t count);

/* Frees the table; what its elements point to is the caller's. Safe on a zeroed struct. */
void mirror_table_clear(struct mirror_table *table);

/* The element of a slot; it moves when another one is added. */
static inline void *mirror_table_get(const struct mirror_table *table, __u32 slot)
{
	return table->elements + slot * table->size;
}

/* The slots of the elements with this hash, one after the other; MIRROR_NONE after the last. */
__u32 mirror_table_first(const struct mirror_table *table, __u32 hash);
__u32 mirror_table_next(const struct mirror_table *table, __u32 slot);

/* Adds an element, zeroed but for its head. -ENOMEM. */
int mirror_table_add(struct mirror_table *table, __u32 hash, __u32 *slot);

/* Frees the slot. It must not be on the list of work. */
void mirror_table_remove(struct mirror_table *table, __u32 slot);

/* Puts the element on the list of work unless it is there. -ENOMEM. */
int mirror_table_queue(struct mirror_table *table, __u32 slot);

#endif
