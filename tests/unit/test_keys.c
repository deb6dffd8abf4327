// SPDX-License-Identifier: Apache-2.0
/* What is derived from a root, and when. Expected values were computed apart, in Python. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/lib/keys.h"

/* The bytes 0 to 31. */
static struct keys root;

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS_ROOT_SIZE; i++)
		root.root[i] = (__u8)i;
	return 0;
}

static void passports_have_the_keys_of_their_epoch(void **state)
{
	/* HMAC-SHA-256 of "shunt passport" and the epoch in network order. */
	static const struct {
		__u32 epoch;
		__u64 words[2];
	} rows[] = {
		{1, {0x718428b4910956ac, 0x348f385ada12e0c8}},
		{2, {0x05e82340804e2313, 0x1549f375fc4a588f}},
		{0x01020304, {0xb12d7dec9aa340b3, 0x2b2d62dd8b18bb36}},
	};
	struct shunt_keys keys;
	__u64 next;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		__u32 epoch = rows[i].epoch;

		keys_at(&root, (epoch - 1) * 1000ULL, 1000, &keys, &next);
		assert_int_equal(keys.epochs[epoch & 1], epoch);
		assert_int_equal(keys.keys[epoch & 1].words[0], rows[i].words[0]);
		assert_int_equal(keys.keys[epoch & 1].words[1], rows[i].words[1]);
	}
}

static void markers_have_the_tag_of_their_context(void **state)
{
	/* SipHash-2-4, by a script that the paper's own vector was held against. */
	static const struct {
		const char *name, *marker;
	} rows[] = {
		{"mmeng", "mmeng.ca5aa9db9afc16da"},
		{"a", "a.5cbf083df3f4d9df"},
		{"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		 ".76e6197292f123ee"},
	};
	char text[KEYS_MARKER_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
			keys_format_marker(rows[i].name, keys_tag(&root, rows[i].name), text),
			rows[i].marker);
	assert_string_equal(keys_format_marker("a", 1, text), "a.0000000000000001");
}

static void epochs_change_in_the_middle_of_a_period(void **state)
{
	static const struct {
		__u64 now, period;
		__u32 current, other;
		__u64 next;
	} rows[] = {
		{0, 1000, 1, 2, 500},
		{499, 1000, 1, 2, 500},
		{500, 1000, 2, 1, 1000},
		{999, 1000, 2, 1, 1000},
		{1000, 1000, 2, 3, 1500},
		{1499, 1000, 2, 3, 1500},
		{1500, 1000, 3, 2, 2000},
		/* An odd number of milliseconds. */
		{1001 + 499, 1001, 2, 3, 1001 + 500},
		{1001 + 500, 1001, 3, 2, 2002},
		{1764137601000, KEYS_PERIOD_MS_DEFAULT, 490039, 490040, 1764138600000},
		/* The end of 2105. */
		{4291747199999, 1000, 4291747201, 4291747200, 4291747200000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		__u32 current = rows[i].current, other = rows[i].other;
		struct shunt_keys keys;
		__u64 next;

		keys_at(&root, rows[i].now, rows[i].period, &keys, &next);
		assert_int_equal(keys.current, current);
		assert_int_equal(keys.epochs[current & 1], current);
		assert_int_equal(keys.epochs[other & 1], other);
		assert_int_equal(next, rows[i].next);
		assert_int_equal(keys.reserved, 0);
	}
}

static const struct shunt_key *find(const struct shunt_keys *keys, __u32 epoch)
{
	return keys->epochs[epoch & 1] == epoch ? &keys->keys[epoch & 1] : NULL;
}

/* A passport made at one time is let in by whoever has the keys of the other. */
static void assert_valid(const struct shunt_keys *made, const struct shunt_keys *met)
{
	const struct shunt_key *key = find(met, made->current);

	assert_non_null(key);
	assert_memory_equal(key, find(made, made->current), sizeof(*key));
}

static void clocks_may_differ_by_less_than_half_a_period(void **state)
{
	static const __u64 periods[] = {1000, 1001, 60000, KEYS_PERIOD_MS_DEFAULT};

	(void)state;
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		__u64 period = periods[i % 4],
		      now = (__u64)random() * 1000 + (__u64)random() % 1000;
		__u64 later = now + (__u64)random() % ((period + 1) / 2), next;
		struct shunt_keys first, second;

		keys_at(&root, now, period, &first, &next);
		assert_true(next > now && next - now <= (period + 1) / 2);
		keys_at(&root, later, period, &second, &next);
		assert_valid(&first, &second);
		assert_valid(&second, &first);
	}
}

static void keys_do_not_change_before_next(void **state)
{
	struct shunt_keys keys, other;
	__u64 next, after;

	(void)state;
	for (__u64 now = 0; now < 5000; now = next) {
		keys_at(&root, now, 1000, &keys, &next);
		keys_at(&root, next - 1, 1000, &other, &after);
		assert_memory_equal(&keys, &other, sizeof(keys));
		keys_at(&root, next, 1000, &other, &after);
		assert_true(memcmp(&keys, &other, sizeof(keys)));
	}
}

static void roots_differ_and_are_forgotten(void **state)
{
	static const struct keys nothing;
	struct keys one, other;

	(void)state;
	assert_int_equal(keys_make(&one), 0);
	assert_int_equal(keys_make(&other), 0);
	assert_true(memcmp(&one, &other, sizeof(one)));
	assert_true(keys_tag(&one, "mmeng") != keys_tag(&other, "mmeng"));
	keys_forget(&one);
	assert_memory_equal(&one, &nothing, sizeof(one));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passports_have_the_keys_of_their_epoch),
		cmocka_unit_test(markers_have_the_tag_of_their_context),
		cmocka_unit_test(epochs_change_in_the_middle_of_a_period),
		cmocka_unit_test(clocks_may_differ_by_less_than_half_a_period),
		cmocka_unit_test(keys_do_not_change_before_next),
		cmocka_unit_test(roots_differ_and_are_forgotten),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
