// SPDX-License-Identifier: Apache-2.0
#include "user/agent/pods.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include "user/agent/addresses.h"
#include "user/lib/array.h"

/* An element that the map has, or is to have. */
struct element {
	__u32 key;
	bool wanted;
	bool present;
	struct shunt_pod old;
	struct shunt_pod new;
};

struct update {
	struct address_set offloaded;
	struct element *elements;
	size_t count;
	size_t capacity;
};

static struct element *find_or_add(struct update *update, __u32 key)
{
	for (size_t i = 0; i < update->count; i++)
		if (update->elements[i].key == key)
			return &update->elements[i];
	if (array_grow(&update->elements, &update->capacity, update->count,
		       sizeof(*update->elements)))
		return NULL;
	update->elements[update->count] = (struct element){.key = key};
	return &update->elements[update->count++];
}

static int on_offloaded(void *argument, const void *key, const void *value)
{
	struct update *update = argument;
	struct shunt_endpoint endpoint;

	(void)value;
	memcpy(&endpoint, key, sizeof(endpoint));
	return address_set_add(&update->offloaded, &endpoint.address);
}

static int on_element(void *argument, const void *key, const void *value)
{
	struct element *element;
	__u32 number;

	memcpy(&number, key, sizeof(number));
	element = find_or_add(argument, number);
	if (!element)
		return -ENOMEM;
	element->present = true;
	memcpy(&element->old, value, sizeof(element->old));
	return 0;
}

/* Those of the pod's addresses that are in `offloaded`. Returns how many there are. */
static size_t choose(const struct address_set *offloaded, const struct address_set *own,
		     struct shunt_pod *pod)
{
	size_t count = 0;

	for (size_t i = 0; i < own->count && count < SHUNT_POD_ADDRESSES; i++)
		if (address_set_has(offloaded, &own->items[i]))
			pod->addresses[count++] = own->items[i];
	return count;
}

static int on_link(void *argument, __u32 key, __s32 netns_id)
{
	struct address_set own = {0};
	struct update *update = argument;
	struct shunt_pod pod = {0};
	struct element *element;
	int error = addresses_read_in(netns_id, &own);

	address_set_finish(&own);
	if (!error && choose(&update->offloaded, &own, &pod)) {
		element = find_or_add(update, key);
		error = element ? 0 : -ENOMEM;
		if (element) {
			element->wanted = true;
			element->new = pod;
		}
	}
	address_set_clear(&own);
	return error;
}

static int write_element(int fd, const struct element *element)
{
	int error;

	if (element->wanted) {
		if (element->present &&
		    memcmp(&element->old, &element->new, sizeof(element->new)) == 0)
			return 0;
		return bpf_map_update_elem(fd, &element->key, &element->new, BPF_ANY);
	}
	error = bpf_map_delete_elem(fd, &element->key);
	return error == -ENOENT ? 0 : error;
}

int pods_update(const struct attach *attach)
{
	const struct maps *maps = &attach->links.kernel->maps;
	struct update update = {0};
	int error, failed = 0;

	error = maps_each(maps->fds[PINS_OFFLOADED], 0, on_offloaded, &update);
	address_set_finish(&update.offloaded);
	if (!error)
		error = maps_each(maps->fds[PINS_PODS], 0, on_element, &update);
	/* Where nothing is offloaded, no namespace need be looked at. */
	if (!error && update.offloaded.count)
		error = attach_each(attach, on_link, &update);
	for (size_t i = 0; i < update.count && !error; i++) {
		int written = write_element(maps->fds[PINS_PODS], &update.elements[i]);

		failed = failed ? failed : written;
	}
	address_set_clear(&update.offloaded);
	free(update.elements);
	return error ? error : failed;
}
