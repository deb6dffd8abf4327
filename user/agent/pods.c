// SPDX-License-Identifier: Apache-2.0
#include "user/agent/pods.h"

#include <string.h>
#include <bpf/bpf.h>
#include "user/agent/addresses.h"
#include "user/agent/link_map.h"

_Static_assert(sizeof(struct shunt_pod) <= LINK_MAP_VALUE_MAX, "all of it is compared");

struct update {
	struct address_set offloaded;
	struct link_map map;
};

static int on_offloaded(void *argument, const void *key, const void *value)
{
	struct update *update = argument;
	struct shunt_endpoint endpoint;

	(void)value;
	memcpy(&endpoint, key, sizeof(endpoint));
	return address_set_add(&update->offloaded, &endpoint.address);
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
	int error = addresses_read_in(netns_id, &own);

	address_set_finish(&own);
	if (!error && choose(&update->offloaded, &own, &pod))
		error = link_map_want(&update->map, key, &pod);
	address_set_clear(&own);
	return error;
}

static int write_pod(void *argument, int fd, __u32 link, const void *value)
{
	(void)argument;
	return bpf_map_update_elem(fd, &link, value, BPF_ANY);
}

int pods_update(const struct attach *attach)
{
	const struct maps *maps = &attach->links.kernel->maps;
	struct update update = {0};
	int error;

	error = maps_each(maps->fds[PINS_OFFLOADED], 0, on_offloaded, &update);
	address_set_finish(&update.offloaded);
	if (!error)
		error = link_map_read(&update.map, maps->fds[PINS_PODS], sizeof(struct shunt_pod));
	/* Where nothing is offloaded, no namespace need be looked at. */
	if (!error && update.offloaded.count)
		error = attach_each(attach, on_link, &update);
	if (!error)
		error = link_map_apply(&update.map, write_pod, NULL);
	address_set_clear(&update.offloaded);
	link_map_clear(&update.map);
	return error;
}
