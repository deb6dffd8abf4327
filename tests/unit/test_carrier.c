// SPDX-License-Identifier: Apache-2.0
/* The decoder of OpenTracing carriers, natively, over the table of tests/cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "head.h"
#include "tests/cases/carriers.h"
#include "user/lib/address.h"

static const struct shunt_service service = {.name = CARRIER_SERVICE};

/* Working memory as it is after other carriers: full of their bytes. */
static struct carrier_space *space_used(void)
{
	static struct carrier_space space;

	memset(&space, 0x22, sizeof(space));
	return &space;
}

/* Parses the request of that length and reads its carrier, if it has one. */
static struct shunt_head read_request(const struct carrier_request *request, size_t length,
				      const struct shunt_markers *markers,
				      struct carrier_space *space)
{
	struct shunt_head head;

	space->endpoint_count = 0;
	head_bytes_set(head_bytes(), request->bytes, length, "A");
	http_head_reset(&head);
	head.length = length;
	assert_int_equal(http_parse(head_bytes(), &head, markers), HTTP_DONE);
	if (head.carrier_length)
		carrier_read(head_bytes(), &head, markers, space, &service);
	return head;
}

static bool endpoint_is(const struct shunt_endpoint *endpoint, const struct carrier_case *row)
{
	struct shunt_address address;

	if (!row->endpoints)
		return true;
	return !address_parse(row->address, &address) && endpoint->port == row->port &&
	       address_equal(&endpoint->address, &address);
}

static bool row_holds(const struct carrier_case *row)
{
	struct carrier_space *space = space_used();
	struct carrier_request request;
	struct shunt_head head;

	carrier_case_request(row, &request);
	head = read_request(&request, request.length, head_markers(), space);
	if (head.flags == row->flags && head.tag == row->tag &&
	    !strcmp(head.context, row->context ? row->context : "") &&
	    head.rank == (row->context ? SHUNT_MARKER_CARRIER : SHUNT_HEAD_NO_MARKER) &&
	    space->endpoint_count == row->endpoints && endpoint_is(&space->endpoints[0], row) &&
	    (!row->endpoints || space->listed_rank == SHUNT_MARKER_OVERRIDES))
		return true;
	print_error("row \"%s\": flags %#x, rank %u, context \"%s\", %u endpoints\n", row->name,
		    head.flags, head.rank, head.context, space->endpoint_count);
	return false;
}

static void understands_every_row(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < CARRIER_CASE_COUNT; i++)
		failed += !row_holds(&carrier_cases[i]);
	assert_int_equal(failed, 0);
}

/* A carrier that is cut anywhere names nothing that stands behind the cut. */
static void takes_nothing_from_a_part(void **state)
{
	static const char whole[] = "\x12\x2c\x09"
				    "01234567\x11"
				    "01234567\x18\x01\x22\x16\x0a\x0d"
				    "shunt-context\x12\x05mmeng";
	struct carrier_case row = {.bytes = whole};
	struct carrier_request request;
	struct shunt_head head;

	(void)state;
	for (row.length = 1; row.length < sizeof(whole) - 1; row.length++) {
		carrier_case_request(&row, &request);
		head = read_request(&request, request.length, head_markers(), space_used());
		assert_string_equal(head.context, "");
		assert_int_equal(head.flags, SHUNT_HEAD_BAD_CARRIER);
	}
}

/* The wanted item is the last of a carrier of 6 KB. */
static void reads_a_long_carrier_to_its_end(void **state)
{
	static const char last[] = "\x22\x16\x0a\x0dshunt-context\x12\x05mmeng";
	struct carrier_request message = {.length = 0};
	struct carrier_case row = {.bytes = message.bytes};
	struct carrier_request request;
	struct shunt_head head;

	(void)state;
	carrier_append(&message,
		       "\x09"
		       "01234567",
		       9);
	while (message.length + sizeof(last) - 1 < 6000) {
		char item[] = "\x22\x14\x0a\x06key000\x12\x0avalue-text";

		item[7] += message.length / 2200;
		item[8] += message.length / 220 % 10;
		item[9] += message.length / 22 % 10;
		carrier_append(&message, item, sizeof(item) - 1);
	}
	carrier_append(&message, last, sizeof(last) - 1);
	row.length = message.length;
	carrier_case_request(&row, &request);
	assert_in_range(message.length, 6000, 6050);
	head = read_request(&request, request.length, head_markers(), space_used());
	assert_string_equal(head.context, "mmeng");
	assert_int_equal(head.flags, 0);
}

static void reads_the_item_of_the_designs_example(void **state)
{
	static const struct marker list[] = {{SHUNT_MARKER_CARRIER, "overrides"}};
	static const struct carrier_case row = {
		.text = "EiYJ782riWdFIwEREDJUdpi63P4YASIQCglvdmVycmlkZXMSA2FiYw=="};
	struct carrier_request request;
	struct shunt_markers markers;
	struct shunt_head head;

	(void)state;
	assert_int_equal(markers_compile(list, 1, &markers, NULL), 0);
	carrier_case_request(&row, &request);
	head = read_request(&request, request.length, &markers, space_used());
	assert_string_equal(head.context, "abc");
	assert_int_equal(head.flags, 0);
}

/* What stands beside the carrier counts by its rank; the carrier's default is the last but one. */
static void yields_to_other_markers(void **state)
{
	static const char carrier[] =
		"x-ot-span-context: CTAxMjM0NTY3IhYKDXNodW50LWNvbnRleHQSBW1tZW5n\r\n";
	static const struct {
		const char *before, *after, *context;
		__u16 flags;
	} cases[] = {
		{"", "", "mmeng", 0},
		{"x-shunt-context: other\r\n", "", "other", SHUNT_HEAD_DISAGREE},
		{"", "uberctx-shunt-context: other\r\n", "other", SHUNT_HEAD_DISAGREE},
		{"", "baggage: shunt-context=mmeng\r\n", "mmeng", 0},
		{"", "baggage: shunt-context=A\r\n", "mmeng", SHUNT_HEAD_INVALID},
		{"", "baggage: shunt-context=mmeng.0123456789abcdef\r\n", "mmeng",
		 SHUNT_HEAD_SIGNED},
		{"", "x-ot-span-context: EgA=\r\n", "mmeng", 0}, /* the first carrier counts */
		{"x-ot-span-context: EgA=\r\n", "", "", 0},
		{"x-ot-span-context: *\r\n", "", "", SHUNT_HEAD_BAD_CARRIER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct carrier_request request = {.length = 0};
		struct shunt_head head;

		carrier_append(&request, "GET / HTTP/1.1\r\n", 16);
		carrier_append(&request, cases[i].before, strlen(cases[i].before));
		carrier_append(&request, carrier, sizeof(carrier) - 1);
		carrier_append(&request, cases[i].after, strlen(cases[i].after));
		carrier_append(&request, "\r\n", 2);
		head = read_request(&request, request.length, head_markers(), space_used());
		assert_string_equal(head.context, cases[i].context);
		assert_int_equal(head.flags, cases[i].flags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands_every_row),
		cmocka_unit_test(takes_nothing_from_a_part),
		cmocka_unit_test(reads_a_long_carrier_to_its_end),
		cmocka_unit_test(reads_the_item_of_the_designs_example),
		cmocka_unit_test(yields_to_other_markers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
