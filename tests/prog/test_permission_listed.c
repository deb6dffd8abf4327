// SPDX-License-Identifier: Apache-2.0
/* Endpoints that requests list themselves, from clients of every kind. */
#include "permission.h"
#include "tests/cases/carriers.h"

/* A request whose carrier lists mmeng's endpoint, behind `fields`. */
static const char *listing_request(const char *fields)
{
	static const char route[] = "\x0a\x10\x0a\x05users\x12\x04\x0a\x09\x02\x01\x18\x90\x3f";
	static const struct carrier_case row = {.bytes = "\x09"
							 "01234567\x11"
							 "01234567\x18\x01",
						.length = 20,
						.overrides = route,
						.overrides_length = sizeof(route) - 1};
	static struct carrier_request request;
	struct carrier_request carrier;

	carrier_case_request(&row, &carrier);
	memset(&request, 0, sizeof(request));
	carrier_append(&request, "GET / HTTP/1.1\r\n", 16);
	carrier_append(&request, fields, strlen(fields));
	carrier_append(&request, carrier.bytes + 16, carrier.length - 16);
	return request.bytes;
}

static void check_listing(struct kernel *kernel, __u8 current, const char *request, __u32 outcome)
{
	struct counts expected = counts_expected(outcome, counts_read(kernel)), after;
	__u64 listed = override_requests(kernel, SHUNT_OVERRIDE_BY_ADDRESS);
	struct shunt_flow flow = moving_flow(false, current);

	expected.requests -= outcome == COUNTS; /* they are counted apart */
	moving_put(kernel, false, &flow);
	moving_check(kernel, false, request, outcome == COUNTS);
	after = counts_read(kernel);
	assert_memory_equal(&after, &expected, sizeof(after));
	assert_int_equal(override_requests(kernel, SHUNT_OVERRIDE_BY_ADDRESS),
			 listed + (outcome == COUNTS));
}

/* They cannot be signed; another marker's signature is not theirs. */
static void obeys_listed_endpoints_of_those_who_may(void **state)
{
	static const __u32 outcomes[] = {
		[EVERYBODY] = COUNTS, [MISS] = SOURCE,	    [REFUSED] = SOURCE,
		[OBEYED] = COUNTS,    [SIGNED_ONLY] = BARE, [OBEYED_SIGNED] = BARE,
	};
	static const struct marker list[] = {{SHUNT_MARKER_OVERRIDES, "overrides"},
					     {SHUNT_MARKER_HEADER, "x-shunt-context"}};
	struct shunt_service name = {.name = CARRIER_SERVICE};
	struct kernel *kernel = *state;
	__u32 service = KERNEL_SERVICE, zero = 0;
	struct shunt_flow flow = moving_flow(false, 0);
	struct shunt_markers markers;

	assert_int_equal(markers_compile(list, 2, &markers, NULL), 0);
	kernel_put(kernel->programs->maps.markers, &zero, &markers);
	kernel_put(kernel->programs->maps.services, &service, &name);
	moving_override(kernel, SHUNT_OVERRIDE_SIGNED, MMENG_TAG);
	source_list(kernel, EVERYBODY);
	moving_put(kernel, false, &flow); /* a signed request before them is none of theirs */
	moving_check(kernel, false,
		     "GET / HTTP/1.1\r\nx-shunt-context: mmeng.0123456789abcdef\r\n\r\n", 1);
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		source_list(kernel, i);
		for (__u8 current = 0; current < 2; current++) {
			check_listing(kernel, current, listing_request(""), outcomes[i]);
			check_listing(
				kernel, current,
				listing_request("x-shunt-context: mmeng.0123456789abcdef\r\n"),
				outcomes[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(obeys_listed_endpoints_of_those_who_may),
	};

	return cmocka_run_group_tests(tests, moving_setup, kernel_teardown);
}
