// SPDX-License-Identifier: Apache-2.0
/* When it is said that passports of moved requests do not arrive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "user/agent/selftest_moved.h"

static void test_failures_are_said_with_their_number_at_most_every_10_minutes(void **state)
{
	static const struct {
		__u64 at; /* in ms */
		__u64 lost; /* as the kernel has counted */
		__u64 refused;
		__u64 said[MOVED_KINDS];
	} rows[] = {
		{1000, 7, 0, {0, 0}}, /* from before this agent */
		{2000, 7, 0, {0, 0}},
		{3000, 9, 0, {2, 0}},
		{4000, 12, 1, {0, 1}},
		{3000 + MOVED_AGAIN_MS - 1, 12, 1, {0, 0}},
		{3000 + MOVED_AGAIN_MS, 13, 1, {4, 0}},
		{4000 + MOVED_AGAIN_MS, 13, 3, {0, 2}},
		{9000 + 2 * MOVED_AGAIN_MS, 13, 3, {0, 0}},
		{9001 + 2 * MOVED_AGAIN_MS, 14, 4, {1, 1}},
	};
	__u64 counts[SHUNT_REASON_COUNT] = {0}, said[MOVED_KINDS];
	struct moved moved = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		counts[SHUNT_REASON_PASSPORT_LOST] = rows[i].lost;
		counts[SHUNT_REASON_PASSPORT_REFUSED] = rows[i].refused;
		moved_look(&moved, counts, rows[i].at, said);
		for (int kind = 0; kind < MOVED_KINDS; kind++)
			assert_int_equal(said[kind], rows[i].said[kind]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failures_are_said_with_their_number_at_most_every_10_minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
