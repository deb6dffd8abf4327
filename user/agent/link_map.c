// SPDX-License-Identifier: Apache-2.0
#include "user/agent/link_map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include "user/lib/array.h"
#include "user/lib/maps.h"

struct link_map_element {
	__u32 link;
	bool present;
	bool wanted;
	unsigned char old[LINK_MAP_VALUE_MAX];
	unsigned char new[LINK_MAP_VALUE_MAX];
};

static struct link_map_element *find_or_add(struct link_map *map, __u32 link)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->elements[i].link == link)
			return &map->elements[i];
	if (array_grow(&map->elements, &map->capacity, map->count, sizeof(*map->elements)))
		return NULL;
	map->elements[map->count] = (struct link_map_element){.link = link};
	return &map->elements[map->count++];
}

static int on_element(void *argument, const void *key, const void *value)
{
	struct link_map *map = argument;
	struct link_map_element *element;
	__u32 link;

	memcpy(&link, key, sizeof(link));
	element = find_or_add(map, link);
	if (!element)
		return -ENOMEM;
	element->present = true;
	memcpy(element->old, value, map->size);
	return 0;
}

int link_map_read(struct link_map *map, int fd, size_t size)
{
	*map = (struct link_map){.fd = fd, .size = size};
	return maps_each(fd, 0, on_element, map);
}

int link_map_want(struct link_map *map, __u32 link, const void *value)
{
	struct link_map_element *element = find_or_add(map, link);

	if (!element)
		return -ENOMEM;
	element->wanted = true;
	memcpy(element->new, value, map->size);
	return 0;
}

static int apply(const struct link_map *map, const struct link_map_element *element,
		 link_map_write write, void *argument)
{
	int error;

	if (element->wanted) {
		if (element->present && memcmp(element->old, element->new, map->size) == 0)
			return 0;
		return write(argument, map->fd, element->link, element->new);
	}
	error = bpf_map_delete_elem(map->fd, &element->link);
	return error == -ENOENT ? 0 : error;
}

int link_map_apply(const struct link_map *map, link_map_write write, void *argument)
{
	int failed = 0;

	for (size_t i = 0; i < map->count; i++) {
		int error = apply(map, &map->elements[i], write, argument);

		failed = failed ? failed : error;
	}
	return failed;
}

void link_map_clear(struct link_map *map)
{
	free(map->elements);
	*map = (struct link_map){0};
}
