// SPDX-License-Identifier: Apache-2.0
/* What agents are told of keys: signatures with each override, keys of passports as they change. */
#include "tests/unit/catalog_world.h"

struct told {
	size_t count;
	bool snapshot; /* of the last changes; so are the next */
	bool has_keys;
	struct shunt_keys keys;
	size_t override_count;
	__u64 tag;
	uint64_t revision;
};

static const struct keys root = {.root = {1, 2, 3}};

static void take(struct told *told, const struct changes *changes)
{
	told->snapshot = changes->snapshot;
	told->has_keys = changes->keys != NULL;
	if (changes->keys)
		told->keys = *changes->keys;
	told->override_count = changes->override_count;
	told->tag = changes->override_count ? changes->overrides[0].tag : 0;
}

static void on_changed(void *argument, const struct changes *changes, uint64_t revision)
{
	struct told *told = argument;

	take(told, changes);
	told->count++;
	told->revision = revision;
}

static void on_status(void *argument, const char *name)
{
	(void)argument;
	(void)name;
}

static void start(struct catalog_world *world, struct told *told)
{
	const struct catalog_events events = {
		.changed = on_changed, .status = on_status, .argument = told};

	*told = (struct told){0};
	*world = (struct catalog_world){.catalog = catalog_new(&events)};
	assert_non_null(world->catalog);
}

static void settle(struct catalog_world *world)
{
	world_put(world, WORLD_MMENG, 1);
	world_cluster(world, WORLD_SHOP);
	catalog_settled(world->catalog, 7);
	world_flush(world);
}

/* What somebody is told who comes now. */
static struct told snapshot_of(const struct catalog_world *world)
{
	struct changes changes = {0};
	struct told told = {0};

	assert_int_equal(catalog_snapshot(world->catalog, &changes), 0);
	take(&told, &changes);
	changes_clear(&changes);
	return told;
}

static struct shunt_keys keys_of_epoch(__u32 epoch)
{
	struct shunt_keys keys;
	__u64 next;

	keys_at(&root, (epoch - 1) * 1000, 1000, &keys, &next);
	return keys;
}

static void set_keys(struct catalog_world *world, __u32 epoch)
{
	const struct shunt_keys keys = keys_of_epoch(epoch);

	catalog_set_keys(world->catalog, &keys);
}

static void keys_of_passports_are_told_when_they_change(void **state)
{
	struct shunt_keys keys = keys_of_epoch(1);
	struct catalog_world world;
	struct told told, snapshot;

	(void)state;
	start(&world, &told);
	set_keys(&world, 1);
	assert_int_equal(told.count, 0);
	settle(&world);
	assert_int_equal(told.count, 1);
	assert_true(told.snapshot && told.has_keys);
	assert_memory_equal(&told.keys, &keys, sizeof(keys));
	set_keys(&world, 1);
	assert_int_equal(told.count, 1);
	/* What has been put meanwhile is told by the next flush, and so is its revision. */
	world_put(&world, WORLD_CONTEXT("more", "{\"overrides\": []}"), 9);
	set_keys(&world, 2);
	keys = keys_of_epoch(2);
	assert_int_equal(told.count, 2);
	assert_true(!told.snapshot && told.has_keys);
	assert_memory_equal(&told.keys, &keys, sizeof(keys));
	assert_int_equal(told.override_count, 0);
	assert_int_equal(told.revision, 7);
	world_flush(&world);
	assert_int_equal(told.revision, 9);
	assert_false(told.has_keys);
	snapshot = snapshot_of(&world);
	assert_true(snapshot.has_keys);
	assert_memory_equal(&snapshot.keys, &keys, sizeof(keys));
	world_stop(&world);
}

static void overrides_have_the_signature_of_their_context(void **state)
{
	const __u64 tag = keys_tag(&root, "mmeng");
	struct catalog_world world;
	struct told told;

	(void)state;
	start(&world, &told);
	catalog_set_signing(world.catalog, &root);
	settle(&world);
	assert_true(told.override_count > 0);
	assert_int_equal(told.tag, tag);
	assert_int_equal(snapshot_of(&world).tag, tag);
	/* Another target. */
	world_put(&world,
		  WORLD_CONTEXT("mmeng", "{\"overrides\": [" WORLD_OVERRIDE("shop/pay", "pod",
									    "pay-x") "]}"),
		  8);
	world_flush(&world);
	assert_int_equal(snapshot_of(&world).tag, tag);
	world_stop(&world);
}

static void without_keys_nothing_is_signed(void **state)
{
	struct catalog_world world;
	struct told told;

	(void)state;
	start(&world, &told);
	settle(&world);
	assert_true(told.override_count > 0);
	assert_int_equal(told.tag, 0);
	assert_false(told.has_keys);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_passports_are_told_when_they_change),
		cmocka_unit_test(overrides_have_the_signature_of_their_context),
		cmocka_unit_test(without_keys_nothing_is_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
