// SPDX-License-Identifier: Apache-2.0
/* TCP headers: sequence numbers, windows, and their translation between a client and a leg. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tcp_image.h"

/* The window in bytes must be kept up to a unit of the coarser scale, and 64 KiB of units. */
static void rescales_windows(void **state)
{
	static const __u16 windows[] = {0, 1, 2, 3, 255, 256, 502, 1000, 32767, 32768, 65535};

	(void)state;
	for (__u8 from = 0; from <= 14; from++) {
		for (__u8 to = 0; to <= 14; to++) {
			for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
				__u64 bytes = (__u64)windows[i] << from;
				__u64 field = bytes >> to;
				__u16 got = tcp_window_rescale(windows[i], from, to);

				if (field > 65535)
					field = 65535;
				if (!field && windows[i])
					field = 1;
				assert_int_equal(got, field);
				assert_true((__u64)got << to <= bytes || got == 1);
			}
		}
	}
}

static void compares_sequence_numbers(void **state)
{
	static const struct {
		__u32 a, b;
		bool before;
	} cases[] = {
		{0, 1, true},
		{1, 0, false},
		{7, 7, false},
		{0xffffffff, 0, true},
		{0, 0xffffffff, false},
		{0xfffffff0, 0x10, true},
		{0x10, 0xfffffff0, false},
		{0, 0x7fffffff, true},
		{0x80000001, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(sequence_before(cases[i].a, cases[i].b), cases[i].before);
		assert_int_equal(sequence_after(cases[i].b, cases[i].a), cases[i].before);
	}
}

static const struct header_case {
	const char *name;
	struct shunt_leg leg;
	__u8 scale; /* the other side's */
	__u32 sequence, acknowledgement;
	__u16 window;
	__u32 leg_sequence, leg_acknowledgement; /* after tcp_to_leg() */
	__u16 leg_window;
	__u32 client_sequence, client_acknowledgement; /* after tcp_to_client() */
	__u16 client_window;
} header_cases[] = {
	{"the origin, untouched",
	 {.window_scale = 7},
	 7,
	 100,
	 200,
	 500,
	 100,
	 200,
	 500,
	 100,
	 200,
	 500},
	{"deltas",
	 {.sequence_delta = 10, .reply_delta = 1000, .window_scale = 7},
	 7,
	 100,
	 5000,
	 500,
	 110,
	 4000,
	 500,
	 1100,
	 4990,
	 500},
	{"deltas that wrap",
	 {.sequence_delta = 0xfffffff0, .reply_delta = 0x80000000},
	 0,
	 8,
	 4,
	 1,
	 0xfffffff8,
	 0x80000004,
	 1,
	 0x80000008,
	 20,
	 1},
	{"numbers that wrap",
	 {.sequence_delta = 0x20, .reply_delta = 0x20},
	 0,
	 0xfffffff0,
	 0x10,
	 9,
	 0x10,
	 0xfffffff0,
	 9,
	 0x10,
	 0xfffffff0,
	 9},
	{"a leg that scales less", {.window_scale = 2}, 7, 1, 2, 3200, 1, 2, 3200, 1, 2, 100},
	{"a leg that scales more", {.window_scale = 9}, 7, 1, 2, 100, 1, 2, 100, 1, 2, 400},
	{"a leg that does not scale",
	 {.flags = SHUNT_LEG_NO_SCALE},
	 7,
	 1,
	 2,
	 100,
	 1,
	 2,
	 12800,
	 1,
	 2,
	 1},
	{"a leg that does not scale, at its limit",
	 {.flags = SHUNT_LEG_NO_SCALE},
	 7,
	 1,
	 2,
	 60000,
	 1,
	 2,
	 65535,
	 1,
	 2,
	 468},
	{"a closed window",
	 {.flags = SHUNT_LEG_NO_SCALE, .window_scale = 3},
	 7,
	 1,
	 2,
	 0,
	 1,
	 2,
	 0,
	 1,
	 2,
	 0},
};

static bool header_is(const char *name, const struct tcp_image *image, __u32 sequence,
		      __u32 acknowledgement, __u16 window)
{
	if (ntohl(image->sequence) == sequence &&
	    ntohl(image->acknowledgement) == acknowledgement && ntohs(image->window) == window)
		return true;
	print_error("row \"%s\": %u %u %u\n", name, ntohl(image->sequence),
		    ntohl(image->acknowledgement), ntohs(image->window));
	return false;
}

static void translates_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(header_cases) / sizeof(header_cases[0]); i++) {
		const struct header_case *row = &header_cases[i];
		struct tcp_image leg = image_new(NULL, 0), client;

		leg.sequence = htonl(row->sequence);
		leg.acknowledgement = htonl(row->acknowledgement);
		leg.window = htons(row->window);
		client = leg;
		assert_int_equal(tcp_to_leg(&leg, &row->leg, row->scale, 7), 7);
		assert_int_equal(tcp_to_client(&client, &row->leg, row->scale, 8), 8);
		assert_true(header_is(row->name, &leg, row->leg_sequence, row->leg_acknowledgement,
				      row->leg_window));
		assert_true(header_is(row->name, &client, row->client_sequence,
				      row->client_acknowledgement, row->client_window));
	}
}

/* Towards the leg SACK blocks follow the leg's replies, towards the client the client's bytes. */
static void translates_options_by_direction(void **state)
{
	static const __u8 options[40] = {1, 1, TIMESTAMP, 1, 1, SACK1(0x5000, 0x6000)};
	static const __u8 to_leg[40] = {1, 1, NOP10, 1, 1, SACK1(0x3000, 0x4000)};
	static const __u8 to_leg_kept[40] = {1, 1, TIMESTAMP, 1, 1, SACK1(0x3000, 0x4000)};
	static const __u8 to_client[40] = {1, 1, TIMESTAMP, 1, 1, SACK1(0x4fff, 0x5fff)};
	struct shunt_leg leg = {
		.sequence_delta = 1, .reply_delta = 0x2000, .flags = SHUNT_LEG_NO_TIMESTAMPS};
	struct tcp_image image = image_new(options, 24);

	(void)state;
	assert_int_equal(tcp_to_leg(&image, &leg, 0, 0), 0x01020304);
	assert_memory_equal(image.options, to_leg, 40);
	image = image_new(options, 24);
	assert_int_equal(tcp_to_client(&image, &leg, 0, 0), 0x01020304);
	assert_memory_equal(image.options, to_client, 40);
	leg.flags = 0;
	image = image_new(options, 24);
	assert_int_equal(tcp_to_leg(&image, &leg, 0, 0), 0x01020304);
	assert_memory_equal(image.options, to_leg_kept, 40);
}

/* The server's clock is translated, the client's is not. */
static void translates_timestamps(void **state)
{
	static const struct {
		__u32 delta, last, value, echo, value_at_client, echo_at_leg;
	} rows[] = {
		{0, 0, 100, 50, 100, 50},
		{1000, 10, 100, 1050, 1100, 50},
		{1000, 50, 100, 1050, 1100, 50},
		{1000, 51, 100, 1050, 1100, 51}, /* older than what the server's echo may be */
		{1000, 0xffffff00, 100, 1050, 1100, 50},
		{1000, 0xffffff00, 0xffffff10, 700, 0xffffff10U + 1000, 0U - 300 + 44},
		{0U - 7, 3, 5, 0U - 2, 0U - 2, 5},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		__u8 options[40] = {1, 1, 8, 10, WORD(rows[i].value), WORD(rows[i].echo)};
		struct shunt_leg leg = {.time_delta = rows[i].delta, .last_time = rows[i].last};
		struct tcp_image image = image_new(options, 12);

		assert_int_equal(tcp_to_client(&image, &leg, 0, 0), rows[i].value_at_client);
		assert_int_equal(tcp_timestamp_value(&image, 2), rows[i].value_at_client);
		assert_int_equal(tcp_timestamp_echo(&image, 2), rows[i].echo);
		image = image_new(options, 12);
		assert_int_equal(tcp_to_leg(&image, &leg, 0, 0), rows[i].value);
		assert_int_equal(tcp_timestamp_value(&image, 2), rows[i].value);
		assert_int_equal(tcp_timestamp_echo(&image, 2), rows[i].echo_at_leg);
	}
}

static void adds_timestamps(void **state)
{
	static const __u8 others[40] = {NOP10, NOP10, 1, 1, 1, 1, 1, 1, 1, 1};

	(void)state;
	for (__u8 length = 0; length <= 28; length += 4) {
		struct tcp_image image = image_new(others, length);

		tcp_timestamp_add(&image, 0, 9, 9);
		assert_int_equal(tcp_options_length(&image), length);
		tcp_timestamp_add(&image, 1, 0x01020304, 0x05060708);
		assert_int_equal(tcp_options_length(&image), length + TCP_TIMESTAMP_ROOM);
		assert_int_equal(tcp_options_translate(&image, 0), length + 2);
		assert_int_equal(tcp_timestamp_value(&image, length + 2), 0x01020304);
		assert_int_equal(tcp_timestamp_echo(&image, length + 2), 0x05060708);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rescales_windows),
		cmocka_unit_test(compares_sequence_numbers),
		cmocka_unit_test(translates_headers),
		cmocka_unit_test(translates_options_by_direction),
		cmocka_unit_test(translates_timestamps),
		cmocka_unit_test(adds_timestamps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
