/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A publisher, tables that are its snapshot, and agents that take its stream without a network.
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

/* One that takes the stream, and keeps its table over several of them. */
struct agent {
	char node[16];
	char instance[SYNC_INSTANCE_MAX + 1]; /* empty: none yet */
	uint64_t generation, revision;
	struct table table;
	struct publisher_session *session; /* NULL: not connected */
	struct sync_reader *reader;
	size_t hellos, snapshots, changes, heartbeats;
};

static inline int agent_hello(void *argument, const struct sync_hello *hello)
{
	struct agent *agent = argument;

	agent->hellos++;
	snprintf(agent->instance, sizeof(agent->instance), "%s", hello->instance);
	return 0;
}

static inline int agent_generation(void *argument, struct changes *changes,
				   const struct sync_done *done)
{
	struct agent *agent = argument;

	if (changes->snapshot) {
		memset(&agent->table, 0, sizeof(agent->table));
		agent->snapshots++;
	} else {
		/* Nothing is left out in between. */
		assert_int_equal(done->generation, agent->generation + 1);
		agent->changes++;
	}
	for (size_t i = 0; i < changes->override_count; i++) {
		const struct change_override *override = &changes->overrides[i];
		size_t key = strtoul(override->context + 2, NULL, 10);

		assert_true(key < WORLD_KEYS);
		agent->table.values[key] =
			override->endpoint_count ? (unsigned char) override->endpoints[0].port : 0;
	}
	agent->generation = done->generation;
	agent->revision = done->revision;
	return 0;
}

static inline int agent_heartbeat(void *argument, uint64_t generation, uint64_t time_ms)
{
	struct agent *agent = argument;

	assert_int_equal(generation, agent->generation);
	assert_true(time_ms > 0);
	agent->heartbeats++;
	return 0;
}

static const struct sync_reader_events agent_events = {agent_hello, agent_generation,
						       agent_heartbeat};

static inline void agent_connect(struct agent *agent, struct publisher *publisher)
{
	assert_null(agent->session);
	assert_int_equal(publisher_session_open(publisher, agent->node,
						*agent->instance ? agent->instance : NULL,
						agent->generation, &agent->session),
			 0);
	agent->reader = sync_reader_new(&agent_events, agent);
	assert_non_null(agent->reader);
}

static inline void agent_disconnect(struct agent *agent)
{
	if (!agent->session)
		return;
	publisher_session_close(agent->session);
	sync_reader_free(agent->reader);
	agent->session = NULL;
	agent->reader = NULL;
}

/* Takes up to size bytes; what publisher_session_read() returned. */
static inline ssize_t agent_take(struct agent *agent, size_t size)
{
	char *buffer = malloc(size);
	ssize_t length;

	assert_non_null(buffer);
	length = publisher_session_read(agent->session, buffer, size);
	if (length > 0 && sync_reader_feed(agent->reader, buffer, (size_t)length))
		fail_msg("%s: %s", agent->node, sync_reader_problem(agent->reader));
	free(buffer);
	return length;
}

/* Takes all there is; false where the stream has ended. */
static inline bool agent_drain(struct agent *agent)
{
	ssize_t length;

	do {
		length = agent_take(agent, 100);
	} while (length > 0);
	return length == 0;
}

/* Tells the publisher what the agent has. */
static inline void agent_report(struct agent *agent, struct publisher *publisher)
{
	Shunt__V1__SyncReport report = SHUNT__V1__SYNC_REPORT__INIT;
	const char *problem;
	uint8_t bytes[512];

	report.node = agent->node;
	report.instance = agent->instance;
	report.generation = agent->generation;
	report.revision = agent->revision;
	report.applied_at_ms = 1000;
	report.version = (char *)"1.2.3";
	assert_true(shunt__v1__sync_report__get_packed_size(&report) <= sizeof(bytes));
	assert_int_equal(publisher_report_take(publisher, bytes,
					       shunt__v1__sync_report__pack(&report, bytes), NULL,
					       &problem),
			 0);
}

#endif
