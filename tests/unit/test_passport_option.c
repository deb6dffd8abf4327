// SPDX-License-Identifier: Apache-2.0
/*
 * Passports that user space makes. The rows were computed with another implementation of SipHash,
 * which agrees with the vectors of its authors.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <linux/bpf.h>
#include <shunt/siphash.h>
#include "user/lib/address.h"
#include "user/lib/passport.h"

/* Bytes 00 to 0f for odd epochs, 10 to 1f for even ones. */
static const struct shunt_key odd = {{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL}};
static const struct shunt_key even = {{0x1716151413121110ULL, 0x1f1e1d1c1b1a1918ULL}};

static const struct {
	const char *client;
	const char *remote;
	__u32 sequence;
	__u32 epoch;
	__u8 segment[PASSPORT_SYN_SIZE];
} rows[] = {
	{"10.77.2.2:41822",
	 "10.77.4.2:8080",
	 0x89abcdef,
	 7,
	 {0xa3, 0x5e, 0x1f, 0x90, 0x89, 0xab, 0xcd, 0xef, 0x00, 0x00, 0x00, 0x00, 0xa0, 0x02,
	  0xff, 0xff, 0xb1, 0xc3, 0x00, 0x00, 0x02, 0x04, 0x02, 0x18, 0xfe, 0x10, 0x53, 0x48,
	  0x00, 0x00, 0x00, 0x07, 0x9d, 0xdd, 0xca, 0xbe, 0x91, 0x8d, 0x29, 0x3d}},
	{"[fd77:1::a]:1",
	 "[fd77:2::b]:65535",
	 0xffffffff,
	 0x80000002,
	 {0x00, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xa0, 0x02,
	  0xff, 0xff, 0x16, 0x1f, 0x00, 0x00, 0x02, 0x04, 0x02, 0x18, 0xfe, 0x10, 0x53, 0x48,
	  0x80, 0x00, 0x00, 0x02, 0x11, 0x8c, 0x44, 0x5e, 0x0d, 0x17, 0x16, 0x2e}},
};

static struct shunt_connection connection(const char *client, const char *remote)
{
	struct shunt_endpoint from, to;

	assert_int_equal(address_parse_endpoint(client, &from), 0);
	assert_int_equal(address_parse_endpoint(remote, &to), 0);
	return (struct shunt_connection){from.address, to.address, from.port, to.port};
}

static struct shunt_keys keys_of(__u32 epoch)
{
	struct shunt_keys keys = {.current = epoch, .keys = {even, odd}};

	keys.epochs[epoch & 1] = epoch;
	return keys;
}

static void test_hash_has_its_authors_value(void **state)
{
	__u64 words[5];
	__u8 *bytes = (__u8 *)words;

	(void)state;
	for (__u8 i = 0; i < sizeof(words); i++)
		bytes[i] = i;
	assert_true(shunt_siphash(&odd, words, 5) == 0x0e3ea96b5304a7d0ULL);
}

static void test_segments_are_as_another_implementation_makes_them(void **state)
{
	__u8 segment[PASSPORT_SYN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct shunt_connection between = connection(rows[i].client, rows[i].remote);
		struct shunt_keys keys = keys_of(rows[i].epoch);

		assert_int_equal(passport_write_syn(&keys, &between, rows[i].sequence, segment), 0);
		assert_memory_equal(segment, rows[i].segment, sizeof(segment));
		/* With its checksum in it, the sum of any segment is 0. */
		assert_int_equal(passport_checksum(&between, segment, sizeof(segment)), 0);
	}
}

static void test_tag_depends_on_all_that_it_covers(void **state)
{
	static const struct {
		const char *client;
		const char *remote;
		__u32 sequence;
	} others[] = {
		{"10.77.2.3:41822", "10.77.4.2:8080", 1}, {"10.77.2.2:41823", "10.77.4.2:8080", 1},
		{"10.77.2.2:41822", "10.77.4.3:8080", 1}, {"10.77.2.2:41822", "10.77.4.2:8081", 1},
		{"10.77.2.2:41822", "10.77.4.2:8080", 2},
	};
	struct shunt_connection between = connection("10.77.2.2:41822", "10.77.4.2:8080");
	__u64 tag = passport_tag(&odd, &between, 1);

	(void)state;
	assert_true(passport_tag(&even, &between, 1) != tag);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		between = connection(others[i].client, others[i].remote);
		assert_true(passport_tag(&odd, &between, others[i].sequence) != tag);
	}
}

static void test_there_is_none_without_a_key_in_force(void **state)
{
	struct shunt_connection between = connection("10.77.2.2:1", "10.77.4.2:2");
	__u8 option[SHUNT_PASSPORT_LENGTH], segment[PASSPORT_SYN_SIZE];
	struct shunt_keys keys = {0};

	(void)state;
	assert_int_equal(passport_write(&keys, &between, 1, option), -ENOKEY);
	keys = keys_of(6);
	keys.current = 8;
	assert_int_equal(passport_write(&keys, &between, 1, option), -ENOKEY);
	assert_int_equal(passport_write_syn(&keys, &between, 1, segment), -ENOKEY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_has_its_authors_value),
		cmocka_unit_test(test_segments_are_as_another_implementation_makes_them),
		cmocka_unit_test(test_tag_depends_on_all_that_it_covers),
		cmocka_unit_test(test_there_is_none_without_a_key_in_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
