// SPDX-License-Identifier: Apache-2.0
/* The endpoints that a carrier may list. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/lib/address.h"
#include "user/lib/base64.h"
#include "user/lib/overrides.h"

#define BYTES(text) text, sizeof(text) - 1

static const struct {
	const char *text;
	const char *problem; /* NULL: fine */
} routes[] = {
	{"users=10.77.4.2:8080", NULL},
	{"shop/users=[fd00::2]:80", NULL},
	{"shop/users:http=10.77.4.2:65535", NULL},
	{"shop/users", "'shop/users' is not SERVICE=ADDRESS:PORT, as shop/users=10.0.0.1:8080 is"},
	{"=10.0.0.1:80", "'' is not NAME, NAMESPACE/NAME or NAMESPACE/NAME:PORT of a service"},
	{"a/b/c=10.0.0.1:80",
	 "'a/b/c' is not NAME, NAMESPACE/NAME or NAMESPACE/NAME:PORT of a service"},
	{"users:http=10.0.0.1:80",
	 "'users:http' is not NAME, NAMESPACE/NAME or NAMESPACE/NAME:PORT of a service"},
	{"Users=10.0.0.1:80",
	 "'Users' is not NAME, NAMESPACE/NAME or NAMESPACE/NAME:PORT of a service"},
	{"users=10.0.0.1", "'10.0.0.1' is not ip:port or [ipv6]:port"},
	{"users=fd00::1:80", "'fd00::1:80' is not ip:port or [ipv6]:port"},
	{"users=10.0.0.1:0", "'10.0.0.1:0' is not ip:port or [ipv6]:port"},
};

static void routes_of_a_command_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		char problem[PROTO_PROBLEM_SIZE] = "";
		struct overrides_route route;

		assert_int_equal(overrides_parse_route(routes[i].text, &route, problem),
				 routes[i].problem ? -EINVAL : 0);
		assert_string_equal(problem, routes[i].problem ? routes[i].problem : "");
	}
}

static void written_endpoints_are_what_protobuf_reads(void **state)
{
	static const char *const texts[] = {"10.77.4.2:8080", "[fd00::2]:80"};
	static const size_t sizes[] = {4, 16};
	struct overrides_route list[2] = {{.service = "users"}, {.service = "shop/users:http"}};
	Shunt__V1__Overrides *overrides;
	char problem[PROTO_PROBLEM_SIZE], text[ADDRESS_ENDPOINT_TEXT_SIZE];
	char *value;

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(address_parse_endpoint(texts[i], &list[i].endpoint), 0);
	assert_int_equal(overrides_write(list, 2, &value), 0);
	assert_int_equal(overrides_read(value, strlen(value), &overrides, problem), 0);
	assert_int_equal(overrides->n_items, 2);
	for (size_t i = 0; i < 2; i++) {
		struct shunt_endpoint endpoint = overrides_endpoint(overrides->items[i]);

		assert_string_equal(overrides->items[i]->service, list[i].service);
		assert_int_equal(overrides->items[i]->address.len, sizes[i]);
		assert_string_equal(address_format_endpoint(&endpoint, text), texts[i]);
	}
	shunt__v1__overrides__free_unpacked(overrides, NULL);
	free(value);
}

static void wrong_endpoints_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *problem;
	} rows[] = {
		{BYTES("\x0a\x05\x12\x03\x0a\x01\x01"),
		 "Overrides: items[0].address has 3 bytes, but has to have 4 or 16"},
		{BYTES("\x0a\x00"),
		 "Overrides: items[0].address has 0 bytes, but has to have 4 or 16"},
		{BYTES("\x0a\x0a\x12\x04\x0a\x01\x01\x01\x18\x80\x80\x04"),
		 "Overrides: items[0].port is 65536, but has to be at most 65535"},
		{BYTES("\x0a\x02\x0a\x05"),
		 "Overrides: byte 3: service has 5 bytes, but only 0 are left"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[BASE64_TEXT_SIZE(64)], problem[PROTO_PROBLEM_SIZE];
		Shunt__V1__Overrides *overrides = NULL;

		base64_format((const __u8 *)rows[i].bytes, rows[i].size, text);
		assert_int_equal(overrides_read(text, strlen(text), &overrides, problem), -EINVAL);
		assert_string_equal(problem, rows[i].problem);
		assert_null(overrides);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_of_a_command_line),
		cmocka_unit_test(written_endpoints_are_what_protobuf_reads),
		cmocka_unit_test(wrong_endpoints_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
