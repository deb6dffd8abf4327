// SPDX-License-Identifier: Apache-2.0
/* How often somebody may write, and how often somebody unknown may ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "user/lib/clock.h"
#include "user/manager/api_limits.h"

#define FAILURES_AT_ONCE 50
#define WRITES_AT_ONCE 2000
#define NOW (1000 * CLOCK_SECOND)

static struct api_limits limits;

static int start(void **state)
{
	(void)state;
	api_limits_init(&limits);
	return 0;
}

static const unsigned char address[16] = {[15] = 1};

/* Takes until it has to wait; returns how many it got, and the wait in *wait. */
static unsigned int take_failures(uint64_t now, unsigned int *wait)
{
	unsigned int count = 0;

	while (!(*wait = api_limits_failure(&limits, address, now)) && count < 100000)
		count++;
	return count;
}

static void failures_are_bounded_by_address(void **state)
{
	unsigned int wait;

	(void)state;
	assert_int_equal(take_failures(NOW, &wait), FAILURES_AT_ONCE);
	assert_int_equal(wait, 1);
}

static void what_was_taken_comes_back_with_time(void **state)
{
	unsigned int wait;

	(void)state;
	take_failures(NOW, &wait);
	assert_int_equal(take_failures(NOW + CLOCK_SECOND, &wait), 5);
	assert_int_equal(take_failures(NOW + CLOCK_SECOND + CLOCK_SECOND / 10, &wait), 0);
	assert_int_equal(wait, 1);
	/* Refusals cost nothing, and what is saved up has a bound. */
	assert_int_equal(take_failures(NOW + 3600 * CLOCK_SECOND, &wait), FAILURES_AT_ONCE);
}

static void after_the_wait_there_is_one(void **state)
{
	unsigned int wait;

	(void)state;
	take_failures(NOW, &wait);
	assert_int_equal(api_limits_failure(&limits, address, NOW + wait * CLOCK_SECOND), 0);
}

static void writes_are_bounded_by_name(void **state)
{
	unsigned int count = 0;

	(void)state;
	while (!api_limits_write(&limits, "alice", NOW) && count < 100000)
		count++;
	assert_int_equal(count, WRITES_AT_ONCE);
	count = 0;
	while (!api_limits_write(&limits, "alice", NOW + CLOCK_SECOND) && count < 100000)
		count++;
	assert_int_equal(count, 500);
	/* Failures are counted apart. */
	assert_int_equal(api_limits_failure(&limits, address, NOW), 0);
}

static void others_are_hardly_disturbed(void **state)
{
	unsigned int wait, disturbed = 0;
	unsigned char source[16] = {[15] = 1};

	(void)state;
	take_failures(NOW, &wait);
	for (unsigned int i = 1; i <= 1000; i++) {
		source[13] = i >> 8;
		source[14] = i & 0xff;
		source[15] = 7;
		disturbed += api_limits_failure(&limits, source, NOW) != 0;
	}
	/* Of 1024 buckets one is empty. */
	assert_in_range(disturbed, 0, 20);
}

static void who_shares_a_bucket_cannot_be_foreseen(void **state)
{
	struct api_limits again;
	size_t mine = 0, its = 0;

	(void)state;
	api_limits_init(&again);
	assert_true(again.seed != limits.seed);
	for (unsigned int i = 0; i < 64; i++) {
		unsigned char source[16] = {[14] = 9, [15] = (unsigned char)i};

		assert_int_equal(api_limits_failure(&limits, source, NOW), 0);
		assert_int_equal(api_limits_failure(&again, source, NOW), 0);
	}
	for (size_t i = 0; i < API_LIMITS_BUCKETS; i++) {
		mine += limits.failures[i].since != 0;
		its += limits.failures[i].since && again.failures[i].since;
	}
	assert_in_range(mine, 40, 64);
	assert_in_range(its, 0, mine - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(failures_are_bounded_by_address, start),
		cmocka_unit_test_setup(what_was_taken_comes_back_with_time, start),
		cmocka_unit_test_setup(after_the_wait_there_is_one, start),
		cmocka_unit_test_setup(writes_are_bounded_by_name, start),
		cmocka_unit_test_setup(others_are_hardly_disturbed, start),
		cmocka_unit_test_setup(who_shares_a_bucket_cannot_be_foreseen, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
