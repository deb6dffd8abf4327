// SPDX-License-Identifier: Apache-2.0
/*
 * Policies applied to tables in memory: whose markers count follows the policy at every single write,
 * also where a table is too small for it.
 */
#include "tests/unit/apply_world.h"
#include "user/agent/policy_tables.h"
#include "user/lib/array.h"

#define ROUNDS 3000
#define ADDRESSES 64 /* 10.0.0.0/26 */
#define SOURCES 12
#define IGNORED 0

struct policy_world {
	struct fake_maps fake;
	struct backend backend;
	struct policy_tables tables;
	struct policy old;
	struct policy new;
	bool full; /* that too few markers count is all right */
};

static unsigned int seed;

static unsigned int roll(unsigned int sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % sides;
}

static struct shunt_prefix prefix_of(unsigned int number, __u32 bits)
{
	struct shunt_prefix prefix = {.length = 96 + 26 + bits};

	assert_int_equal(address_parse("10.0.0.0", &prefix.address), 0);
	prefix.address.bytes[15] = (__u8)(number & (ADDRESSES - 1) & ~((ADDRESSES - 1) >> bits));
	return prefix;
}

static bool contains(const struct shunt_prefix *prefix, unsigned int number)
{
	struct shunt_prefix same = prefix_of(number, prefix->length - 96 - 26);

	return address_compare(&prefix->address, &same.address) == 0;
}

/* What markers from an address are worth: of the longest prefix. */
static __u32 worth(const struct policy *policy, unsigned int number)
{
	__u32 length = 0, flags = policy->source_count ? IGNORED : SHUNT_SOURCE_OBEYED;

	for (size_t i = 0; i < policy->source_count; i++) {
		const struct policy_source *source = &policy->sources[i];

		if (source->prefix.length >= length && contains(&source->prefix, number)) {
			length = source->prefix.length;
			flags = source->flags;
		}
	}
	return flags;
}

/* The same by the tables. */
static __u32 worth_now(const struct fake_maps *fake, unsigned int number)
{
	const struct fake_map *map = &fake->maps[PINS_SOURCES];
	__u32 length = 0, flags = IGNORED;

	if (!(fake->flags & SHUNT_SETTINGS_SOURCES))
		return SHUNT_SOURCE_OBEYED;
	for (size_t i = 0; i < map->count; i++) {
		const struct shunt_prefix *prefix = (void *)map->keys[i];

		if (prefix->length >= length && contains(prefix, number)) {
			length = prefix->length;
			flags = ((struct shunt_source *)(void *)map->values[i])->flags;
		}
	}
	return flags;
}

static void check_between(const struct fake_maps *fake, void *argument)
{
	const struct policy_world *world = argument;

	for (unsigned int i = 0; i < ADDRESSES; i++) {
		__u32 now = worth_now(fake, i);

		if (now != worth(&world->old, i) && now != worth(&world->new, i) &&
		    !(world->full && now == IGNORED))
			fail_msg("10.0.0.%u is worth %u, not %u or %u", i, now,
				 worth(&world->old, i), worth(&world->new, i));
	}
}

static int compare_prefixes(const void *a, const void *b)
{
	return policy_compare_prefix(a, b);
}

static size_t count_sources(const struct policy *policy)
{
	size_t kept = 0;

	array_sort(policy->sources, policy->source_count, sizeof(*policy->sources),
		   compare_prefixes);
	for (size_t i = 0; i < policy->source_count; i++)
		if (!kept || compare_prefixes(&policy->sources[i], &policy->sources[kept - 1]))
			policy->sources[kept++] = policy->sources[i];
	return kept;
}

static void make_policy(struct policy *policy)
{
	static const __u32 flags[] = {IGNORED, SHUNT_SOURCE_OBEYED,
				      SHUNT_SOURCE_OBEYED | SHUNT_SOURCE_SIGNED};
	unsigned int count = roll(4) ? roll(SOURCES + 1) : 0, front;

	for (unsigned int i = 0; i < count; i++) {
		const struct shunt_prefix prefix = prefix_of(roll(ADDRESSES), roll(7));

		assert_int_equal(policy_add_source(policy, &prefix, flags[roll(3)]), 0);
	}
	policy->source_count = count_sources(policy);
	for (unsigned int i = 0; i < ADDRESSES; i++) {
		const struct shunt_prefix prefix = prefix_of(i, 6);

		if (!roll(16))
			assert_int_equal(policy_add_allowed(policy, &prefix), 0);
	}
	for (front = 1; front < 4; front++) {
		struct shunt_endpoint frontend = endpoint("10.96.0.1:80"), targets[3];

		frontend.address.bytes[15] = (__u8)front;
		for (unsigned int i = 0; i < 3; i++) {
			targets[i] = endpoint("10.77.2.1:8080");
			targets[i].address.bytes[15] = (__u8)(1 + 2 * i + roll(2));
		}
		if (roll(2))
			assert_int_equal(
				policy_add_steer(policy, &frontend, roll(2), targets, roll(4)), 0);
	}
}

static void check_steered(const struct policy_world *world)
{
	const struct policy *policy = &world->new;

	assert_int_equal(world->fake.maps[PINS_STEERED].count, policy->steer_count);
	for (size_t i = 0; i < policy->steer_count; i++) {
		const struct policy_steer *wanted = &policy->steers[i];
		const struct shunt_steer *found =
			fake_find(&world->fake, PINS_STEERED, &wanted->frontend);

		assert_non_null(found);
		assert_int_equal(found->flags, wanted->flags);
		assert_int_equal(found->endpoint_count, wanted->count);
		if (wanted->count)
			assert_memory_equal(found->endpoints, &policy->endpoints[wanted->first],
					    wanted->count * sizeof(found->endpoints[0]));
	}
}

static void check_applied(const struct policy_world *world)
{
	const struct policy *policy = &world->new;

	for (unsigned int i = 0; i < ADDRESSES; i++)
		assert_int_equal(worth_now(&world->fake, i), worth(policy, i));
	assert_int_equal(world->fake.maps[PINS_SOURCES].count, policy->source_count);
	assert_int_equal(world->tables.tables[0].entries, policy->source_count);
	assert_int_equal(world->fake.maps[PINS_FENCE_ALLOWED].count, policy->allowed_count);
	for (size_t i = 0; i < policy->allowed_count; i++)
		assert_non_null(fake_find(&world->fake, PINS_FENCE_ALLOWED, &policy->allowed[i]));
	check_steered(world);
}

static void apply_policy(struct policy_world *world, const struct policy *policy)
{
	world->fake.writes = world->fake.removals = 0;
	assert_int_equal(policy_tables_apply(&world->tables, &world->backend, policy), 0);
}

static void take_next(struct policy_world *world)
{
	policy_clear(&world->old);
	world->old = world->new;
	world->new = (struct policy){0};
}

static int set_up_policy(void **state)
{
	struct policy_world *world = calloc(1, sizeof(*world));

	fake_init(&world->fake);
	world->backend = fake_backend(&world->fake);
	world->fake.check = check_between;
	world->fake.check_argument = world;
	assert_int_equal(policy_tables_read(&world->tables, &world->backend), 0);
	*state = world;
	return 0;
}

static int tear_down_policy(void **state)
{
	struct policy_world *world = *state;

	policy_tables_clear(&world->tables);
	policy_clear(&world->old);
	policy_clear(&world->new);
	fake_clear(&world->fake);
	free(world);
	return 0;
}

static void random_policies(void **state)
{
	struct policy_world *world = *state;

	seed = 7;
	for (int round = 0; round < ROUNDS; round++) {
		take_next(world);
		make_policy(&world->new);
		/* Another agent, which has to read what is there. */
		if (!roll(10)) {
			policy_tables_clear(&world->tables);
			if (roll(2))
				assert_int_equal(
					policy_tables_read(&world->tables, &world->backend), 0);
		}
		apply_policy(world, &world->new);
		assert_true(world->tables.exact);
		check_applied(world);
		apply_policy(world, &world->new);
		assert_int_equal(world->fake.writes + world->fake.removals, 0);
	}
}

static void tables_that_are_too_small(void **state)
{
	struct policy_world *world = *state;

	seed = 11;
	for (int round = 0; round < ROUNDS; round++) {
		struct fake_map *sources = &world->fake.maps[PINS_SOURCES];
		struct fake_map *steered = &world->fake.maps[PINS_STEERED];

		take_next(world);
		make_policy(&world->new);
		world->full = true;
		sources->capacity = roll(SOURCES);
		steered->capacity = 1;
		apply_policy(world, &world->new);
		assert_int_equal(sources->count + world->tables.tables[0].left_out,
				 world->new.source_count);
		assert_int_equal(steered->count + world->tables.tables[2].left_out,
				 world->new.steer_count);
		for (unsigned int i = 0; i < ADDRESSES; i++)
			assert_true(worth_now(&world->fake, i) == worth(&world->new, i) ||
				    worth_now(&world->fake, i) == IGNORED);
		sources->capacity = steered->capacity = FAKE_ELEMENTS;
		assert_int_equal(policy_tables_left_out(&world->tables) == 0, world->tables.exact);
		apply_policy(world, NULL);
		assert_int_equal(policy_tables_left_out(&world->tables), 0);
		check_applied(world);
		world->full = false;
	}
}

static void what_is_left_out_has_a_name(void **state)
{
	struct policy_world *world = *state;
	const struct shunt_prefix long_one = prefix_of(1, 6), short_one = prefix_of(0, 0);
	const struct apply_table *table = &world->tables.tables[0];

	world->full = true;
	assert_int_equal(policy_add_source(&world->new, &short_one, SHUNT_SOURCE_OBEYED), 0);
	assert_int_equal(policy_add_source(&world->new, &long_one, IGNORED), 0);
	world->fake.maps[PINS_SOURCES].capacity = 1;
	apply_policy(world, &world->new);
	assert_int_equal(table->left_out, 1);
	assert_int_equal(table->error, -E2BIG);
	assert_string_equal(table->first, "10.0.0.0/26");
	assert_int_equal(world->fake.flags, SHUNT_SETTINGS_SOURCES);
	assert_non_null(fake_find(&world->fake, PINS_SOURCES, &long_one));
	assert_null(fake_find(&world->fake, PINS_SOURCES, &short_one));
}

int main(void)
{
#define POLICY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_policy, tear_down_policy)
	const struct CMUnitTest tests[] = {
		POLICY_TEST(random_policies),
		POLICY_TEST(tables_that_are_too_small),
		POLICY_TEST(what_is_left_out_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
