// SPDX-License-Identifier: Apache-2.0
#include "user/lib/maps.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define BATCH 256

static size_t value_size(const struct bpf_map_info *info)
{
	if (info->type != BPF_MAP_TYPE_PERCPU_HASH && info->type != BPF_MAP_TYPE_PERCPU_ARRAY)
		return info->value_size;
	return (info->value_size + 7) / 8 * 8 * (size_t)libbpf_num_possible_cpus();
}

/* A walk in batches. The token says where the next one starts. */
struct walk {
	int fd;
	__u64 flags;
	size_t key_size;
	size_t value_size;
	__u32 capacity;
	char *keys;
	char *values;
	char *token;
	bool started;
};

static void walk_clear(struct walk *walk)
{
	free(walk->keys);
	free(walk->values);
	free(walk->token);
}

static int walk_reserve(struct walk *walk, __u32 capacity)
{
	char *keys = realloc(walk->keys, capacity * walk->key_size);
	char *values = realloc(walk->values, capacity * walk->value_size);

	if (keys)
		walk->keys = keys;
	if (values)
		walk->values = values;
	if (!keys || !values)
		return -ENOMEM;
	walk->capacity = capacity;
	return 0;
}

/* Fills the batch. -ENOENT where it is the last one. */
static int walk_next(struct walk *walk, __u32 *count)
{
	DECLARE_LIBBPF_OPTS(bpf_map_batch_opts, options, .elem_flags = walk->flags);
	int error;

	for (;;) {
		*count = walk->capacity;
		error = bpf_map_lookup_batch(walk->fd, walk->started ? walk->token : NULL,
					     walk->token, walk->keys, walk->values, count,
					     &options);
		/* One bucket alone has more elements than the batch has room for. */
		if (error != -ENOSPC)
			break;
		error = walk_reserve(walk, walk->capacity * 2);
		if (error)
			break;
	}
	if (!error)
		walk->started = true;
	return error;
}

int maps_each(int fd, __u64 flags, maps_visit visit, void *argument)
{
	struct walk walk = {.fd = fd, .flags = flags};
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);
	int error, stopped = 0;
	__u32 count;

	error = bpf_obj_get_info_by_fd(fd, &info, &length);
	if (error)
		return error;
	walk.key_size = info.key_size;
	walk.value_size = value_size(&info);
	/* The kernel's token is a number of 4 bytes or a key. */
	walk.token = calloc(1, walk.key_size + sizeof(__u32));
	error = walk.token ? walk_reserve(&walk, BATCH) : -ENOMEM;
	while (!error && !stopped) {
		error = walk_next(&walk, &count);
		if (error && error != -ENOENT)
			break;
		for (__u32 i = 0; i < count && !stopped; i++)
			stopped = visit(argument, walk.keys + i * walk.key_size,
					walk.values + i * walk.value_size);
	}
	walk_clear(&walk);
	if (stopped)
		return stopped;
	return error == -ENOENT ? 0 : error;
}

static int add_one(void *argument, const void *key, const void *value)
{
	__u32 *count = argument;

	(void)key;
	(void)value;
	++*count;
	return 0;
}

int maps_count(int fd, __u32 *count)
{
	__u32 counted = 0;
	int error = maps_each(fd, 0, add_one, &counted);

	if (!error)
		*count = counted;
	return error;
}
