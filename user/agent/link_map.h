/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map by interface index, brought to what it is to have: what is as it should be is not written, and
 * what should not be there goes. For few links: elements are looked for one after the other.
 */
#ifndef SHUNT_USER_AGENT_LINK_MAP_H
#define SHUNT_USER_AGENT_LINK_MAP_H

#include <stddef.h>
#include <linux/types.h>

#define LINK_MAP_VALUE_MAX 32

struct link_map_element;

struct link_map {
	int fd; /* of the map in the kernel */
	size_t size; /* of what is looked at of a value: its first bytes, at most LINK_MAP_VALUE_MAX */
	struct link_map_element *elements;
	size_t count;
	size_t capacity;
};

/* Writes an element with a value of which `size` bytes are at `value`. Returns 0 or -errno. */
typedef int (*link_map_write)(void *argument, int fd, __u32 link, const void *value);

/* Reads what the map has; the caller clears it, also after an error. -ENOMEM, or that of reading. */
int link_map_read(struct link_map *map, int fd, size_t size);

/* Has the map have a value for the link, of which `size` bytes are at `value`. -ENOMEM. */
int link_map_want(struct link_map *map, __u32 link, const void *value);

/* Writes and removes what differs, all of it also where some fails. Returns 0 or the first error. */
int link_map_apply(const struct link_map *map, link_map_write write, void *argument);

void link_map_clear(struct link_map *map);

#endif
