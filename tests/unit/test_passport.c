// SPDX-License-Identifier: Apache-2.0
/* Passports: what is signed, what stands in a SYN, and what a fence makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "bpf/passport.h"
#include "tcp_image.h"
#include "user/lib/address.h"

#define EPOCH 1000
#define EXID 0x53, 0x48
#define TAG 0xb4, 0xfb, 0x29, 0xa9, 0x42, 0xdc, 0x95, 0x6b
#define PASSPORT 254, 16, EXID, WORD(EPOCH), TAG

/* The bytes 00 01 .. 0f in the place of EPOCH, others in the other. */
static const struct shunt_keys keys = {
	.epochs = {EPOCH, EPOCH + 1},
	.current = EPOCH,
	.keys = {{{0x0706050403020100, 0x0f0e0d0c0b0a0908}}, {{1, 2}}},
};

static struct passport_message message_new(const char *source, const char *destination)
{
	struct tcp_image image = {
		.source = htons(40000), .destination = htons(8080), .sequence = htonl(0xfffffeff)};
	struct shunt_address from, to;
	struct passport_message message;

	assert_int_equal(address_parse(source, &from), 0);
	assert_int_equal(address_parse(destination, &to), 0);
	passport_describe(&message, &from, &to, &image);
	return message;
}

/* The tags were computed apart from this code, over the bytes that the header file names. */
static void signs_the_bytes_that_the_header_file_names(void **state)
{
	struct passport_message ipv4 = message_new("10.9.0.2", "10.9.2.1");
	struct passport_message ipv6 = message_new("fd09::2", "fd09:2::1");

	(void)state;
	assert_int_equal(passport_tag(&keys.keys[0], &ipv4), 0xb4fb29a942dc956b);
	assert_int_equal(passport_tag(&keys.keys[0], &ipv6), 0xead950fc60d4c3bf);
}

static void every_byte_of_the_message_counts(void **state)
{
	struct passport_message message = message_new("10.9.0.2", "10.9.2.1"), other;
	__u64 tag = passport_tag(&keys.keys[0], &message);

	(void)state;
	for (size_t i = 0; i < sizeof(message) * 8; i++) {
		other = message;
		((__u8 *)&other)[i / 8] ^= 1 << i % 8;
		assert_int_not_equal(passport_tag(&keys.keys[0], &other), tag);
	}
	assert_int_not_equal(passport_tag(&keys.keys[1], &message), tag);
}

static void writes_what_the_header_file_says(void **state)
{
	static const __u8 expected[SHUNT_PASSPORT_LENGTH] = {PASSPORT};
	__u8 option[SHUNT_PASSPORT_LENGTH];

	(void)state;
	passport_write(option, EPOCH, 0xb4fb29a942dc956b);
	assert_memory_equal(option, expected, sizeof(expected));
}

static const struct find_case {
	const char *name;
	__u8 length; /* of the options */
	__u8 options[40];
	int index; /* of the passport, or -1 */
} find_cases[] = {
	{"no options", 0, {0}, -1},
	{"alone", 16, {PASSPORT}, 0},
	{"after MSS", 20, {2, 4, 5, 180, PASSPORT}, 4},
	{"as the switch writes it", 28, {2, 4, 5, 180, 4, 2, 1, 1, 1, 3, 3, 7, PASSPORT}, 12},
	{"after one NOP", 20, {1, PASSPORT, 1, 1, 1}, 1},
	{"after a timestamp, at an odd place", 28, {1, TIMESTAMP, PASSPORT, 1}, 11},
	{"at the very end", 40, {NOP10, TIMESTAMP, 2, 4, 5, 180, PASSPORT}, 24},
	{"after many NOPs", 40, {NOP10, NOP10, 1, 1, 1, 1, PASSPORT}, 24},
	{"the first of two", 32, {PASSPORT, PASSPORT}, 0},
	{"after another user's option", 24, {254, 8, 0, 1, 0, 0, 0, 0, PASSPORT}, 8},
	{"after a longer one of the ExID",
	 40,
	 {254, 20, EXID, WORD(0), WORD(0), WORD(0), WORD(0), PASSPORT},
	 20},
	{"another ExID only", 16, {254, 16, 0x53, 0x49, WORD(EPOCH), TAG}, -1},
	{"kind 253", 16, {253, 16, EXID, WORD(EPOCH), TAG}, -1},
	{"length 15", 16, {254, 15, EXID, WORD(EPOCH), TAG}, -1},
	{"length 12", 12, {254, 12, EXID, WORD(EPOCH), 1, 2, 3, 4}, -1},
	{"beyond the options' length", 12, {PASSPORT}, -1},
	{"cut by the options' length", 12, {2, 4, 5, 180, PASSPORT}, -1},
	{"after the end of the list", 20, {0, 0, 0, 0, PASSPORT}, -1},
	{"after a malformed option", 20, {8, 0, 1, 1, PASSPORT}, -1},
	{"within another option", 24, {30, 20, 1, 1, PASSPORT}, -1},
	{"bytes beyond the last option", 40, {NOP10, NOP10, NOP10, NOP10}, -1},
};

static void finds_it_among_the_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(find_cases) / sizeof(find_cases[0]); i++) {
		const struct find_case *row = &find_cases[i];
		struct tcp_image image = image_new(row->options, row->length), erased = image;
		struct passport found;

		passport_find(&image, &found);
		if (found.present != (row->index >= 0))
			fail_msg("\"%s\": %sfound", row->name, found.present ? "" : "not ");
		if (!found.present)
			continue;
		assert_int_equal(found.index, row->index);
		assert_int_equal(found.epoch, EPOCH);
		assert_int_equal(found.tag, 0xb4fb29a942dc956b);
		passport_erase(&erased, &found);
		memset(image.options + row->index, TCP_OPTION_NOP, SHUNT_PASSPORT_LENGTH);
		assert_memory_equal(&erased, &image, sizeof(image));
	}
}

/* Where the first passport is, read as RFC 9293 says, or -1. */
static int read_plainly(const __u8 *options, int length)
{
	static const __u8 begins[4] = {254, 16, EXID};

	for (int at = 0; at < length && options[at] != TCP_OPTION_END;) {
		if (options[at] == TCP_OPTION_NOP) {
			at++;
			continue;
		}
		if (at + 1 >= length || options[at + 1] < 2 || at + options[at + 1] > length)
			return -1;
		if (!memcmp(options + at, begins, sizeof(begins)))
			return at;
		at += options[at + 1];
	}
	return -1;
}

/* Options of random kinds and sizes, well formed or not, with a passport among them now and then. */
static void agrees_with_a_plain_reading(void **state)
{
	static const __u8 passport[SHUNT_PASSPORT_LENGTH] = {PASSPORT};
	static const __u8 bytes[8] = {0, 1, 2, 3, 4, 254, 16, 8};
	unsigned int found_count = 0;
	__u64 seed = 1;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		struct tcp_image image = {.offset = (5 + round % 11) << 4};
		struct passport found;
		int expected;

		for (size_t i = 0; i < 40; i++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			image.options[i] = seed >> 63 ? 1 : bytes[seed >> 60 & 7];
		}
		memcpy(image.options + (seed >> 59) % 25, passport, sizeof(passport));
		expected = read_plainly(image.options, round % 11 * 4);
		passport_find(&image, &found);
		assert_int_equal(found.present ? found.index : -1, expected);
		found_count += found.present;
	}
	assert_true(found_count > 1000);
}

static const struct check_case {
	const char *name;
	struct passport found;
	enum passport_result result;
} check_cases[] = {
	{"right", {.present = 1, .epoch = EPOCH, .tag = 0xb4fb29a942dc956b}, PASSPORT_VALID},
	{"none", {.present = 0, .epoch = EPOCH, .tag = 0xb4fb29a942dc956b}, PASSPORT_MISSING},
	{"tag, one bit",
	 {.present = 1, .epoch = EPOCH, .tag = 0xb4fb29a942dc956a},
	 PASSPORT_FORGED},
	{"tag of 0", {.present = 1, .epoch = EPOCH}, PASSPORT_FORGED},
	{"other epoch's key",
	 {.present = 1, .epoch = EPOCH + 1, .tag = 0xb4fb29a942dc956b},
	 PASSPORT_FORGED},
	{"epoch before",
	 {.present = 1, .epoch = EPOCH - 2, .tag = 0xb4fb29a942dc956b},
	 PASSPORT_EXPIRED},
	{"epoch to come",
	 {.present = 1, .epoch = EPOCH + 2, .tag = 0xb4fb29a942dc956b},
	 PASSPORT_EXPIRED},
	{"epoch 0", {.present = 1, .tag = 0xb4fb29a942dc956b}, PASSPORT_EXPIRED},
};

static void checks_epoch_and_tag(void **state)
{
	struct passport_message message = message_new("10.9.0.2", "10.9.2.1");

	(void)state;
	for (size_t i = 0; i < sizeof(check_cases) / sizeof(check_cases[0]); i++) {
		enum passport_result got = passport_check(&check_cases[i].found, &message, &keys);

		if (got != check_cases[i].result)
			fail_msg("\"%s\": %d", check_cases[i].name, got);
	}
}

/* Nor is an epoch of 0 one where a place is empty, with a key that everybody knows. */
static void no_passport_is_valid_without_keys(void **state)
{
	static const struct shunt_keys none;
	struct passport_message message = message_new("10.9.0.2", "10.9.2.1");
	struct passport found = {.present = 1, .tag = passport_tag(&none.keys[0], &message)};

	(void)state;
	assert_int_equal(passport_check(&found, &message, &none), PASSPORT_EXPIRED);
	assert_int_equal(passport_check(&found, &message, NULL), PASSPORT_EXPIRED);
	found.epoch = EPOCH;
	assert_int_equal(passport_check(&found, &message, &none), PASSPORT_EXPIRED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_the_bytes_that_the_header_file_names),
		cmocka_unit_test(every_byte_of_the_message_counts),
		cmocka_unit_test(writes_what_the_header_file_says),
		cmocka_unit_test(finds_it_among_the_options),
		cmocka_unit_test(agrees_with_a_plain_reading),
		cmocka_unit_test(checks_epoch_and_tag),
		cmocka_unit_test(no_passport_is_valid_without_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
