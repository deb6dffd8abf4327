// SPDX-License-Identifier: Apache-2.0
/* Which endpoints the agent tests, and what it says of them when. */
#include "tests/unit/apply_world.h"
#include "user/agent/selftest_known.h"

#define MANY 400

struct shop {
	struct world world;
	struct known known;
	struct changes changes;
	struct shunt_endpoint chosen[KNOWN_ROUND];
};

static int set_up_shop(void **state)
{
	struct shop *shop = calloc(1, sizeof(*shop));

	fake_init(&shop->world.fake);
	shop->world.backend = fake_backend(&shop->world.fake);
	recover(&shop->world);
	changes_add_service(&shop->changes, "shop/users:http", false);
	*state = shop;
	return 0;
}

static int tear_down_shop(void **state)
{
	struct shop *shop = *state;

	changes_clear(&shop->changes);
	mirror_clear(&shop->world.mirror);
	fake_clear(&shop->world.fake);
	free(shop);
	return 0;
}

static struct shunt_endpoint pod(int number)
{
	char text[ADDRESS_ENDPOINT_TEXT_SIZE];

	snprintf(text, sizeof(text), "10.77.%d.%d:8080", number / 250, number % 250 + 1);
	return endpoint(text);
}

static void change(struct shop *shop, int number, const char *service, __u8 fence, __u8 flags)
{
	struct change_endpoint row = {pod(number), service, fence, flags};

	assert_int_equal(changes_add_offloaded(&shop->changes, &row), 0);
}

static void bring(struct shop *shop)
{
	assert_int_equal(mirror_change(&shop->world.mirror, &shop->changes), 0);
	changes_clear(&shop->changes);
	apply_again(&shop->world);
}

static void bring_pods(struct shop *shop, int first, int count)
{
	for (int i = first; i < first + count; i++)
		change(shop, i, "shop/users:http", SHUNT_FENCE_ENFORCE, SHUNT_OFFLOADED_TARGET);
	bring(shop);
}

static size_t choose(struct shop *shop, bool all)
{
	return known_choose(&shop->known, &shop->world.mirror, all, shop->chosen);
}

static bool is_chosen(const struct shop *shop, size_t count, int number)
{
	struct shunt_endpoint wanted = pod(number);

	for (size_t i = 0; i < count; i++)
		if (address_compare_endpoint(&shop->chosen[i], &wanted) == 0)
			return true;
	return false;
}

static bool note(struct shop *shop, int number, enum probe_result result)
{
	struct shunt_endpoint of = pod(number);

	return known_note(&shop->known, &of, result);
}

static void note_all(struct shop *shop, size_t count, enum probe_result result)
{
	for (size_t i = 0; i < count; i++)
		known_note(&shop->known, &shop->chosen[i], result);
}

static void test_only_targets_behind_a_fence_that_refuses_are_tested(void **state)
{
	struct shop *shop = *state;

	change(shop, 0, "shop/users:http", SHUNT_FENCE_OFF, SHUNT_OFFLOADED_TARGET);
	change(shop, 1, "shop/users:http", SHUNT_FENCE_OBSERVE, SHUNT_OFFLOADED_TARGET);
	change(shop, 2, "shop/users:http", SHUNT_FENCE_ENFORCE, 0);
	change(shop, 3, "shop/users:http", SHUNT_FENCE_ENFORCE, SHUNT_OFFLOADED_TARGET);
	bring(shop);
	assert_int_equal(choose(shop, true), 1);
	assert_true(is_chosen(shop, 1, 3));
}

static void test_new_ones_are_tested_once_and_all_from_time_to_time(void **state)
{
	struct shop *shop = *state;

	bring_pods(shop, 0, 3);
	assert_int_equal(choose(shop, false), 3);
	note_all(shop, 3, PROBE_ARRIVED);
	assert_int_equal(choose(shop, false), 0);
	bring_pods(shop, 3, 1);
	assert_int_equal(choose(shop, false), 1);
	assert_true(is_chosen(shop, 1, 3));
	assert_int_equal(choose(shop, true), 4);
}

static void test_bad_ones_are_tested_again_but_do_not_keep_new_ones_waiting(void **state)
{
	struct shop *shop = *state;
	size_t count;

	bring_pods(shop, 0, 32);
	/* From the second round on, half of it are bad ones. */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(choose(shop, false), KNOWN_ROUND);
		note_all(shop, KNOWN_ROUND, PROBE_LOST);
	}
	bring_pods(shop, 32, 2);
	count = choose(shop, false);
	assert_true(is_chosen(shop, count, 32) && is_chosen(shop, count, 33));
	assert_true(count > 2);
	/* Over a few rounds every bad one has its turn. */
	for (int i = 0; i < 34; i++)
		note(shop, i, i < 32 ? PROBE_CLOSED : PROBE_ARRIVED);
	for (int round = 0; round < 4; round++)
		note_all(shop, choose(shop, false), PROBE_ARRIVED);
	assert_int_equal(choose(shop, false), 0);
}

static void test_more_than_can_be_known_take_turns(void **state)
{
	struct shop *shop = *state;
	bool tested[MANY] = {0};
	size_t count, rounds = 0, left = MANY;

	bring_pods(shop, 0, MANY);
	while ((count = choose(shop, false)) > 0) {
		note_all(shop, count, PROBE_ARRIVED);
		rounds++;
	}
	assert_int_equal(rounds, KNOWN_MAX / KNOWN_ROUND);
	for (rounds = 0; left && rounds < 2 * MANY / KNOWN_ROUND; rounds++) {
		count = choose(shop, true);
		assert_int_equal(count, KNOWN_ROUND);
		note_all(shop, count, PROBE_ARRIVED);
		for (int i = 0; i < MANY; i++) {
			left -= !tested[i] && is_chosen(shop, count, i);
			tested[i] = tested[i] || is_chosen(shop, count, i);
		}
	}
	assert_int_equal(left, 0);
}

static void test_endpoints_that_go_are_forgotten(void **state)
{
	size_t counts[PROBE_RESULT_COUNT];
	struct shop *shop = *state;

	bring_pods(shop, 0, 2);
	note_all(shop, choose(shop, false), PROBE_LOST);
	change(shop, 0, NULL, 0, 0);
	change(shop, 1, "shop/users:http", SHUNT_FENCE_OBSERVE, SHUNT_OFFLOADED_TARGET);
	bring(shop);
	assert_int_equal(choose(shop, true), 0);
	known_count(&shop->known, counts);
	for (int i = 0; i < PROBE_RESULT_COUNT; i++)
		assert_int_equal(counts[i], 0);
	/* An answer that comes too late is no news. */
	assert_false(note(shop, 0, PROBE_TRANSLATED));
}

static void test_what_is_bad_is_said_once_and_taken_back(void **state)
{
	static const struct {
		enum probe_result result;
		bool said;
	} rows[] = {
		{PROBE_ARRIVED, false},	 {PROBE_LOST, true},	 {PROBE_LOST, false},
		{PROBE_SILENT, false},	 {PROBE_LOST, false},	 {PROBE_TRANSLATED, true},
		{PROBE_CLOSED, false},	 {PROBE_ARRIVED, true},	 {PROBE_ARRIVED, false},
		{PROBE_UNTESTED, false}, {PROBE_ARRIVED, false}, {PROBE_OTHER_KEYS, true},
		{PROBE_UNTESTED, false}, {PROBE_ARRIVED, true},
	};
	struct shop *shop = *state;

	bring_pods(shop, 0, 1);
	assert_int_equal(choose(shop, false), 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(note(shop, 0, rows[i].result), rows[i].said);
}

static void test_counts_are_of_the_last_results(void **state)
{
	size_t counts[PROBE_RESULT_COUNT];
	struct shop *shop = *state;

	bring_pods(shop, 0, 4);
	assert_int_equal(choose(shop, false), 4);
	note(shop, 0, PROBE_ARRIVED);
	note(shop, 1, PROBE_LOST);
	note(shop, 1, PROBE_SILENT);
	note(shop, 2, PROBE_LOST);
	known_count(&shop->known, counts);
	assert_int_equal(counts[PROBE_ARRIVED], 1);
	assert_int_equal(counts[PROBE_LOST], 1);
	assert_int_equal(counts[PROBE_SILENT], 1);
	assert_int_equal(counts[PROBE_UNTESTED], 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up_shop, tear_down_shop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_only_targets_behind_a_fence_that_refuses_are_tested),
		TEST(test_new_ones_are_tested_once_and_all_from_time_to_time),
		TEST(test_bad_ones_are_tested_again_but_do_not_keep_new_ones_waiting),
		TEST(test_more_than_can_be_known_take_turns),
		TEST(test_endpoints_that_go_are_forgotten),
		TEST(test_what_is_bad_is_said_once_and_taken_back),
		TEST(test_counts_are_of_the_last_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
