/* SPDX-License-Identifier: Apache-2.0 */
/* A catalog whose changes are applied to tables of an agent, kept as JSON by name. */
#ifndef SHUNT_TESTS_UNIT_CATALOG_WORLD_H
#define SHUNT_TESTS_UNIT_CATALOG_WORLD_H

#include "tests/unit/applied_changes.h"
#include "tests/unit/objects.h"
#include "user/manager/catalog.h"

#define TOLD_MAX 64

struct catalog_world {
	struct catalog *catalog;
	struct object_set sets[2]; /* the present one and the one before */
	size_t present;
	json_t *tables; /* "override m shop/pay:80" -> "10.1.0.1:80" */
	size_t changes; /* times that they were told */
	uint64_t revision; /* told last */
	bool empty; /* without any change, then */
	char told[TOLD_MAX][64]; /* whose status was told */
	size_t told_count;
};

static inline void world_changed(void *argument, const struct changes *changes, uint64_t revision)
{
	struct catalog_world *world = argument;

	assert_true(revision >= world->revision);
	assert_int_equal(changes->snapshot, !world->changes);
	assert_true(!changes_is_empty(changes) || revision > world->revision);
	world->changes++;
	world->revision = revision;
	world->empty = changes_is_empty(changes);
	apply_changes(world->tables, changes);
}

static inline void world_status(void *argument, const char *name)
{
	struct catalog_world *world = argument;

	if (world->told_count < TOLD_MAX)
		snprintf(world->told[world->told_count++], sizeof(world->told[0]), "%s", name);
}

static inline void world_start(struct catalog_world *world)
{
	struct catalog_events events = {
		.changed = world_changed, .status = world_status, .argument = world};

	*world = (struct catalog_world){.tables = json_object()};
	world->catalog = catalog_new(&events);
	assert_non_null(world->catalog);
}

static inline void world_stop(struct catalog_world *world)
{
	catalog_free(world->catalog);
	object_set_clear(&world->sets[0]);
	object_set_clear(&world->sets[1]);
	json_decref(world->tables);
}

/* Gives the catalog a set that is finished; the one before is freed. */
static inline void world_take_set(struct catalog_world *world, struct object_set *set)
{
	size_t other = 1 - world->present;

	world->sets[other] = *set;
	assert_int_equal(catalog_set_cluster(world->catalog, &world->sets[other]), 0);
	object_set_clear(&world->sets[world->present]);
	world->present = other;
}

static inline void world_cluster(struct catalog_world *world, const char *text)
{
	struct object_set set = {0};

	add_good_text(&set, text);
	finish(&set);
	world_take_set(world, &set);
}

static inline json_t *world_object(const char *text)
{
	json_error_t where;
	json_t *object = json_loads(text, 0, &where);

	if (!object)
		print_error("%s: %s\n", text, where.text);
	assert_non_null(object);
	return object;
}

static inline void world_put(struct catalog_world *world, const char *text, uint64_t revision)
{
	json_t *object = world_object(text);

	assert_int_equal(catalog_put(world->catalog, object, revision), 0);
	json_decref(object);
}

static inline void world_flush(struct catalog_world *world)
{
	assert_int_equal(catalog_flush(world->catalog), 0);
}

/* What an agent has for a key, or "". */
static inline const char *world_get(const struct catalog_world *world, const char *key)
{
	const char *value = json_string_value(json_object_get(world->tables, key));

	return value ? value : "";
}

/* The agent's tables are what a snapshot gives. */
static inline void world_check_snapshot(const struct catalog_world *world)
{
	struct changes changes = {0};
	json_t *tables = json_object();

	assert_int_equal(catalog_snapshot(world->catalog, &changes), 0);
	assert_true(changes.snapshot);
	apply_changes(tables, &changes);
	assert_true(json_equal(tables, world->tables));
	changes_clear(&changes);
	json_decref(tables);
}

static inline bool world_was_told(const struct catalog_world *world, const char *name)
{
	for (size_t i = 0; i < world->told_count; i++)
		if (strcmp(world->told[i], name) == 0)
			return true;
	return false;
}

/* The status as it is now; borrowed. */
static inline json_t *world_status_of(const struct catalog_world *world, const char *name)
{
	const struct catalog_context *context = catalog_find(world->catalog, name);

	assert_non_null(context);
	return catalog_status(world->catalog, context);
}

/* Writes the status of a context to its object, as a store does. */
static inline void world_store_status(struct catalog_world *world, const char *name,
				      uint64_t revision)
{
	const struct catalog_context *context = catalog_find(world->catalog, name);
	json_t *object = json_deep_copy(catalog_object(world->catalog, context));

	json_object_set(object, "status", catalog_status(world->catalog, context));
	assert_int_equal(catalog_put(world->catalog, object, revision), 0);
	json_decref(object);
	world_flush(world);
}

/* "Unresolved" and so on, of the override with this index. */
static inline const char *world_state(const struct catalog_world *world, const char *name,
				      size_t index)
{
	json_t *overrides = json_object_get(world_status_of(world, name), "overrides");

	return json_string_value(json_object_get(json_array_get(overrides, index), "state"));
}

static inline json_t *world_condition(const struct catalog_world *world, const char *name,
				      const char *type)
{
	json_t *conditions = json_object_get(world_status_of(world, name), "conditions");
	json_t *condition;
	size_t i;

	json_array_foreach(conditions, i, condition)
	{
		if (!strcmp(json_string_value(json_object_get(condition, "type")), type))
			return condition;
	}
	fail_msg("no condition %s", type);
	return NULL;
}

static inline const char *world_reason(const struct catalog_world *world, const char *name,
				       const char *type)
{
	return json_string_value(json_object_get(world_condition(world, name, type), "reason"));
}

#define WORLD_SERVICE(name, ip, ports)                                                            \
	"---\napiVersion: v1\nkind: Service\nmetadata: {name: " name ", namespace: shop}\nspec: " \
	"{clusterIP: " ip ", ports: [" ports "]}\n"
#define WORLD_POD(name, service, sha, ip, ready)                                                \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: " name ", namespace: shop, "          \
	"creationTimestamp: \"2026-01-02T03:04:05Z\", labels: {shunt.dev/offloaded: \"true\", " \
	"shunt.dev/service: " service ", shunt.dev/sha: " sha "}}\nstatus: {phase: Running, "   \
	"podIP: " ip ", conditions: [{type: Ready, status: \"" ready "\"}]}\n"
#define WORLD_USERS                                                                       \
	WORLD_SERVICE("users", "10.0.0.1",                                                \
		      "{name: http, port: 80, targetPort: 8080}, {name: grpc, port: 81, " \
		      "targetPort: 9090}")
#define WORLD_PAY WORLD_SERVICE("pay", "10.0.0.2", "{port: 80, targetPort: 8080}")
#define WORLD_USERS_POD WORLD_POD("users-x", "users", "aaa", "10.1.0.1", "True")
#define WORLD_PAY_POD WORLD_POD("pay-x", "pay", "aaa", "10.1.0.2", "True")
#define WORLD_SHOP WORLD_USERS WORLD_PAY WORLD_USERS_POD WORLD_PAY_POD

/* A Context object with this spec, as a store gives it. */
#define WORLD_CONTEXT(name, spec)                                                        \
	"{\"apiVersion\": \"shunt.dev/v1alpha1\", \"kind\": \"Context\", \"metadata\": " \
	"{\"name\": \"" name "\", \"generation\": 1}, \"spec\": " spec "}"
#define WORLD_OVERRIDE(service, key, value) \
	"{\"service\": \"" service "\", \"" key "\": \"" value "\"}"
#define WORLD_MMENG                                                                               \
	WORLD_CONTEXT("mmeng", "{\"overrides\": [" WORLD_OVERRIDE("shop/users", "sha", "aaa") "]" \
											      "}")

/* A cluster with a shop, and the context mmeng at revision 1. */
static inline void start_shop(struct catalog_world *world)
{
	world_start(world);
	world_cluster(world, WORLD_SHOP);
	world_put(world, WORLD_MMENG, 1);
	catalog_settled(world->catalog, 1);
	world_flush(world);
}

#endif
