// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/lib/base64.h"

/* RFC 4648, 10, and what is lenient or refused. */
static const struct {
	const char *text;
	const char *bytes; /* NULL: refused */
	size_t bad;
} base64[] = {
	{"", "", 0},
	{"Zg==", "f", 0},
	{"Zm8=", "fo", 0},
	{"Zm9v", "foo", 0},
	{"Zm9vYg==", "foob", 0},
	{"Zm9vYmE=", "fooba", 0},
	{"Zg", "f", 0},
	{"Zm9vYmFy", "foobar", 0},
	{" Z m9\tv ", "foo", 0},
	{"Zg= =", "f", 0},
	{"Z", NULL, 1},
	{"Zm9vY", NULL, 5},
	{"Zg=", NULL, 3},
	{"Zg===", NULL, 4},
	{"Zm8==", NULL, 4},
	{"=", NULL, 0},
	{"Z=", NULL, 1},
	{"Zg==Zg==", NULL, 4},
	{"Zg=g", NULL, 3},
	{"Zm9v=", NULL, 4},
	{"Zm_v", NULL, 2},
	{"Zm-v", NULL, 2},
	{"Zm9v\n", NULL, 4},
	{"Zm\xc3v", NULL, 2},
};

static void base64_is_read_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(base64) / sizeof(base64[0]); i++) {
		size_t length = strlen(base64[i].text), size = 99, bad = 99;
		__u8 *bytes = malloc(BASE64_BYTES_MAX(length));
		int error = base64_parse(base64[i].text, length, bytes, &size, &bad);

		if (error != (base64[i].bytes ? 0 : -EINVAL) || (error && bad != base64[i].bad))
			fail_msg("%s: %d at %zu", base64[i].text, error, bad);
		if (!error) {
			assert_int_equal(size, strlen(base64[i].bytes));
			assert_memory_equal(bytes, base64[i].bytes, size);
		}
		free(bytes);
	}
}

static void base64_goes_there_and_back(void **state)
{
	__u8 bytes[256], back[BASE64_BYTES_MAX(BASE64_TEXT_SIZE(256))];
	char text[BASE64_TEXT_SIZE(256)];
	size_t size, bad;

	(void)state;
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (__u8)(255 - i);
	for (size_t i = 0; i <= sizeof(bytes); i++) {
		base64_format(bytes, i, text);
		assert_int_equal(strlen(text), BASE64_TEXT_SIZE(i) - 1);
		assert_int_equal(base64_parse(text, strlen(text), back, &size, &bad), 0);
		assert_int_equal(size, i);
		assert_memory_equal(back, bytes, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_is_read_strictly),
		cmocka_unit_test(base64_goes_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
