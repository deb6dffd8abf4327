// SPDX-License-Identifier: Apache-2.0
/* What is told of the uses of overrides: each request once. */
#include "tests/unit/apply_world.h"
#include <bpf/libbpf.h>
#include "user/agent/counts.h"

struct counting {
	struct world *world;
	struct counts counts;
	struct counts_use *uses;
	size_t count;
};

/* The map has a value for each CPU; the requests were counted on the first and the last. */
static void use_override(struct counting *counting, __u32 id, __u64 requests)
{
	int cpus = libbpf_num_possible_cpus();
	struct shunt_override_stats *values = calloc((size_t)cpus, sizeof(*values));

	assert_non_null(values);
	counting->world->fake.maps[PINS_OVERRIDE_STATS].value_size = (size_t)cpus * sizeof(*values);
	values[0].requests = requests - requests / 2;
	values[cpus - 1].requests += requests / 2;
	assert_int_equal(fake_put(&counting->world->fake, PINS_OVERRIDE_STATS, &id, values), 0);
	free(values);
}

static void collect(struct counting *counting)
{
	struct world *world = counting->world;

	free(counting->uses);
	assert_int_equal(counts_collect(&counting->counts, &world->backend, &world->mirror,
					&counting->uses, &counting->count),
			 0);
}

static void finish(struct counting *counting)
{
	free(counting->uses);
	counts_clear(&counting->counts);
}

static void test_each_request_is_told_once(void **state)
{
	struct counting counting = {.world = *state};
	struct wanted wanted;

	want_shop(&wanted);
	apply(counting.world, &wanted);
	use_override(&counting, 1, 100);
	/* Of an earlier run. */
	assert_int_equal(counts_start(&counting.counts, &counting.world->backend), 0);
	collect(&counting);
	assert_int_equal(counting.count, 0);
	counts_told(&counting.counts);

	use_override(&counting, 1, 103);
	use_override(&counting, 2, 7);
	for (int i = 0; i < 2; i++) {
		/* The first report is lost, so it is all told again. */
		collect(&counting);
		assert_int_equal(counting.count, 2);
		assert_string_equal(counting.uses[0].context, "mmeng");
		assert_string_equal(counting.uses[0].service, "shop/pay:http");
		assert_int_equal(counting.uses[0].requests, 3);
		assert_string_equal(counting.uses[1].service, "shop/users:http");
		assert_int_equal(counting.uses[1].requests, 7);
	}
	counts_told(&counting.counts);
	collect(&counting);
	assert_int_equal(counting.count, 0);
	finish(&counting);
}

static void test_what_is_gone_is_not_told(void **state)
{
	struct counting counting = {.world = *state};
	struct wanted wanted;

	want_shop(&wanted);
	apply(counting.world, &wanted);
	use_override(&counting, 1, 1);
	use_override(&counting, 99, 5);
	collect(&counting);
	assert_int_equal(counting.count, 1);
	finish(&counting);
}

#define SERVICES 2
#define OVERRIDES (COUNTS_USES_MAX + COUNTS_USES_MAX / 2)

/* Every override was used once, on the first CPU. */
static int each_used(void *context, enum pins_map map, maps_visit visit, void *argument)
{
	struct shunt_override_stats *values =
		calloc((size_t)libbpf_num_possible_cpus(), sizeof(*values));
	int stopped = 0;

	(void)context;
	assert_non_null(values);
	values[0].requests = 1;
	for (__u32 id = 1; !stopped && map == PINS_OVERRIDE_STATS && id <= OVERRIDES; id++)
		stopped = visit(argument, &id, values);
	free(values);
	return stopped;
}

static void add_overrides(struct changes *changes, const struct shunt_endpoint *target)
{
	static const char *const services[SERVICES] = {"shop/pay:http", "shop/users:http"};

	for (int i = 0; i < SERVICES; i++)
		assert_int_equal(changes_add_service(changes, services[i], false), 0);
	assert_int_equal(
		changes_add_offloaded(changes, &(struct change_endpoint){.endpoint = *target,
									 .service = services[0]}),
		0);
	for (int i = 0; i < OVERRIDES; i++) {
		char *name = arena_alloc(&changes->arena, 16);
		const struct change_override row = {.context = name,
						    .service = services[i % SERVICES],
						    .endpoints = target,
						    .endpoint_count = 1};

		assert_non_null(name);
		snprintf(name, 16, "c%d", i / SERVICES);
		assert_int_equal(changes_add_override(changes, &row), 0);
	}
}

static void test_one_report_is_bounded(void **state)
{
	struct counting counting = {.world = *state};
	struct changes changes = {.snapshot = true};
	const struct shunt_endpoint target = endpoint("10.77.4.1:80");
	struct backend_memory memory = {0};

	add_overrides(&changes, &target);
	assert_int_equal(mirror_change(&counting.world->mirror, &changes), 0);
	changes_clear(&changes);
	counting.world->backend = backend_for_memory(&memory);
	counting.world->backend.each = each_used;
	collect(&counting);
	assert_int_equal(counting.count, COUNTS_USES_MAX);
	counts_told(&counting.counts);
	collect(&counting);
	assert_int_equal(counting.count, OVERRIDES - COUNTS_USES_MAX);
	counts_told(&counting.counts);
	collect(&counting);
	assert_int_equal(counting.count, 0);
	finish(&counting);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_each_request_is_told_once),
		TEST(test_what_is_gone_is_not_told),
		TEST(test_one_report_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
