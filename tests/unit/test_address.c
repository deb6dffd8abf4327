// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "user/lib/address.h"

static void parses_and_formats_addresses(void **state)
{
	static const struct {
		const char *text;
		const char *formatted; /* NULL: refused */
		bool ipv4;
	} cases[] = {
		{"10.0.0.1", "10.0.0.1", true},
		{"255.255.255.255", "255.255.255.255", true},
		{"fd00::1", "fd00::1", false},
		{"FD00:0:0:0:0:0:0:1", "fd00::1", false},
		{"::", "::", false},
		{"::ffff:10.0.0.1", "10.0.0.1", true},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
		{"", NULL, false},
		{"10.0.0", NULL, false},
		{"10.0.0.256", NULL, false},
		{"010.0.0.1", NULL, false},
		{"10.0.0.1 ", NULL, false},
		{" 10.0.0.1", NULL, false},
		{"10.0.0.1/24", NULL, false},
		{"fe80::1%eth0", NULL, false},
		{"[fd00::1]", NULL, false},
		{"fd00:::1", NULL, false},
		{"users", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shunt_address address = {{1, 2, 3}}, before = address;
		char text[ADDRESS_TEXT_SIZE];

		if (!cases[i].formatted) {
			assert_int_equal(address_parse(cases[i].text, &address), -EINVAL);
			assert_memory_equal(&address, &before, sizeof(address));
			continue;
		}
		assert_int_equal(address_parse(cases[i].text, &address), 0);
		assert_string_equal(address_format(&address, text), cases[i].formatted);
		assert_int_equal(address_is_ipv4(&address), cases[i].ipv4);
	}
}

static void ipv4_is_mapped_in_network_order(void **state)
{
	static const __u8 bytes[16] = {[10] = 0xff, [11] = 0xff, 10, 77, 2, 1};
	struct shunt_address address;

	(void)state;
	assert_int_equal(address_parse("10.77.2.1", &address), 0);
	assert_memory_equal(address.bytes, bytes, sizeof(bytes));
}

static void parses_and_formats_endpoints(void **state)
{
	static const struct {
		const char *text;
		const char *formatted; /* NULL: refused */
		__u16 port;
	} cases[] = {
		{"10.0.0.1:80", "10.0.0.1:80", 80},
		{"10.0.0.1:65535", "10.0.0.1:65535", 65535},
		{"[fd00::1]:8080", "[fd00::1]:8080", 8080},
		{"[::ffff:10.0.0.1]:1", "10.0.0.1:1", 1},
		{"10.0.0.1", NULL, 0},
		{"10.0.0.1:", NULL, 0},
		{":80", NULL, 0},
		{"10.0.0.1:0", NULL, 0},
		{"10.0.0.1:080", NULL, 0},
		{"10.0.0.1:65536", NULL, 0},
		{"10.0.0.1:4294967376", NULL, 0},
		{"10.0.0.1:+80", NULL, 0},
		{"10.0.0.1:-80", NULL, 0},
		{"10.0.0.1: 80", NULL, 0},
		{"10.0.0.1:80x", NULL, 0},
		{"10.0.0.1:http", NULL, 0},
		{"fd00::1:8080", NULL, 0},
		{"[10.0.0.1]:80", NULL, 0},
		{"[fd00::1]", NULL, 0},
		{"[fd00::1]80", NULL, 0},
		{"[fd00::1]:", NULL, 0},
		{"[]:80", NULL, 0},
		{"[fd00::1", NULL, 0},
		{"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:80", NULL, 0},
		{"", NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shunt_endpoint endpoint = {.port = 7}, before = endpoint;
		char text[ADDRESS_ENDPOINT_TEXT_SIZE];

		if (!cases[i].formatted) {
			assert_int_equal(address_parse_endpoint(cases[i].text, &endpoint), -EINVAL);
			assert_memory_equal(&endpoint, &before, sizeof(endpoint));
			continue;
		}
		assert_int_equal(address_parse_endpoint(cases[i].text, &endpoint), 0);
		assert_int_equal(endpoint.port, cases[i].port);
		assert_int_equal(endpoint.reserved, 0);
		assert_string_equal(address_format_endpoint(&endpoint, text), cases[i].formatted);
	}
}

static void compares_address_then_port(void **state)
{
	static const char *const sorted[] = {"10.0.0.1:80",  "10.0.0.1:256",  "10.0.0.2:1",
					     "192.0.2.1:80", "[fd00::1]:255", "[fd00::1]:256"};
	const size_t count = sizeof(sorted) / sizeof(sorted[0]);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			struct shunt_endpoint a, b;
			int order;

			assert_int_equal(address_parse_endpoint(sorted[i], &a), 0);
			assert_int_equal(address_parse_endpoint(sorted[j], &b), 0);
			order = address_compare_endpoint(&a, &b);
			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
}

static void parses_and_formats_prefixes(void **state)
{
	static const struct {
		const char *text;
		const char *formatted; /* of the network that was meant, where error is -ERANGE */
		__u32 length;
		int error;
	} cases[] = {
		{"10.0.0.0/8", "10.0.0.0/8", 104, 0},
		{"10.1.2.3", "10.1.2.3/32", 128, 0},
		{"10.1.2.3/32", "10.1.2.3/32", 128, 0},
		{"0.0.0.0/0", "0.0.0.0/0", 96, 0},
		{"192.168.1.128/25", "192.168.1.128/25", 121, 0},
		{"fd00::/64", "fd00::/64", 64, 0},
		{"fd00::1", "fd00::1/128", 128, 0},
		{"::/0", "::/0", 0, 0},
		{"2000::/3", "2000::/3", 3, 0},
		{"::ffff:10.0.0.0/104", "10.0.0.0/8", 104, 0},
		{"10.0.0.1/24", "10.0.0.0/24", 120, -ERANGE},
		{"10.0.0.129/25", "10.0.0.128/25", 121, -ERANGE},
		{"255.255.255.255/0", "0.0.0.0/0", 96, -ERANGE},
		{"fd00::1/64", "fd00::/64", 64, -ERANGE},
		{"fd00:0:0:ffff::/63", "fd00:0:0:fffe::/63", 63, -ERANGE},
		{"::ffff:10.0.0.0/8", "::/8", 8, -ERANGE},
		{"", NULL, 0, -EINVAL},
		{"/8", NULL, 0, -EINVAL},
		{"10.0.0.0/", NULL, 0, -EINVAL},
		{"10.0.0.0/33", NULL, 0, -EINVAL},
		{"10.0.0.0/08", NULL, 0, -EINVAL},
		{"10.0.0.0/+8", NULL, 0, -EINVAL},
		{"10.0.0.0/8 ", NULL, 0, -EINVAL},
		{"10.0.0.0/8/8", NULL, 0, -EINVAL},
		{"10.0.0.0/4294967304", NULL, 0, -EINVAL},
		{"10.0.0/8", NULL, 0, -EINVAL},
		{"fd00::/129", NULL, 0, -EINVAL},
		{"[fd00::]/64", NULL, 0, -EINVAL},
		{"shop", NULL, 0, -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shunt_prefix prefix = {.length = 7}, before = prefix;
		char text[ADDRESS_PREFIX_TEXT_SIZE];

		if (address_parse_prefix(cases[i].text, &prefix) != cases[i].error)
			fail_msg("%s", cases[i].text);
		if (cases[i].error == -EINVAL) {
			assert_memory_equal(&prefix, &before, sizeof(prefix));
			continue;
		}
		assert_int_equal(prefix.length, cases[i].length);
		assert_string_equal(address_format_prefix(&prefix, text), cases[i].formatted);
	}
}

static void a_prefix_covers_longer_ones(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool covers;
	} cases[] = {
		{"10.0.0.0/8", "10.0.0.0/8", true},  {"10.0.0.0/8", "10.255.0.0/16", true},
		{"10.0.0.0/8", "10.1.2.3", true},    {"10.0.0.0/16", "10.0.0.0/8", false},
		{"10.0.0.0/8", "11.0.0.0/8", false}, {"10.0.0.0/9", "10.128.0.0/9", false},
		{"10.1.2.3", "10.1.2.3", true},	     {"10.1.2.3", "10.1.2.2", false},
		{"fd00::/64", "fd00::1", true},	     {"fd00::/64", "fd00:0:0:1::/64", false},
		{"::/0", "10.0.0.0/8", true},	     {"0.0.0.0/0", "fd00::1", false},
		{"0.0.0.0/0", "255.0.0.0/8", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shunt_prefix outer, inner;

		assert_int_equal(address_parse_prefix(cases[i].outer, &outer), 0);
		assert_int_equal(address_parse_prefix(cases[i].inner, &inner), 0);
		if (address_prefix_covers(&outer, &inner) != cases[i].covers)
			fail_msg("%s %s", cases[i].outer, cases[i].inner);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_and_formats_addresses),
		cmocka_unit_test(ipv4_is_mapped_in_network_order),
		cmocka_unit_test(parses_and_formats_endpoints),
		cmocka_unit_test(compares_address_then_port),
		cmocka_unit_test(parses_and_formats_prefixes),
		cmocka_unit_test(a_prefix_covers_longer_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
