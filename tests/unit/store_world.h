/* SPDX-License-Identifier: Apache-2.0 */
/* A loop, a directory, stores in it, and what they told. For tests of any kind of store. */
#ifndef SHUNT_TESTS_UNIT_STORE_WORLD_H
#define SHUNT_TESTS_UNIT_STORE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <uv.h>
#include "user/lib/problems.h"
#include "user/manager/store.h"

#define LIMIT_MS 10000

struct world {
	uv_loop_t loop;
	char directory[64];
	char file[96];
};

/* What one store told. */
struct told {
	json_t *objects; /* name → object */
	json_t *shared; /* manager → nodes */
	uint64_t revision; /* of the last change, to see that they come in order */
	uint64_t settled_at;
	unsigned int settled, puts, removals;
};

/* How a call ended. */
struct outcome {
	unsigned int calls;
	int error;
	char problem[1100];
	json_t *object;
	uint64_t revision;
};

static inline void on_put(void *argument, json_t *object, uint64_t revision)
{
	struct told *told = argument;
	json_t *metadata = json_object_get(object, "metadata");
	char text[24];

	assert_true(revision > told->revision);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)revision);
	assert_string_equal(json_string_value(json_object_get(metadata, "resourceVersion")), text);
	told->revision = revision;
	told->puts++;
	json_object_set(told->objects, json_string_value(json_object_get(metadata, "name")),
			object);
}

static inline void on_removed(void *argument, const char *name, uint64_t revision)
{
	struct told *told = argument;

	assert_true(revision >= told->revision);
	told->revision = revision;
	told->removals++;
	assert_int_equal(json_object_del(told->objects, name), 0);
}

static inline void on_settled(void *argument, uint64_t revision)
{
	struct told *told = argument;

	assert_true(revision >= told->revision);
	told->settled++;
	told->settled_at = revision;
}

static inline void on_shared(void *argument, const char *manager, json_t *nodes)
{
	struct told *told = argument;

	if (nodes)
		json_object_set(told->shared, manager, nodes);
	else
		assert_int_equal(json_object_del(told->shared, manager), 0);
}

static inline struct store_events told_events(struct told *told)
{
	*told = (struct told){.objects = json_object(), .shared = json_object()};
	return (struct store_events){on_put, on_removed, on_settled, on_shared, told};
}

static inline void told_clear(struct told *told)
{
	json_decref(told->objects);
	json_decref(told->shared);
}

static inline void on_done(void *argument, const struct store_result *result)
{
	struct outcome *outcome = argument;

	assert_int_equal(result->error != 0, result->problem != NULL);
	outcome->calls++;
	outcome->error = result->error;
	outcome->revision = result->revision;
	snprintf(outcome->problem, sizeof(outcome->problem), "%s",
		 result->problem ? result->problem : "");
	json_decref(outcome->object);
	outcome->object = json_incref(result->object);
}

static inline void outcome_clear(struct outcome *outcome)
{
	json_decref(outcome->object);
	*outcome = (struct outcome){0};
}

static inline void world_start(struct world *world)
{
	strcpy(world->directory, "/tmp/shunt-store-XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	snprintf(world->file, sizeof(world->file), "%s/store.db", world->directory);
	assert_int_equal(uv_loop_init(&world->loop), 0);
}

static inline void world_stop(struct world *world)
{
	char command[128];

	assert_int_equal(uv_run(&world->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&world->loop), 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", world->directory);
	assert_int_equal(system(command), 0);
}

static inline void on_tick(uv_timer_t *timer)
{
	++*(unsigned int *)timer->data;
}

/*
 * Runs the loop until condition; fails after LIMIT_MS. It ticks: a turn of the loop that runs timers
 * would wait for the next one before condition is looked at.
 */
#define world_wait(world, condition)                                           \
	do {                                                                   \
		uint64_t end_ = uv_hrtime() + LIMIT_MS * 1000000ULL;           \
		unsigned int ticks_ = 0;                                       \
		uv_timer_t timer_ = {.data = &ticks_};                         \
                                                                               \
		uv_timer_init(&(world)->loop, &timer_);                        \
		uv_timer_start(&timer_, on_tick, 0, 1);                        \
		while (!(condition)) {                                         \
			if (uv_hrtime() > end_)                                \
				fail_msg("waited in vain for %s", #condition); \
			uv_run(&(world)->loop, UV_RUN_ONCE);                   \
		}                                                              \
		uv_close((uv_handle_t *)&timer_, NULL);                        \
		uv_run(&(world)->loop, UV_RUN_NOWAIT);                         \
	} while (0)

/* A Context; JSON with ' for ". To be freed by json_decref(). */
static inline json_t *context(const char *name, const char *spec)
{
	json_t *object;
	char *text, *at;

	assert_true(asprintf(&text,
			     "{'apiVersion': 'shunt.dev/v1alpha1', 'kind': 'Context', "
			     "'metadata': {'name': '%s'}, 'spec': %s}",
			     name, spec) > 0);
	for (at = text; (at = strchr(at, '\'')); at++)
		*at = '"';
	object = json_loads(text, 0, NULL);
	assert_non_null(object);
	free(text);
	return object;
}

static inline const char *metadata(json_t *object, const char *key)
{
	return json_string_value(json_object_get(json_object_get(object, "metadata"), key));
}

static inline long long generation(json_t *object)
{
	return json_integer_value(
		json_object_get(json_object_get(object, "metadata"), "generation"));
}

static const struct store_audit by_ana = {.actor = "ana", .action = "update", .detail = "a change"};

/* Puts and waits for the end of it. expected as of store_put(). */
static inline void put(struct world *world, struct store *store, struct outcome *outcome,
		       const char *name, const char *spec, const char *expected)
{
	json_t *object = context(name, spec);
	unsigned int calls = outcome->calls;

	store_put(store, object, expected, &by_ana, on_done, outcome);
	json_decref(object);
	world_wait(world, outcome->calls > calls);
}

static inline void put_well(struct world *world, struct store *store, const char *name,
			    const char *spec, const char *expected)
{
	struct outcome outcome = {0};

	put(world, store, &outcome, name, spec, expected);
	if (outcome.error)
		fail_msg("%s", outcome.problem);
	outcome_clear(&outcome);
}

#endif
