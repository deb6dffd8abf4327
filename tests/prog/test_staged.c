// SPDX-License-Identifier: Apache-2.0
/* Overrides that change together: what `staged` has counts from the moment that `settings` says so. */
#include "moving.h"

#define REQUEST "GET / HTTP/1.1\r\nx-shunt-context: mmeng\r\n\r\n"
#define GENERATION 0x1ffffffffULL /* stages are numbered modulo 2^32 */

static void settings_put(struct kernel *kernel, bool staged)
{
	struct shunt_settings settings = {.layout_version = SHUNT_LAYOUT_VERSION,
					  .generation = GENERATION,
					  .flags = staged ? SHUNT_SETTINGS_STAGED : 0};
	__u32 zero = 0;

	kernel_put(kernel->programs->maps.settings, &zero, &settings);
}

static struct shunt_override_key mmeng(void)
{
	return (struct shunt_override_key){.context = "mmeng", .service = KERNEL_SERVICE};
}

/* Moves what `overrides` has to `staged`, as one of this generation, or a removal of it. */
static void stage(struct kernel *kernel, __u64 generation, bool removal)
{
	struct shunt_override_key key = mmeng();
	struct shunt_override value;

	moving_override(kernel, 0, 0);
	assert_true(kernel_get(kernel->programs->maps.overrides, &key, &value));
	value.stage = (__u32)generation;
	if (removal)
		value.endpoint_count = 0;
	else
		bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.overrides), &key);
	kernel_put(kernel->programs->maps.staged, &key, &value);
}

/* The request goes over this leg, from either. */
static void expect_leg(struct kernel *kernel, int expected)
{
	for (int i = 0; i < 4; i++) {
		struct shunt_flow flow = moving_flow(i & 1, i >> 1);

		moving_put(kernel, i & 1, &flow);
		moving_check(kernel, i & 1, REQUEST, expected);
	}
}

static void an_override_counts_when_its_stage_does(void **state)
{
	struct kernel *kernel = *state;

	stage(kernel, GENERATION + 1, false);
	settings_put(kernel, false);
	expect_leg(kernel, 0);
	settings_put(kernel, true);
	expect_leg(kernel, 1);
	settings_put(kernel, false);
	expect_leg(kernel, 0);
}

static void one_of_another_generation_never_counts(void **state)
{
	struct kernel *kernel = *state;

	settings_put(kernel, true);
	stage(kernel, GENERATION, false);
	expect_leg(kernel, 0);
	stage(kernel, GENERATION + 2, false);
	expect_leg(kernel, 0);
}

static void a_removal_counts_when_its_stage_does(void **state)
{
	struct kernel *kernel = *state;

	stage(kernel, GENERATION + 1, true);
	settings_put(kernel, false);
	expect_leg(kernel, 1);
	settings_put(kernel, true);
	expect_leg(kernel, 0);
}

static void what_is_not_staged_counts_as_before(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_override_key key = mmeng();

	moving_override(kernel, 0, 0);
	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.staged), &key);
	settings_put(kernel, true);
	expect_leg(kernel, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_override_counts_when_its_stage_does),
		cmocka_unit_test(one_of_another_generation_never_counts),
		cmocka_unit_test(a_removal_counts_when_its_stage_does),
		cmocka_unit_test(what_is_not_staged_counts_as_before),
	};

	return cmocka_run_group_tests(tests, moving_setup, kernel_teardown);
}
