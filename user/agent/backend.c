// SPDX-License-Identifier: Apache-2.0
#include "user/agent/backend.h"

#include <errno.h>
#include <bpf/bpf.h>

static int update(void *context, enum pins_map map, const void *keys, const void *values,
		  __u32 *count)
{
	const struct maps *maps = context;

	return bpf_map_update_batch(maps->fds[map], keys, values, count, NULL);
}

static int remove_elements(void *context, enum pins_map map, const void *keys, __u32 *count)
{
	const struct maps *maps = context;

	return bpf_map_delete_batch(maps->fds[map], keys, count, NULL);
}

static int each(void *context, enum pins_map map, maps_visit visit, void *argument)
{
	const struct maps *maps = context;

	/* Flows change while they are read: their lock keeps a value whole. */
	return maps_each(maps->fds[map], map == PINS_FLOWS ? BPF_F_LOCK : 0, visit, argument);
}

struct backend backend_for_maps(const struct maps *maps)
{
	return (struct backend){
		.context = (void *)maps,
		.update = update,
		.remove = remove_elements,
		.each = each,
	};
}
