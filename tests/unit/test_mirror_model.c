// SPDX-License-Identifier: Apache-2.0
/*
 * Random snapshots and changes, with moved connections that come and go, restarts, addresses that
 * are refused, and tables that are full: the tables in memory are what is wanted, and after no single
 * write half of it.
 */
#include "tests/unit/mirror_model.h"

#define ROUNDS 6000
#define FLOWS 3

/* The id that the tables have for a service, or 0. */
static __u32 id_of(const struct world *world, const char *name)
{
	const struct fake_map *map = &world->fake.maps[PINS_SERVICES];

	for (size_t i = 0; i < map->count; i++)
		if (strcmp(((struct shunt_service *)(void *)map->values[i])->name, name) == 0)
			return *(__u32 *)(void *)map->keys[i];
	return 0;
}

static bool is_barred(unsigned int endpoints)
{
	for (unsigned int i = 0; i < ENDPOINTS; i++)
		if (endpoints & 1u << i && refused[i])
			return true;
	return false;
}

static size_t check_override(const struct world *world, const struct model *model, int context,
			     int service)
{
	unsigned int endpoints = model->overrides[context][service], count = 0;
	const struct shunt_override *found =
		override(world, contexts[context], id_of(world, names[service]));

	if (!endpoints || is_barred(endpoints)) {
		assert_null(found);
		return 0;
	}
	assert_non_null(found);
	assert_int_equal(found->on_unreachable, model->to_main[context][service]);
	assert_int_equal(found->flags, model->is_signed[context][service]);
	assert_int_equal(found->tag, tag_of(model, context));
	for (unsigned int i = 0; i < ENDPOINTS; i++) {
		struct shunt_endpoint target = offloaded_at(i);

		if (endpoints & 1u << i)
			assert_memory_equal(&found->endpoints[count++], &target, sizeof(target));
	}
	assert_int_equal(found->endpoint_count, count);
	return 1;
}

static size_t check_overrides(const struct world *world, const struct model *model)
{
	size_t expected = 0;

	for (int context = 0; context < CONTEXTS; context++)
		for (int service = 1; service <= SERVICES; service++)
			expected += check_override(world, model, context, service);
	assert_int_equal(count(world, PINS_OVERRIDES), expected);
	return expected;
}

static bool is_overridden(const struct model *model, unsigned int service)
{
	for (int context = 0; context < CONTEXTS; context++)
		if (model->overrides[context][service])
			return true;
	return false;
}

static void check_endpoints(const struct world *world, const struct model *model, bool exactly)
{
	size_t fronts = 0, backs = 0;

	for (unsigned int i = 0; i < ENDPOINTS; i++) {
		struct shunt_endpoint front = frontend_at(i), back = offloaded_at(i);
		const struct shunt_frontend *found =
			fake_find(&world->fake, PINS_FRONTENDS, &front);
		const struct shunt_offloaded *target =
			fake_find(&world->fake, PINS_OFFLOADED, &back);
		unsigned int service = model->frontends[i];

		assert_true(!service == !found || (found && !exactly));
		if (service) {
			assert_int_equal(found->service, id_of(world, names[service]));
			if (exactly || is_overridden(model, service))
				assert_int_equal(found->flags, is_overridden(model, service));
		}
		fronts += !!service;
		service = refused[i] ? 0 : model->offloaded[i];
		assert_int_equal(!service, !target);
		if (service) {
			assert_int_equal(target->service, id_of(world, names[service]));
			assert_int_equal(target->fence, model->fences[i]);
			assert_int_equal(target->flags, model->targets[i]);
		}
		backs += !!service;
	}
	assert_int_equal(count(world, PINS_OFFLOADED), backs);
	if (exactly)
		assert_int_equal(count(world, PINS_FRONTENDS), fronts);
}

static void check_services(const struct world *world, const struct model *model, bool exactly)
{
	size_t services = 0;

	for (int i = 1; i <= SERVICES; i++) {
		assert_true(!model->services[i] || id_of(world, names[i]));
		services += model->services[i];
	}
	if (exactly)
		assert_int_equal(count(world, PINS_SERVICES), services);
}

static size_t count_wanted(const struct model *model)
{
	size_t wanted = 0;

	for (int context = 0; context < CONTEXTS; context++)
		for (int service = 1; service <= SERVICES; service++)
			wanted += model->overrides[context][service] != 0;
	return wanted;
}

/* exactly: nothing is there that only moved connections keep. */
static void check(const struct world *world, const struct model *model, bool exactly)
{
	size_t overrides = check_overrides(world, model);

	check_endpoints(world, model, exactly);
	check_services(world, model, exactly);
	assert_int_equal(world->report.tables[PINS_OVERRIDES].entries, overrides);
	assert_int_equal(world->report.tables[PINS_FRONTENDS].entries,
			 count(world, PINS_FRONTENDS));
	assert_int_equal(world->report.tables[PINS_SERVICES].entries, count(world, PINS_SERVICES));
	if (exactly) {
		assert_int_equal(world->report.waiting, 0);
		assert_int_equal(world->mirror.contexts.used == 0, count_wanted(model) == 0);
		assert_int_equal(world->mirror.overrides.used, count_wanted(model));
		assert_int_equal(world->mirror.services.used, count(world, PINS_SERVICES));
	}
}

static void drop_flows(struct world *world)
{
	struct fake_map *flows = &world->fake.maps[PINS_FLOWS];

	while (flows->count)
		assert_int_equal(fake_drop(&world->fake, PINS_FLOWS, flows->keys[0]), 0);
}

/* A connection is moved only where its frontend is tracked. */
static void add_flow(struct world *world)
{
	char text[64];
	const struct shunt_frontend *found;

	snprintf(text, sizeof(text), "10.96.0.%u:80", roll(ENDPOINTS) + 1);
	found = frontend(world, text);
	if (found && found->flags && count(world, PINS_FLOWS) < FLOWS)
		put_flow(world, text, found->service, 1 + roll(20));
}

static void step(struct world *world, struct refuse *refuse, const struct model *old,
		 const struct model *new)
{
	struct changes changes;
	bool released = roll(2), changed;

	if (roll(8) == 0) {
		unsigned int item = roll(ENDPOINTS);

		refused[item] = !refused[item];
		refuse_expire(refuse);
	}
	diff(old, new, &changes);
	assert_int_equal(mirror_change(&world->mirror, &changes), 0);
	changes_clear(&changes);
	assert_int_equal(refuse_update(refuse, &world->mirror, &changed), 0);
	assert_int_equal(apply_mirror(&world->mirror, &world->backend, released, &world->report),
			 0);
}

static void test_random_changes(void **state)
{
	struct world *world = *state;
	struct model old = {0}, new = {0};
	struct refuse refuse;

	refuse_start(&refuse);
	refuse.read = read_refused;
	for (int i = 1; i <= SERVICES; i++)
		snprintf(names[i], sizeof(names[i]), "shop/service-%d:http", i);
	seed = 4;
	for (int round = 0; round < ROUNDS; round++) {
		bool snapshot = round == 0 || roll(10) == 0;
		bool full = roll(10) == 0;

		old = new;
		change_model(&new);
		if (roll(20) == 0) {
			recover(world);
			refuse.judged = false;
			snapshot = true;
		}
		world->fake.maps[PINS_OVERRIDES].capacity = full ? 3 : FAKE_ELEMENTS;
		step(world, &refuse, snapshot ? NULL : &old, &new);
		world->fake.maps[PINS_OVERRIDES].capacity = FAKE_ELEMENTS;
		if (full)
			apply_again(world);
		check(world, &new, false);
		if (roll(4) == 0)
			add_flow(world);
		if (roll(4) == 0) {
			drop_flows(world);
			apply_again(world);
			check(world, &new, true);
		}
	}
	refuse_clear(&refuse);
}

static void test_changes_without_their_service(void **state)
{
	struct world *world = *state;
	struct shunt_endpoint front = endpoint("10.96.0.1:80");
	struct changes changes = {0};
	struct wanted wanted;

	want_shop(&wanted);
	apply(world, &wanted);
	assert_int_equal(changes_add_service(&changes, "shop/new:http", false), 0);
	assert_int_equal(changes_add_frontend(&changes, &front, "shop/nothing:http"), 0);
	assert_int_equal(mirror_change(&world->mirror, &changes), -EBADMSG);
	changes_clear(&changes);
	/* Half of it is not applied, nor is what comes after it, until a snapshot comes. */
	world->fake.writes = 0;
	assert_int_equal(apply_mirror(&world->mirror, &world->backend, true, &world->report),
			 -EBADMSG);
	assert_int_equal(changes_add_service(&changes, "shop/more:http", false), 0);
	assert_int_equal(mirror_change(&world->mirror, &changes), -EBADMSG);
	changes_clear(&changes);
	assert_int_equal(world->fake.writes, 0);
	apply(world, &wanted);
	assert_int_equal(world->fake.writes, 0);
	assert_int_equal(count(world, PINS_SERVICES), 2);
}

static void test_snapshot_of_mirror_is_the_same(void **state)
{
	struct world *world = *state;
	struct changes changes = {0};
	struct wanted wanted;

	want_shop(&wanted);
	apply(world, &wanted);
	want_shop_without(&wanted, true);
	apply(world, &wanted);
	assert_int_equal(mirror_snapshot(&world->mirror, &changes), 0);
	assert_true(changes.snapshot);
	assert_int_equal(changes.service_count, 1);
	assert_int_equal(changes.frontend_count, 1);
	assert_int_equal(changes.offloaded_count, 1);
	assert_int_equal(changes.override_count, 1);
	assert_string_equal(changes.overrides[0].context, "mmeng");
	assert_string_equal(changes.overrides[0].service, "shop/pay:http");
	assert_int_equal(mirror_change(&world->mirror, &changes), 0);
	changes_clear(&changes);
	apply_again(world);
	assert_int_equal(world->fake.writes + world->fake.removals, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_random_changes),
		TEST(test_changes_without_their_service),
		TEST(test_snapshot_of_mirror_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
