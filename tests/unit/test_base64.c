// SPDX-License-Identifier: Apache-2.0
/* The decoder of base64, natively: what is encoded comes back, whatever stands around and within. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "head.h"
#include "tests/cases/carriers.h"

/* Decodes text that stands behind `before` other bytes; returns what base64_decode() does. */
static int decode(const char *text, size_t length, size_t before, struct http_bytes *out)
{
	static char bytes[SHUNT_HEAD_MAX];
	struct base64 state;

	memset(bytes, 'A', before);
	memcpy(bytes + before, text, length);
	head_bytes_set(head_bytes(), bytes, before + length, "A");
	return base64_decode(head_bytes(), SPAN(before, before + length), &state, out);
}

static void fill(char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = i * 151 + length;
}

static void decodes_what_was_encoded(void **state)
{
	static struct http_bytes out;
	char bytes[300];

	(void)state;
	for (size_t length = 0; length < sizeof(bytes); length++) {
		struct carrier_request text = {.length = 0};

		fill(bytes, length);
		carrier_encode(&text, bytes, length);
		assert_int_equal(decode(text.bytes, text.length, length, &out), length);
		assert_memory_equal(out.at, bytes, length);
		while (text.length && text.bytes[text.length - 1] == '=')
			text.length--;
		assert_int_equal(decode(text.bytes, text.length, 0, &out), length);
		assert_memory_equal(out.at, bytes, length);
	}
}

static void skips_white_space_anywhere(void **state)
{
	static struct http_bytes out;
	struct carrier_request text = {.length = 0};
	char bytes[40], spaced[80];

	(void)state;
	fill(bytes, sizeof(bytes));
	carrier_encode(&text, bytes, sizeof(bytes));
	for (size_t at = 0; at <= text.length; at++) {
		memcpy(spaced, text.bytes, at);
		memcpy(spaced + at, " \t ", 3);
		memcpy(spaced + at + 3, text.bytes + at, text.length - at);
		assert_int_equal(decode(spaced, text.length + 3, 0, &out), sizeof(bytes));
		assert_memory_equal(out.at, bytes, sizeof(bytes));
	}
}

static void refuses_every_other_character(void **state)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t";
	static struct http_bytes out;

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		char text[] = "AAA?";
		bool good = byte && strchr(alphabet, byte);

		text[3] = byte;
		assert_int_equal(decode(text, 4, 0, &out) >= 0, good);
	}
}

static void decodes_the_longest_text(void **state)
{
	static struct http_bytes out;
	static char text[SHUNT_HEAD_MAX];

	(void)state;
	memset(text, 'B', sizeof(text));
	assert_int_equal(decode(text, sizeof(text) - 1, 0, &out), SHUNT_HEAD_MAX * 3 / 4 - 1);
	assert_int_equal(decode(text, sizeof(text), 0, &out), SHUNT_HEAD_MAX * 3 / 4);
	assert_int_equal(out.at[SHUNT_HEAD_MAX * 3 / 4 - 1], 0x41);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_what_was_encoded),
		cmocka_unit_test(skips_white_space_anywhere),
		cmocka_unit_test(refuses_every_other_character),
		cmocka_unit_test(decodes_the_longest_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
