// SPDX-License-Identifier: Apache-2.0
/*
 * Random operations: what was told adds up to a snapshot, and to what a catalog says that knew
 * nothing before.
 */
#include "tests/unit/catalog_world.h"
#include "tests/unit/random_objects.h"

#define RUNS 40
#define STEPS 60

struct model {
	struct catalog_world world;
	json_t *contexts[RANDOM_CONTEXTS]; /* NULL: not there */
	uint64_t revision;
	time_t now; /* 0: catalog_expire() was not called */
	unsigned int seed;
};

static void name_of(unsigned int number, char name[8])
{
	snprintf(name, 8, "c%u", number);
}

static void put(struct model *model)
{
	unsigned int number = pick(&model->seed, RANDOM_CONTEXTS);
	char name[8];

	name_of(number, name);
	json_decref(model->contexts[number]);
	model->contexts[number] = random_context(&model->seed, name);
	assert_int_equal(
		catalog_put(model->world.catalog, model->contexts[number], ++model->revision), 0);
}

static void remove_one(struct model *model)
{
	unsigned int number = pick(&model->seed, RANDOM_CONTEXTS);
	char name[8];

	name_of(number, name);
	json_decref(model->contexts[number]);
	model->contexts[number] = NULL;
	assert_int_equal(catalog_remove(model->world.catalog, name, ++model->revision), 0);
}

static void change_cluster(struct model *model)
{
	struct object_set set = {0};

	random_cluster(&set, &model->seed);
	world_take_set(&model->world, &set);
}

/* Between the two expiries that contexts have, then after both; time does not go back. */
static void expire(struct model *model)
{
	model->now = model->now ? 4133980800 + 5 : 4102444800 + 5;
	assert_int_equal(catalog_expire(model->world.catalog, model->now), 0);
}

static void step(struct model *model)
{
	switch (pick(&model->seed, 10)) {
	case 0:
	case 1:
	case 2:
		put(model);
		break;
	case 3:
		remove_one(model);
		break;
	case 4:
	case 5:
	case 6:
		change_cluster(model);
		break;
	case 7:
		if (model->now || !pick(&model->seed, 8))
			expire(model);
		break;
	default:
		world_flush(&model->world);
	}
}

/* The statuses too, but for their times. */
static void check_statuses(const struct catalog_world *a, const struct catalog_world *b)
{
	for (unsigned int i = 0; i < RANDOM_CONTEXTS; i++) {
		const struct catalog_context *x, *y;
		char name[8];

		name_of(i, name);
		x = catalog_find(a->catalog, name);
		y = catalog_find(b->catalog, name);
		assert_int_equal(x != NULL, y != NULL);
		if (!x)
			continue;
		assert_true(
			json_equal(catalog_object(a->catalog, x), catalog_object(b->catalog, y)));
		assert_string_equal(x->etag, y->etag);
		assert_int_equal(x->valid, y->valid);
		json_t *left = json_object_get(catalog_status(a->catalog, x), "overrides");
		json_t *right = json_object_get(catalog_status(b->catalog, y), "overrides");

		assert_int_equal(json_array_size(left), json_array_size(right));
		for (size_t j = 0; j < json_array_size(left); j++) {
			json_t *p = json_deep_copy(json_array_get(left, j));
			json_t *q = json_deep_copy(json_array_get(right, j));

			json_object_del(p, "since");
			json_object_del(q, "since");
			assert_true(json_equal(p, q));
			json_decref(p);
			json_decref(q);
		}
	}
}

static void check_fresh(struct model *model)
{
	struct catalog_world *world = &model->world;
	struct catalog_world fresh;

	world_flush(world);
	world_check_snapshot(world);
	world_start(&fresh);
	for (unsigned int i = 0; i < RANDOM_CONTEXTS; i++)
		if (model->contexts[i])
			assert_int_equal(catalog_put(fresh.catalog, model->contexts[i], 1), 0);
	if (model->now)
		assert_int_equal(catalog_expire(fresh.catalog, model->now), 0);
	catalog_settled(fresh.catalog, 1);
	assert_int_equal(catalog_set_cluster(fresh.catalog, &world->sets[world->present]), 0);
	assert_true(json_equal(fresh.tables, world->tables));
	check_statuses(world, &fresh);
	assert_int_equal(world->revision, model->revision);
	world_stop(&fresh);
}

static void changes_add_up(void **state)
{
	(void)state;
	for (unsigned int run = 0; run < RUNS; run++) {
		struct model model = {.seed = run + 1};

		world_start(&model.world);
		for (unsigned int i = 0; i < 3; i++)
			put(&model);
		assert_int_equal(model.world.changes, 0);
		if (run % 2)
			change_cluster(&model);
		catalog_settled(model.world.catalog, model.revision);
		world_flush(&model.world);
		if (run % 2 == 0)
			change_cluster(&model);
		assert_int_equal(model.world.changes, 1);
		for (unsigned int i = 0; i < STEPS; i++) {
			step(&model);
			if (i % 4 == 0)
				check_fresh(&model);
		}
		check_fresh(&model);
		world_stop(&model.world);
		for (unsigned int i = 0; i < RANDOM_CONTEXTS; i++)
			json_decref(model.contexts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(changes_add_up)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
