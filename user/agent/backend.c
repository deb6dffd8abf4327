// SPDX-License-Identifier: Apache-2.0
#include "user/agent/backend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "user/agent/kernel.h"

static int update(void *context, enum pins_map map, const void *keys, const void *values,
		  __u32 *count)
{
	const struct kernel *kernel = context;

	return bpf_map_update_batch(kernel->maps.fds[map], keys, values, count, NULL);
}

static int clear_element(int fd, const void *key)
{
	struct shunt_service_stats *zero;
	int error;

	zero = calloc((size_t)libbpf_num_possible_cpus(), sizeof(*zero));
	if (!zero)
		return -ENOMEM;
	error = bpf_map_update_elem(fd, key, zero, BPF_EXIST);
	free(zero);
	return error;
}

static int remove_elements(void *context, enum pins_map map, const void *keys, __u32 *count)
{
	const struct kernel *kernel = context;

	if (map == PINS_SERVICE_STATS)
		return clear_element(kernel->maps.fds[map], keys);
	return bpf_map_delete_batch(kernel->maps.fds[map], keys, count, NULL);
}

static int each(void *context, enum pins_map map, maps_visit visit, void *argument)
{
	const struct kernel *kernel = context;

	/* Flows change while they are read: their lock keeps a value whole. */
	return maps_each(kernel->maps.fds[map], map == PINS_FLOWS ? BPF_F_LOCK : 0, visit,
			 argument);
}

static int set_markers(void *context, const struct shunt_markers *markers, bool *changed)
{
	const struct kernel *kernel = context;
	struct shunt_markers present;
	int error;

	error = maps_read_markers(&kernel->maps, &present);
	if (error)
		return error;
	*changed = memcmp(&present, markers, sizeof(present)) != 0;
	return *changed ? kernel_set_markers(kernel, markers) : 0;
}

static int set_keys(void *context, const struct shunt_keys *keys, bool *changed)
{
	const struct kernel *kernel = context;
	struct shunt_keys present;
	int error;

	error = maps_read_keys(&kernel->maps, &present);
	if (error)
		return error;
	*changed = memcmp(&present, keys, sizeof(present)) != 0;
	return *changed ? kernel_set_keys(kernel, keys) : 0;
}

static int set_flags(void *context, __u32 flags)
{
	return kernel_set_flags(context, SHUNT_SETTINGS_SOURCES, flags);
}

static int get_stage(void *context, bool *in_force, __u32 *number)
{
	const struct kernel *kernel = context;
	struct shunt_settings settings;
	int error;

	error = maps_read_settings(&kernel->maps, &settings);
	if (error)
		return error;
	*in_force = settings.flags & SHUNT_SETTINGS_STAGED;
	*number = (__u32)settings.generation + 1;
	return 0;
}

static int set_stage(void *context, bool in_force)
{
	__u32 staged = SHUNT_SETTINGS_STAGED;

	return kernel_set_flags(context, staged, in_force ? staged : 0);
}

static int finish(void *context, __u64 *generation)
{
	const struct kernel *kernel = context;
	struct shunt_settings settings;
	int error;

	error = maps_read_settings(&kernel->maps, &settings);
	if (!error)
		error = kernel_set_generation(kernel, settings.generation + 1, (__u64)time(NULL));
	if (!error)
		*generation = settings.generation + 1;
	return error;
}

struct backend backend_for_kernel(const struct kernel *kernel)
{
	return (struct backend){
		.context = (void *)kernel,
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
