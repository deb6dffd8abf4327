/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A publisher, and tables that are its snapshot.
 * The tables are overrides of WORLD_KEYS contexts; each has a value, 0 where it is not there.
 */
#ifndef SHUNT_TESTS_UNIT_PUBLISHER_WORLD_H
#define SHUNT_TESTS_UNIT_PUBLISHER_WORLD_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "proto/sync.pb-c.h"
#include "sync_sample.h"
#include "user/lib/clock.h"
#include "user/manager/publisher_state.h"

#define WORLD_KEYS 40
#define WORLD_LIMIT_MS 10000
#define WORLD_SERVICE "shop/users:http"

struct table {
	unsigned char values[WORLD_KEYS];
};

struct world {
	uv_loop_t loop;
	struct publisher *publisher;
	struct table table;
	uint64_t revision;
	size_t snapshots; /* that were asked for */
	json_t *shared; /* last */
	size_t shares;
	char used[64]; /* context, service and requests of the last use */
	int snapshot_error; /* what the next snapshots end with */
};

static inline void world_add(struct changes *changes, size_t key, unsigned char value)
{
	struct shunt_endpoint *endpoint = arena_alloc(&changes->arena, sizeof(*endpoint));
	char name[16], *copy;

	snprintf(name, sizeof(name), "c-%zu", key);
	copy = arena_copy(&changes->arena, name, strlen(name));
	assert_true(endpoint && copy);
	*endpoint = sample_endpoint("10.0.0.1:80");
	endpoint->port = value;
	assert_int_equal(
		changes_add_override(changes, &(struct change_override){.context = copy,
									.service = WORLD_SERVICE,
									.endpoints = endpoint,
									.endpoint_count = !!value}),
		0);
}

static inline int world_snapshot(void *argument, struct changes *changes)
{
	struct world *world = argument;

	world->snapshots++;
	changes->snapshot = true;
	for (size_t key = 0; key < WORLD_KEYS; key++) {
		if (world->table.values[key])
			world_add(changes, key, world->table.values[key]);
	}
	return world->snapshot_error;
}

static inline void world_used(void *argument, const char *context, const char *service,
			      uint64_t requests)
{
	struct world *world = argument;

	snprintf(world->used, sizeof(world->used), "%s %s %llu", context, service,
		 (unsigned long long)requests);
}

static inline void world_share(void *argument, json_t *nodes)
{
	struct world *world = argument;

	json_decref(world->shared);
	world->shared = json_deep_copy(nodes);
	world->shares++;
}

static inline void world_start(struct world *world, const char *instance, unsigned int heartbeat_ms,
			       size_t log_bytes)
{
	const struct publisher_options options = {
		.instance = instance,
		.heartbeat_ms = heartbeat_ms,
		.log_bytes = log_bytes,
		.snapshot = world_snapshot,
		.used = world_used,
		.share = world_share,
		.argument = world,
	};

	*world = (struct world){0};
	assert_int_equal(uv_loop_init(&world->loop), 0);
	assert_int_equal(publisher_start(&world->loop, &options, &world->publisher), 0);
}

static inline void world_stop(struct world *world)
{
	publisher_stop(world->publisher);
	uv_run(&world->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&world->loop), 0);
	json_decref(world->shared);
}

/* Turns the loop while *value is below; false where that takes too long. */
static inline bool world_until(struct world *world, const size_t *value, size_t least)
{
	__u64 end = clock_monotonic() + WORLD_LIMIT_MS * 1000000ull;

	while (*value < least && clock_monotonic() < end)
		uv_run(&world->loop, UV_RUN_ONCE);
	return *value >= least;
}

/* Gives a key a value, and publishes that. */
static inline void world_set(struct world *world, size_t key, unsigned char value)
{
	struct changes changes = {0};

	world->table.values[key] = value;
	world_add(&changes, key, value);
	assert_int_equal(publisher_publish(world->publisher, &changes, ++world->revision), 0);
	changes_clear(&changes);
}

/* Publishes all there is. */
static inline void world_set_all(struct world *world)
{
	struct changes changes = {0};

	assert_int_equal(world_snapshot(world, &changes), 0);
	world->snapshots--;
	assert_int_equal(publisher_publish(world->publisher, &changes, ++world->revision), 0);
	changes_clear(&changes);
}

/* What waits have said. */
struct waited {
	size_t calls;
	bool applied;
};

static inline void on_waited(void *argument, bool applied)
{
	struct waited *waited = argument;

	waited->calls++;
	waited->applied = applied;
}

/* A node by its name; borrowed from *nodes, which is to be let go of. */
static inline json_t *node_of(struct world *from, const char *name, json_t **nodes)
{
	json_t *node, *found = NULL;
	size_t i;

	*nodes = publisher_nodes(from->publisher);
	assert_non_null(*nodes);
	json_array_foreach(*nodes, i, node)
	{
		if (!strcmp(json_string_value(json_object_get(node, "name")), name))
			found = node;
	}
	return found;
}

static inline bool is_live(struct world *from, const char *name)
{
	json_t *nodes, *node = node_of(from, name, &nodes);
	bool live = json_is_true(json_object_get(node, "live"));

	json_decref(nodes);
	return live;
}

#endif
