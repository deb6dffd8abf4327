// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "bpf/rendezvous.h"

#define CLIENTS 12800

/* Neighbours, as a node gives them to its pods; or IPv6, or ports of one address. */
static void fill(struct shunt_endpoint *endpoints, __u32 count, int kind)
{
	memset(endpoints, 0, count * sizeof(*endpoints));
	for (__u32 i = 0; i < count; i++) {
		__u8 *bytes = endpoints[i].address.bytes;

		memcpy(bytes,
		       kind == 1 ? "\xfd\0\0\1\0\0\0\0\0\0\0" : "\0\0\0\0\0\0\0\0\0\0\xff\xff\n\1",
		       kind == 1 ? 11 : 14);
		bytes[15] = kind == 2 ? 1 : i + 1;
		endpoints[i].port = kind == 2 ? 8080 + i : 8080;
	}
}

static __u32 choose(const struct shunt_endpoint *endpoints, __u32 count, __u64 client)
{
	struct shunt_endpoint chosen = {};
	__u32 i = 0;

	rendezvous_choose(endpoints, count, client, &chosen);
	while (memcmp(&endpoints[i], &chosen, sizeof(chosen)) != 0)
		assert_true(++i < count);
	return i;
}

/* Cookies of network namespaces are small numbers, one after the other. */
static void clients_are_spread_evenly(void **state)
{
	static const __u32 counts[] = {1, 2, 3, 7, SHUNT_STEER_ENDPOINTS_MAX};
	struct shunt_endpoint endpoints[SHUNT_STEER_ENDPOINTS_MAX];

	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
			double expected = (double)CLIENTS / counts[i], sum = 0;
			__u32 hits[SHUNT_STEER_ENDPOINTS_MAX] = {0};

			fill(endpoints, counts[i], kind);
			for (__u64 client = 1; client <= CLIENTS; client++)
				hits[choose(endpoints, counts[i], client)]++;
			for (__u32 k = 0; k < counts[i]; k++)
				sum += (hits[k] - expected) * (hits[k] - expected) / expected;
			/* Chi-square has a mean of count - 1 and twice that as its variance. */
			print_message("kind %d, %u endpoints: chi-square %.1f\n", kind, counts[i],
				      sum);
			assert_true(sum < counts[i] * 2 + 20);
		}
	}
}

static void only_clients_of_an_endpoint_that_goes_change(void **state)
{
	struct shunt_endpoint before[9], after[8];

	(void)state;
	fill(before, 9, 0);
	for (__u32 gone = 0; gone < 9; gone++) {
		memcpy(after, before, gone * sizeof(*before));
		memcpy(after + gone, before + gone + 1, (8 - gone) * sizeof(*before));
		for (__u64 client = 1; client <= 500; client++) {
			__u32 old = choose(before, 9, client), new = choose(after, 8, client);

			if (old != gone)
				assert_memory_equal(&before[old], &after[new], sizeof(*before));
		}
	}
}

static void the_order_of_endpoints_does_not_matter(void **state)
{
	struct shunt_endpoint forwards[5], backwards[5];

	(void)state;
	fill(forwards, 5, 0);
	for (int i = 0; i < 5; i++)
		backwards[i] = forwards[4 - i];
	for (__u64 client = 1; client <= 500; client++)
		assert_int_equal(choose(forwards, 5, client), 4 - choose(backwards, 5, client));
}

static void none_is_none(void **state)
{
	struct shunt_endpoint chosen = {.port = 7};

	(void)state;
	rendezvous_choose(NULL, 0, 1, &chosen);
	assert_int_equal(chosen.port, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_are_spread_evenly),
		cmocka_unit_test(only_clients_of_an_endpoint_that_goes_change),
		cmocka_unit_test(the_order_of_endpoints_does_not_matter),
		cmocka_unit_test(none_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
