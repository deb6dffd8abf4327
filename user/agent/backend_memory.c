// SPDX-License-Identifier: Apache-2.0
#include "user/agent/backend.h"

#include <string.h>

static int update(void *context, enum pins_map map, const void *keys, const void *values,
		  __u32 *count)
{
	(void)context;
	(void)map;
	(void)keys;
	(void)values;
	(void)count;
	return 0;
}

static int remove_elements(void *context, enum pins_map map, const void *keys, __u32 *count)
{
	(void)context;
	(void)map;
	(void)keys;
	(void)count;
	return 0;
}

static int each(void *context, enum pins_map map, maps_visit visit, void *argument)
{
	(void)context;
	(void)map;
	(void)visit;
	(void)argument;
	return 0;
}

static int set_markers(void *context, const struct shunt_markers *markers, bool *changed)
{
	struct backend_memory *memory = context;

	*changed = memcmp(&memory->markers, markers, sizeof(*markers)) != 0;
	memory->markers = *markers;
	return 0;
}

static int set_keys(void *context, const struct shunt_keys *keys, bool *changed)
{
	struct backend_memory *memory = context;

	*changed = memcmp(&memory->keys, keys, sizeof(*keys)) != 0;
	memory->keys = *keys;
	return 0;
}

static int set_flags(void *context, __u32 flags)
{
	(void)context;
	(void)flags;
	return 0;
}

static int get_stage(void *context, bool *in_force, __u32 *number)
{
	const struct backend_memory *memory = context;

	*in_force = false;
	*number = (__u32)memory->generation + 1;
	return 0;
}

static int set_stage(void *context, bool in_force)
{
	(void)context;
	(void)in_force;
	return 0;
}

static int finish(void *context, __u64 *generation)
{
	struct backend_memory *memory = context;

	*generation = ++memory->generation;
	return 0;
}

struct backend backend_for_memory(struct backend_memory *memory)
{
	return (struct backend){
		.context = memory,
		.update = update,
		.remove = remove_elements,
		.each = each,
		.set_markers = set_markers,
		.set_keys = set_keys,
		.set_flags = set_flags,
		.get_stage = get_stage,
		.set_stage = set_stage,
		.finish = finish,
	};
}
