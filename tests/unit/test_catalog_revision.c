// SPDX-License-Identifier: Apache-2.0
/* Revisions of the store are told, also where nothing changes for agents. */
#include "tests/unit/catalog_world.h"

static void what_changes_no_row_tells_its_revision_only(void **state)
{
	struct catalog_world world;

	(void)state;
	start_shop(&world);
	assert_false(world.empty);
	world_store_status(&world, "mmeng", 2);
	assert_int_equal(world.revision, 2);
	assert_true(world.empty);
	/* Also of a new spec, which somebody may wait for. */
	world_put(&world,
		  WORLD_CONTEXT("mmeng",
				"{\"config\": {\"a\": \"b\"}, \"overrides\": [" WORLD_OVERRIDE(
					"shop/users", "sha", "aaa") "]}"),
		  3);
	world_flush(&world);
	assert_true(catalog_find(world.catalog, "mmeng")->valid);
	assert_int_equal(world.revision, 3);
	assert_true(world.empty);
	world_put(&world, WORLD_CONTEXT("mmeng", "{\"overrides\": []}"), 4);
	world_flush(&world);
	assert_int_equal(world.revision, 4);
	assert_false(world.empty);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_changes_no_row_tells_its_revision_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
