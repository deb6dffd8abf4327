// SPDX-License-Identifier: Apache-2.0
#include "user/lib/maps.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* What this program takes the elements for; the ring buffer has none. */
static const struct {
	__u32 key;
	__u32 value;
} sizes[PINS_MAP_COUNT] = {
	[PINS_FRONTENDS] = {sizeof(struct shunt_endpoint), sizeof(struct shunt_frontend)},
	[PINS_OVERRIDES] = {sizeof(struct shunt_override_key), sizeof(struct shunt_override)},
	[PINS_STAGED] = {sizeof(struct shunt_override_key), sizeof(struct shunt_override)},
	[PINS_OFFLOADED] = {sizeof(struct shunt_endpoint), sizeof(struct shunt_offloaded)},
	[PINS_SERVICES] = {sizeof(__u32), sizeof(struct shunt_service)},
	[PINS_FLOWS] = {sizeof(struct shunt_connection), sizeof(struct shunt_flow)},
	[PINS_FRAMING] = {sizeof(struct shunt_connection), sizeof(struct shunt_framing)},
	[PINS_HELD] = {sizeof(struct shunt_connection), sizeof(struct shunt_held)},
	[PINS_LEGS] = {sizeof(struct shunt_connection), sizeof(struct shunt_leg_owner)},
	[PINS_MOVED] = {sizeof(__u32), sizeof(__u32)},
	[PINS_LINKS] = {sizeof(__u32), sizeof(struct shunt_link)},
	[PINS_PODS] = {sizeof(__u32), sizeof(struct shunt_pod)},
	[PINS_CLOSING] = {0, sizeof(struct shunt_closing)},
	[PINS_CLOCK] = {sizeof(__u32), sizeof(struct shunt_clock)},
	[PINS_SETTINGS] = {sizeof(__u32), sizeof(struct shunt_settings)},
	[PINS_MARKERS] = {sizeof(__u32), sizeof(struct shunt_markers)},
	[PINS_KEYS] = {sizeof(__u32), sizeof(struct shunt_keys)},
	[PINS_SOURCES] = {sizeof(struct shunt_prefix), sizeof(struct shunt_source)},
	[PINS_FENCE_ALLOWED] = {sizeof(struct shunt_prefix), sizeof(struct shunt_allowed)},
	[PINS_STEERED] = {sizeof(struct shunt_endpoint), sizeof(struct shunt_steer)},
	[PINS_DIALLED] = {sizeof(int), sizeof(struct shunt_endpoint)},
	[PINS_TRACING] = {sizeof(__u32), sizeof(struct shunt_tracing)},
	[PINS_STATS] = {sizeof(__u32), sizeof(__u64)},
	[PINS_OVERRIDE_STATS] = {sizeof(__u32), sizeof(struct shunt_override_stats)},
	[PINS_SERVICE_STATS] = {sizeof(__u32), sizeof(struct shunt_service_stats)},
	[PINS_HANDSHAKES] = {sizeof(__u32), sizeof(struct shunt_handshakes)},
	[PINS_CALLERS] = {sizeof(__u32), sizeof(struct shunt_caller)},
	[PINS_PROPAGATION] = {sizeof(__u32), sizeof(struct shunt_propagation)},
};

static int get_info(int fd, struct bpf_map_info *info)
{
	__u32 length = sizeof(*info);

	*info = (struct bpf_map_info){0};
	return bpf_obj_get_info_by_fd(fd, info, &length);
}

static bool is_expected(enum pins_map map, const struct bpf_map_info *info)
{
	if (map == PINS_STATS && info->max_entries != SHUNT_REASONS_MAX)
		return false;
	return info->key_size == sizes[map].key && info->value_size == sizes[map].value;
}

static int open_map(const char *directory, enum pins_map map)
{
	struct bpf_map_info info;
	char path[PATH_MAX];
	int error, fd;

	error = pins_map_path(directory, map, path, sizeof(path));
	fd = error ? error : bpf_obj_get(path);
	if (fd < 0)
		return fd;
	error = get_info(fd, &info);
	if (!error && !is_expected(map, &info))
		error = -ESTALE;
	if (!error)
		return fd;
	close(fd);
	return error;
}

int maps_open(const char *directory, struct maps *maps, const char **failed)
{
	struct maps opened;
	int error;

	for (unsigned int i = 0; i < PINS_MAP_COUNT; i++) {
		opened.fds[i] = open_map(directory, i);
		if (opened.fds[i] < 0) {
			*failed = pins_map_names[i];
			error = opened.fds[i];
			while (i)
				close(opened.fds[--i]);
			return error;
		}
	}
	*maps = opened;
	return 0;
}

void maps_close(struct maps *maps)
{
	if (!maps)
		return;
	for (unsigned int i = 0; i < PINS_MAP_COUNT; i++)
		close(maps->fds[i]);
}

int maps_capacity(int fd, __u32 *capacity)
{
	struct bpf_map_info info;
	int error = get_info(fd, &info);

	if (!error)
		*capacity = info.max_entries;
	return error;
}

void maps_add_up(const void *value, __u64 *sums, size_t count)
{
	const __u64 *numbers = value;
	int cpus = libbpf_num_possible_cpus();

	memset(sums, 0, count * sizeof(*sums));
	for (int cpu = 0; cpu < cpus; cpu++)
		for (size_t i = 0; i < count; i++)
			sums[i] += *numbers++;
}

int maps_sum(int fd, const void *key, __u64 *sums, size_t count)
{
	__u64 *value;
	int error;

	value = calloc((size_t)libbpf_num_possible_cpus() * count, sizeof(*value));
	if (!value)
		return -ENOMEM;
	error = bpf_map_lookup_elem(fd, key, value);
	if (!error)
		maps_add_up(value, sums, count);
	free(value);
	return error;
}

int maps_read_stats(const struct maps *maps, __u64 counts[SHUNT_REASON_COUNT])
{
	__u64 read[SHUNT_REASON_COUNT];
	int error = 0;

	for (__u32 i = 0; !error && i < SHUNT_REASON_COUNT; i++)
		error = maps_sum(maps->fds[PINS_STATS], &i, &read[i], 1);
	if (!error)
		memcpy(counts, read, sizeof(read));
	return error;
}

int maps_read_settings(const struct maps *maps, struct shunt_settings *settings)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(maps->fds[PINS_SETTINGS], &zero, settings);
}

int maps_read_markers(const struct maps *maps, struct shunt_markers *markers)
{
	struct shunt_settings settings;
	int error;

	error = maps_read_settings(maps, &settings);
	return error ? error
		     : bpf_map_lookup_elem(maps->fds[PINS_MARKERS], &settings.markers, markers);
}

int maps_read_keys(const struct maps *maps, struct shunt_keys *keys)
{
	struct shunt_settings settings;
	int error;

	error = maps_read_settings(maps, &settings);
	return error ? error : bpf_map_lookup_elem(maps->fds[PINS_KEYS], &settings.keys, keys);
}

int maps_read_epoch(const struct maps *maps, __u32 *epoch)
{
	struct shunt_keys keys;
	int error;

	error = maps_read_keys(maps, &keys);
	if (!error)
		*epoch = keys.current;
	explicit_bzero(&keys, sizeof(keys));
	return error;
}

const char *maps_service_name(const struct maps *maps, __u32 service,
			      char text[SHUNT_SERVICE_NAME_MAX + 1])
{
	struct shunt_service found;

	if (bpf_map_lookup_elem(maps->fds[PINS_SERVICES], &service, &found) == 0 && found.name[0])
		snprintf(text, SHUNT_SERVICE_NAME_MAX + 1, "%.*s", SHUNT_SERVICE_NAME_MAX,
			 found.name);
	else
		snprintf(text, SHUNT_SERVICE_NAME_MAX + 1, "service %u", service);
	return text;
}
