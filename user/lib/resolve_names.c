// SPDX-License-Identifier: Apache-2.0
/* Objects of a kind by namespace and name: every override names a service, and many a pod. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "user/lib/resolve_state.h"

static const struct object_meta *meta_of(const struct resolve_names *names, size_t index)
{
	/* Every object begins with its object_meta. */
	return (const void *)(names->objects + index * names->size);
}

/* FNV-1a with a seed, since a stranger chooses names. */
static __u64 hash_text(__u64 hash, const char *text)
{
	do
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	while (*text++);
	return hash;
}

static size_t first_slot(const struct resolve_names *names, const char *namespace, const char *name)
{
	__u64 hash = hash_text(hash_text(names->seed, namespace), name);

	return (hash ^ hash >> 32) & names->mask;
}

int resolve_names_make(struct resolve_names *names, const void *objects, size_t count, size_t size)
{
	size_t slots = 2;

	while (slots < 2 * count)
		slots *= 2;
	*names = (struct resolve_names){.objects = objects, .size = size, .mask = slots - 1};
	names->slots = calloc(slots, sizeof(*names->slots));
	if (!names->slots)
		return -ENOMEM;
	if (getrandom(&names->seed, sizeof(names->seed), GRND_NONBLOCK) < 0)
		names->seed = 1;
	for (size_t i = 0; i < count; i++) {
		const struct object_meta *meta = meta_of(names, i);
		size_t slot = first_slot(names, meta->namespace, meta->name);

		while (names->slots[slot])
			slot = (slot + 1) & names->mask;
		names->slots[slot] = (__u32)i + 1;
	}
	return 0;
}

bool resolve_names_find(const struct resolve_names *names, const char *namespace, const char *name,
			size_t *index)
{
	size_t slot = first_slot(names, namespace, name);

	for (; names->slots[slot]; slot = (slot + 1) & names->mask) {
		const struct object_meta *meta = meta_of(names, names->slots[slot] - 1);

		if (strcmp(meta->name, name) == 0 && strcmp(meta->namespace, namespace) == 0) {
			*index = names->slots[slot] - 1;
			return true;
		}
	}
	return false;
}

void resolve_names_clear(struct resolve_names *names)
{
	free(names->slots);
	*names = (struct resolve_names){0};
}
