/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's tables in memory, for tests of what writes them. After each element that is written
 * or removed it is checked that no request could see half a change.
 */
#ifndef SHUNT_TESTS_UNIT_FAKE_MAPS_H
#define SHUNT_TESTS_UNIT_FAKE_MAPS_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/agent/backend.h"

#define FAKE_ELEMENTS 1024

struct fake_map {
	size_t key_size;
	size_t value_size;
	size_t capacity;
	size_t count;
	char *keys[FAKE_ELEMENTS];
	char *values[FAKE_ELEMENTS];
};

struct fake_maps {
	struct fake_map maps[PINS_MAP_COUNT];
	size_t writes;
	size_t removals;
	__u32 flags; /* of settings */
	__u32 generation; /* likewise */
	struct shunt_keys keys;
	/* Called after every write and removal; NULL: nothing else is checked. */
	void (*check)(const struct fake_maps *fake, void *argument);
	void *check_argument;
};

static inline void fake_init(struct fake_maps *fake)
{
	static const struct {
		enum pins_map map;
		size_t key_size;
		size_t value_size;
	} sizes[] = {
		{PINS_SERVICES, sizeof(__u32), sizeof(struct shunt_service)},
		{PINS_FRONTENDS, sizeof(struct shunt_endpoint), sizeof(struct shunt_frontend)},
		{PINS_OFFLOADED, sizeof(struct shunt_endpoint), sizeof(struct shunt_offloaded)},
		{PINS_OVERRIDES, sizeof(struct shunt_override_key), sizeof(struct shunt_override)},
		{PINS_STAGED, sizeof(struct shunt_override_key), sizeof(struct shunt_override)},
		{PINS_FLOWS, sizeof(struct shunt_connection), sizeof(struct shunt_flow)},
		{PINS_OVERRIDE_STATS, sizeof(__u32), sizeof(struct shunt_override_stats)},
		{PINS_SERVICE_STATS, sizeof(__u32), sizeof(struct shunt_service_stats)},
		{PINS_PROPAGATION, sizeof(__u32), sizeof(struct shunt_propagation)},
		{PINS_SOURCES, sizeof(struct shunt_prefix), sizeof(struct shunt_source)},
		{PINS_FENCE_ALLOWED, sizeof(struct shunt_prefix), sizeof(struct shunt_allowed)},
		{PINS_STEERED, sizeof(struct shunt_endpoint), sizeof(struct shunt_steer)},
	};

	*fake = (struct fake_maps){0};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fake->maps[sizes[i].map].key_size = sizes[i].key_size;
		fake->maps[sizes[i].map].value_size = sizes[i].value_size;
		fake->maps[sizes[i].map].capacity = FAKE_ELEMENTS;
	}
}

static inline void fake_clear(struct fake_maps *fake)
{
	for (size_t map = 0; map < PINS_MAP_COUNT; map++)
		for (size_t i = 0; i < fake->maps[map].count; i++) {
			free(fake->maps[map].keys[i]);
			free(fake->maps[map].values[i]);
		}
}

static inline size_t fake_index(const struct fake_map *map, const void *key)
{
	size_t i = 0;

	while (i < map->count && memcmp(map->keys[i], key, map->key_size) != 0)
		i++;
	return i;
}

/* The value of a key, or NULL. */
static inline void *fake_find(const struct fake_maps *fake, enum pins_map map, const void *key)
{
	size_t i = fake_index(&fake->maps[map], key);

	return i < fake->maps[map].count ? fake->maps[map].values[i] : NULL;
}

static inline int fake_put(struct fake_maps *fake, enum pins_map id, const void *key,
			   const void *value)
{
	struct fake_map *map = &fake->maps[id];
	size_t i = fake_index(map, key);

	if (i == map->count) {
		if (map->count == map->capacity)
			return -E2BIG;
		map->keys[i] = memcpy(malloc(map->key_size), key, map->key_size);
		map->values[i] = malloc(map->value_size);
		map->count++;
	}
	memcpy(map->values[i], value, map->value_size);
	return 0;
}

static inline int fake_drop(struct fake_maps *fake, enum pins_map id, const void *key)
{
	struct fake_map *map = &fake->maps[id];
	size_t i = fake_index(map, key);

	if (i == map->count)
		return -ENOENT;
	free(map->keys[i]);
	free(map->values[i]);
	map->count--;
	map->keys[i] = map->keys[map->count];
	map->values[i] = map->values[map->count];
	return 0;
}

static inline void fake_check_override(const struct fake_maps *fake,
				       const struct shunt_override *override)
{
	const struct fake_map *frontends = &fake->maps[PINS_FRONTENDS];

	for (int i = 0; i < override->endpoint_count; i++) {
		const struct shunt_offloaded *target =
			fake_find(fake, PINS_OFFLOADED, &override->endpoints[i]);

		assert_non_null(target);
		assert_int_equal(target->flags, SHUNT_OFFLOADED_TARGET);
	}
	for (size_t i = 0; i < frontends->count; i++) {
		const struct shunt_frontend *frontend = (void *)frontends->values[i];

		if (frontend->service == override->service)
			assert_true(frontend->flags & SHUNT_FRONTEND_TRACKED);
	}
}

/* What refers to something finds it; the frontends of what is overridden are looked at. */
static inline void fake_check(const struct fake_maps *fake)
{
	static const enum pins_map referring[] = {PINS_FRONTENDS, PINS_OFFLOADED};

	for (size_t map = 0; map < 2; map++)
		for (size_t i = 0; i < fake->maps[referring[map]].count; i++)
			/* The service's id comes first in both. */
			assert_non_null(fake_find(fake, PINS_SERVICES,
						  fake->maps[referring[map]].values[i]));
	for (size_t i = 0; i < fake->maps[PINS_OVERRIDES].count; i++) {
		const struct shunt_override_key *key = (void *)fake->maps[PINS_OVERRIDES].keys[i];
		const struct shunt_override *override =
			(void *)fake->maps[PINS_OVERRIDES].values[i];

		assert_int_equal(key->service, override->service);
		assert_non_null(fake_find(fake, PINS_SERVICES, &key->service));
		fake_check_override(fake, override);
	}
	if (fake->check)
		fake->check(fake, fake->check_argument);
}

static inline int fake_update(void *context, enum pins_map map, const void *keys,
			      const void *values, __u32 *count)
{
	struct fake_maps *fake = context;
	__u32 wanted = *count;
	int error;

	for (*count = 0; *count < wanted; ++*count) {
		error = fake_put(fake, map, (const char *)keys + *count * fake->maps[map].key_size,
				 (const char *)values + *count * fake->maps[map].value_size);
		if (error)
			return error;
		fake->writes += map != PINS_STAGED;
		fake_check(fake);
	}
	return 0;
}

static inline int fake_remove(void *context, enum pins_map map, const void *keys, __u32 *count)
{
	struct fake_maps *fake = context;
	__u32 wanted = *count;
	int error;

	for (*count = 0; *count < wanted; ++*count) {
		error = fake_drop(fake, map,
				  (const char *)keys + *count * fake->maps[map].key_size);
		if (error)
			return error;
		fake->removals += map != PINS_STAGED;
		fake_check(fake);
	}
	return 0;
}

static inline int fake_each(void *context, enum pins_map id, maps_visit visit, void *argument)
{
	const struct fake_maps *fake = context;
	const struct fake_map *map = &fake->maps[id];
	int stopped = 0;

	for (size_t i = 0; !stopped && i < map->count; i++)
		stopped = visit(argument, map->keys[i], map->values[i]);
	return stopped;
}

static inline int fake_set_flags(void *context, __u32 flags)
{
	struct fake_maps *fake = context;

	fake->flags = (fake->flags & SHUNT_SETTINGS_STAGED) | flags;
	fake_check(fake);
	return 0;
}

static inline int fake_get_stage(void *context, bool *in_force, __u32 *number)
{
	const struct fake_maps *fake = context;

	*in_force = fake->flags & SHUNT_SETTINGS_STAGED;
	*number = fake->generation + 1;
	return 0;
}

static inline int fake_set_stage(void *context, bool in_force)
{
	struct fake_maps *fake = context;

	fake->flags &= ~SHUNT_SETTINGS_STAGED;
	if (in_force)
		fake->flags |= SHUNT_SETTINGS_STAGED;
	fake_check(fake);
	return 0;
}

static inline int fake_set_keys(void *context, const struct shunt_keys *keys, bool *changed)
{
	struct fake_maps *fake = context;

	*changed = memcmp(&fake->keys, keys, sizeof(*keys)) != 0;
	fake->keys = *keys;
	return 0;
}

static inline struct backend fake_backend(struct fake_maps *fake)
{
	return (struct backend){
		.context = fake,
		.update = fake_update,
		.remove = fake_remove,
		.each = fake_each,
		.set_keys = fake_set_keys,
		.set_flags = fake_set_flags,
		.get_stage = fake_get_stage,
		.set_stage = fake_set_stage,
	};
}

#endif
