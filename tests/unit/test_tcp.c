// SPDX-License-Identifier: Apache-2.0
/* TCP options: those that are translated between a client and a leg, and those of a SYN-ACK. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tcp_image.h"

#define DELTA 0x1000

struct options_case {
	const char *name;
	__u8 length; /* of the options as the header says */
	__u8 before[40];
	__u8 blanked[40]; /* after translation by DELTA, timestamps blanked */
	__u8 kept[40]; /* the same with timestamps kept */
};

/* Both results are the same where there is no timestamp. */
#define SAME(...) .blanked = {__VA_ARGS__}, .kept = {__VA_ARGS__}

static const struct options_case options_cases[] = {
	{"NOPs", 4, {1, 1, 1, 1}, SAME(1, 1, 1, 1)},
	{"SACK first", 12, {SACK1(0x5000, 0x6000U), 1, 1}, SAME(SACK1(0x4000, 0x5000), 1, 1)},
	{"SACK after one NOP",
	 12,
	 {1, SACK1(0x5000, 0x6000), 1},
	 SAME(1, SACK1(0x4000, 0x5000), 1)},
	{"SACK after two NOPs",
	 12,
	 {1, 1, SACK1(0x5000, 0x6000)},
	 SAME(1, 1, SACK1(0x4000, 0x5000))},
	{"SACK after three NOPs",
	 16,
	 {1, 1, 1, SACK1(0x5000, 0x6000)},
	 SAME(1, 1, 1, SACK1(0x4000, 0x5000))},
	{"SACK edges wrap", 12, {1, 1, SACK1(0xfffU, 0x1000)}, SAME(1, 1, SACK1(0xffffffffU, 0))},
	{"two SACK blocks",
	 20,
	 {1, 1, 5, 18, WORD(0x5000), WORD(0x6000), WORD(0x8000), WORD(0x9000)},
	 SAME(1, 1, 5, 18, WORD(0x4000), WORD(0x5000), WORD(0x7000), WORD(0x8000))},
	{"three SACK blocks and a timestamp",
	 40,
	 {1, 1, TIMESTAMP, 1, 1, 5, 26, WORD(0x5000), WORD(0x6000), WORD(0x7000), WORD(0x8000),
	  WORD(0x9000), WORD(0xa000)},
	 .blanked = {1, 1, NOP10, 1, 1, 5, 26, WORD(0x4000), WORD(0x5000), WORD(0x6000),
		     WORD(0x7000), WORD(0x8000), WORD(0x9000)},
	 .kept = {1, 1, TIMESTAMP, 1, 1, 5, 26, WORD(0x4000), WORD(0x5000), WORD(0x6000),
		  WORD(0x7000), WORD(0x8000), WORD(0x9000)}},
	{"four SACK blocks fill the header",
	 36,
	 {1, 1, 5, 34, WORD(0x2000), WORD(0x3000), WORD(0x4000), WORD(0x5000), WORD(0x6000),
	  WORD(0x7000), WORD(0x8000), WORD(0x9000)},
	 SAME(1, 1, 5, 34, WORD(0x1000), WORD(0x2000), WORD(0x3000), WORD(0x4000), WORD(0x5000),
	      WORD(0x6000), WORD(0x7000), WORD(0x8000))},
	{"SACK at the header's very end",
	 40,
	 {NOP10, NOP10, NOP10, SACK1(0x5000, 0x6000)},
	 SAME(NOP10, NOP10, NOP10, SACK1(0x4000, 0x5000))},
	{"two SACK options",
	 20,
	 {SACK1(0x5000, 0x6000), SACK1(0x7000, 0x8000)},
	 SAME(SACK1(0x4000, 0x5000), SACK1(0x6000, 0x7000))},
	{"timestamp", 12, {1, 1, TIMESTAMP}, .blanked = {1, 1, NOP10}, .kept = {1, 1, TIMESTAMP}},
	{"timestamp first",
	 12,
	 {TIMESTAMP, 1, 1},
	 .blanked = {NOP10, 1, 1},
	 .kept = {TIMESTAMP, 1, 1}},
	{"timestamp last, padded",
	 16,
	 {1, 1, 1, TIMESTAMP, 0},
	 .blanked = {1, 1, 1, NOP10, 0},
	 .kept = {1, 1, 1, TIMESTAMP, 0}},
	{"timestamp behind SACK",
	 24,
	 {SACK1(0x5000, 0x6000), TIMESTAMP, 1, 1},
	 .blanked = {SACK1(0x4000, 0x5000), NOP10, 1, 1},
	 .kept = {SACK1(0x4000, 0x5000), TIMESTAMP, 1, 1}},
	{"unknown options are skipped",
	 20,
	 {253, 4, 9, 9, 5 + 25, 4, 1, 2, SACK1(0x5000, 0x6000), 1, 1},
	 SAME(253, 4, 9, 9, 30, 4, 1, 2, SACK1(0x4000, 0x5000), 1, 1)},
	{"option that holds the bytes of a SACK",
	 20,
	 {254, 14, SACK1(0x5000, 0x6000), 7, 7, 1, 1},
	 SAME(254, 14, SACK1(0x5000, 0x6000), 7, 7, 1, 1)},
	{"nothing behind the end of the list",
	 16,
	 {0, 1, 1, 1, SACK1(0x5000, 0x6000), 1, 1},
	 SAME(0, 1, 1, 1, SACK1(0x5000, 0x6000), 1, 1)},
	{"nothing behind a size of 0",
	 16,
	 {8, 0, 1, 1, SACK1(0x5000, 0x6000), 1, 1},
	 SAME(8, 0, 1, 1, SACK1(0x5000, 0x6000), 1, 1)},
	{"nothing behind a size of 1",
	 16,
	 {5, 1, 1, 1, SACK1(0x5000, 0x6000), 1, 1},
	 SAME(5, 1, 1, 1, SACK1(0x5000, 0x6000), 1, 1)},
	{"size beyond the header",
	 12,
	 {1, 1, 5, 18, WORD(0x5000), WORD(0x6000)},
	 SAME(1, 1, 5, 18, WORD(0x5000), WORD(0x6000))},
	{"size of 255",
	 12,
	 {5, 255, WORD(0x5000), WORD(0x6000), 1, 1},
	 SAME(5, 255, WORD(0x5000), WORD(0x6000), 1, 1)},
	{"kind without a size at the end", 4, {1, 1, 1, 5}, SAME(1, 1, 1, 5)},
	{"SACK without a block", 4, {5, 2, 1, 1}, SAME(5, 2, 1, 1)},
	{"SACK with half a block", 8, {5, 6, WORD(0x5000), 1, 1}, SAME(5, 6, WORD(0x5000), 1, 1)},
	{"SACK a byte short of a block",
	 12,
	 {5, 9, WORD(0x5000), 0, 0, 0x60, 1, 1, 1},
	 SAME(5, 9, WORD(0x5000), 0, 0, 0x60, 1, 1, 1)},
	{"SACK with a block and a half",
	 16,
	 {5, 14, WORD(0x5000), WORD(0x6000), WORD(0x7000), 1, 1},
	 SAME(5, 14, WORD(0x4000), WORD(0x5000), WORD(0x7000), 1, 1)},
	{"timestamp of a wrong size",
	 12,
	 {8, 8, 1, 2, 3, 4, 5, 6, 1, 1, 1, 1},
	 SAME(8, 8, 1, 2, 3, 4, 5, 6, 1, 1, 1, 1)},
	{"beyond the header's end nothing is read",
	 4,
	 {1, 1, 1, 1, SACK1(0x5000, 0x6000)},
	 SAME(1, 1, 1, 1, SACK1(0x5000, 0x6000))},
	{"no option", 0, {SACK1(0x5000, 0x6000)}, SAME(SACK1(0x5000, 0x6000))},
};

static bool options_become(const struct options_case *row, const __u8 *expected, bool blank)
{
	struct tcp_image image = image_new(row->before, row->length);
	struct shunt_leg leg = {.flags = blank ? SHUNT_LEG_NO_TIMESTAMPS : 0};
	__u32 timestamp = tcp_options_translate(&image, DELTA);

	if (timestamp != TCP_OPTIONS_DONE)
		tcp_timestamp_to_leg(&image, timestamp, &leg);
	if (!memcmp(image.options, expected, 40))
		return true;
	print_error("row \"%s\"%s\n", row->name, blank ? ", blanked" : "");
	return false;
}

static void translates_options(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(options_cases) / sizeof(options_cases[0]); i++) {
		failed += !options_become(&options_cases[i], options_cases[i].blanked, true);
		failed += !options_become(&options_cases[i], options_cases[i].kept, false);
	}
	assert_int_equal(failed, 0);
}

static void reads_offers(void **state)
{
	static const struct {
		const char *name;
		__u8 length;
		__u8 options[40];
		struct tcp_offer expected;
	} cases[] = {
		{"none", 0, {0}, {.mss = 0}},
		{"Linux",
		 20,
		 {2, 4, 5, 180, 4, 2, TIMESTAMP, 1, 3, 3, 7},
		 {1460, 7, 1, 0x01020304, 1}},
		{"without timestamps",
		 12,
		 {2, 4, 5, 180, 1, 1, 4, 2, 1, 3, 3, 10},
		 {.mss = 1460, .scale = 10, .scale_present = 1}},
		{"jumbo", 8, {2, 4, 35, 40, 1, 3, 3, 0}, {.mss = 9000, .scale_present = 1}},
		{"MSS alone", 4, {2, 4, 2, 24}, {.mss = 536}},
		{"MSS of 65535", 4, {2, 4, 255, 255}, {.mss = 65535}},
		{"scale alone", 4, {1, 3, 3, 14}, {.scale = 14, .scale_present = 1}},
		{"scale beyond 14", 4, {1, 3, 3, 15}, {.scale = 14, .scale_present = 1}},
		{"scale of 255", 4, {3, 3, 255, 1}, {.scale = 14, .scale_present = 1}},
		{"MSS of a wrong size", 4, {2, 3, 5, 1}, {.mss = 0}},
		{"scale of a wrong size", 4, {3, 4, 7, 7}, {.mss = 0}},
		{"timestamp at an odd place",
		 12,
		 {1, TIMESTAMP, 1},
		 {.time = 0x01020304, .time_present = 1}},
		{"timestamp of a wrong size", 8, {8, 8, 1, 2, 3, 4, 5, 6}, {.mss = 0}},
		{"behind the end", 8, {0, 0, 0, 0, 2, 4, 5, 180}, {.mss = 0}},
		{"behind what is malformed", 8, {4, 1, 0, 0, 2, 4, 5, 180}, {.mss = 0}},
		{"cut by the header's end", 4, {1, 2, 4, 5, 180}, {.mss = 0}},
		{"last of 40 bytes",
		 40,
		 {NOP10, NOP10, NOP10, 1, 1, 1, 2, 4, 5, 180, 3, 3, 9},
		 {.mss = 1460, .scale = 9, .scale_present = 1}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcp_image image = image_new(cases[i].options, cases[i].length);
		struct tcp_offer offer = {};

		tcp_offer_read(&image, &offer);
		if (memcmp(&offer, &cases[i].expected, sizeof(offer)))
			fail_msg("row \"%s\": mss %u, scale %u, present %u", cases[i].name,
				 offer.mss, offer.scale, offer.scale_present);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(translates_options),
		cmocka_unit_test(reads_offers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
