// SPDX-License-Identifier: Apache-2.0
/* What is read in a line of a request, and that it is what marker_line.c writes. */
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
#include "user/lib/marker_line.h"
#include "user/lib/reading.h"

#define NAME63 "a23456789-123456789-123456789-123456789-123456789-123456789-123"

/* By the default markers. */
static const struct {
	const char *line;
	const char *context; /* NULL: none */
	int form;
	int found; /* markers */
} lines[] = {
	{"x-shunt-context: mmeng", "mmeng", SHUNT_MARKER_HEADER, 1},
	{"X-Shunt-Context:\t mmeng \t", "mmeng", SHUNT_MARKER_HEADER, 1},
	{"x-shunt-context:" NAME63, NAME63, SHUNT_MARKER_HEADER, 1},
	{"x-shunt-context: " NAME63 "4", NULL, 0, 1},
	{"x-shunt-context: m%6deng", "mmeng", SHUNT_MARKER_HEADER, 1},
	{"x-shunt-context: m%6Deng", "mmeng", SHUNT_MARKER_HEADER, 1},
	{"x-shunt-context: m%6", NULL, 0, 1},
	{"x-shunt-context: m%6g", NULL, 0, 1},
	{"x-shunt-context: %00a", NULL, 0, 1},
	{"x-shunt-context: MMeng", NULL, 0, 1},
	{"x-shunt-context: a b", NULL, 0, 1},
	{"x-shunt-context:", NULL, 0, 1},
	{"x-shunt-contex: a", NULL, 0, 0},
	{"ot-baggage-shunt-context: a", "a", SHUNT_MARKER_OT, 1},
	{"UBERCTX-shunt-context: a", "a", SHUNT_MARKER_UBERCTX, 1},
	{"shunt-context: a", NULL, 0, 0},
	{"Cookie: shunt_context=a", "a", SHUNT_MARKER_COOKIE, 1},
	{"cookie: x=y; shunt_context=\"a\"; z", "a", SHUNT_MARKER_COOKIE, 1},
	{"cookie: shunt_context=\"a", NULL, 0, 1},
	{"cookie: shunt_context=B;shunt_context=b", "b", SHUNT_MARKER_COOKIE, 2},
	{"cookie: shunt_context=a; shunt_context=b", "a", SHUNT_MARKER_COOKIE, 2},
	{"cookie: Shunt_context=a", NULL, 0, 0},
	{"cookie: xshunt_context=a, shunt_context=b", NULL, 0, 0},
	{"baggage: a=b , shunt-context = mmeng ; p=1;q , c=d", "mmeng", SHUNT_MARKER_BAGGAGE, 1},
	{"baggage: x=shunt-context=mmeng", NULL, 0, 0},
	{"baggage: x=\"y,shunt-context=z\"", NULL, 0, 1},
	{"baggage: shunt-context=%6d", "m", SHUNT_MARKER_BAGGAGE, 1},
	{"baggage: shunt-context", NULL, 0, 0},
	{"tracestate: a@b=c,shunt=d", "d", SHUNT_MARKER_TRACESTATE, 1},
	{"tracestate: shunt=d;e", NULL, 0, 1},
	{"?shunt_context=a", "a", SHUNT_MARKER_QUERY, 1},
	{"shunt_context=a", "a", SHUNT_MARKER_QUERY, 1},
	{"/path?x=1&shunt%5Fcontext=%61#f", "a", SHUNT_MARKER_QUERY, 1},
	{"http://users.shop:80/?shunt_context=a", "a", SHUNT_MARKER_QUERY, 1},
	{"GET /?shunt_context=a HTTP/1.1", "a", SHUNT_MARKER_QUERY, 1},
	{"GET http://h:1/?a&shunt_context=a?b HTTP/1.1", NULL, 0, 1},
	{"?shunt_context=a+b", NULL, 0, 1},
	{"?a=b;shunt_context=a", NULL, 0, 0},
	/* basic_ctx with the item Shunt-Context, whose case does not count. */
	{"X-OT-Span-Context: EhQiEgoNU2h1bnQtQ29udGV4dBIBYQ==", "a", SHUNT_MARKER_CARRIER, 1},
};

static void lines_are_read_as_the_kernel_reads_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char problem[READING_TEXT_SIZE] = "";
		struct reading reading;

		if (reading_make(lines[i].line, markers_default, MARKERS_DEFAULT_COUNT, &reading,
				 problem))
			fail_msg("%s: %s", lines[i].line, problem);
		if ((int)reading.marker_count != lines[i].found ||
		    !reading.taken != !lines[i].context)
			fail_msg("%s: %zu found, %s", lines[i].line, reading.marker_count,
				 reading.taken ? reading.taken->context : reading.reason);
		assert_true(!reading.taken == !!reading.reason[0]);
		if (reading.taken) {
			assert_string_equal(reading.taken->context, lines[i].context);
			assert_int_equal(reading.taken->marker->form, lines[i].form);
		}
		reading_clear(&reading);
	}
}

/* Signed and nearly so. */
static const struct {
	const char *line;
	const char *context; /* NULL: none */
	bool is_signed;
} signed_lines[] = {
	{"x-shunt-context: mmeng.0123456789abcdef", "mmeng", true},
	{"x-shunt-context:" NAME63 ".0123456789abcdef", NAME63, true},
	{"x-shunt-context:" NAME63 "4.0123456789abcdef", NULL, false},
	{"x-shunt-context: mmeng.0123456789abcde", "mmeng.0123456789abcde", false},
	{"x-shunt-context: mmeng.0123456789abcdef0", "mmeng.0123456789abcdef0", false},
	{"x-shunt-context: mmeng.0123456789abcdeF", NULL, false},
	{"cookie: shunt_context=\"a%2e0123456789abcde%66\"", "a", true},
	{"cookie: shunt_context=a.0123456789abcdef; shunt_context=b", "a", true},
	{"cookie: shunt_context=b; shunt_context=a.0123456789abcdef", "b", false},
	{"?shunt_context=a.0123456789abcdef", "a", true},
	{"baggage: shunt-context=a.0123456789abcdef;p", "a", true},
};

static void signed_lines_are_told_from_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(signed_lines) / sizeof(signed_lines[0]); i++) {
		char problem[READING_TEXT_SIZE];
		struct reading reading;

		assert_int_equal(reading_make(signed_lines[i].line, markers_default,
					      MARKERS_DEFAULT_COUNT, &reading, problem),
				 0);
		if (!reading.taken != !signed_lines[i].context)
			fail_msg("%s: %s", signed_lines[i].line, reading.reason);
		if (reading.taken) {
			assert_string_equal(reading.taken->context, signed_lines[i].context);
			assert_int_equal(reading.taken->is_signed, signed_lines[i].is_signed);
		}
		reading_clear(&reading);
	}
}

static const struct {
	const char *line;
	const char *problem;
} malformed[] = {
	{"", "neither a header field, as 'name: value', nor a query, as '?name=value'"},
	{"mmeng", "neither a header field, as 'name: value', nor a query, as '?name=value'"},
	{"http://users.shop/",
	 "neither a header field, as 'name: value', nor a query, as '?name=value'"},
	{"/#?shunt_context=a",
	 "neither a header field, as 'name: value', nor a query, as '?name=value'"},
	{"Cookie : a=b", "neither a header field, as 'name: value', nor a query, as '?name=value'"},
	{"x: a\r", "character 5 is the control character 0x0d, which no request line or header "
		   "field has"},
	{"x-ot-span-context: EiYJ782r*WdF",
	 "x-ot-span-context: no base64: character 9, '*', cannot stand there"},
	{"X-OT-Span-Context:  EgU= ",
	 "X-OT-Span-Context: BinaryCarrier: byte 1: basic_ctx has 5 bytes, but only 0 are left"},
};

static void malformed_lines_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		struct reading reading = {.marker_count = 77};
		char problem[READING_TEXT_SIZE] = "";

		assert_int_equal(reading_make(malformed[i].line, markers_default,
					      MARKERS_DEFAULT_COUNT, &reading, problem),
				 -EINVAL);
		assert_string_equal(problem, malformed[i].problem);
		assert_int_equal(reading.marker_count, 77);
	}
}

static void what_is_written_is_read(void **state)
{
	static const char *const texts[] = {
		"x-shunt-context: mm.e-n_g",	   "Cookie: shunt_context=mm.e-n_g",
		"shunt_context=mm.e-n_g",	   "baggage: shunt-context=mm.e-n_g",
		"tracestate: shunt=mm.e-n_g",	   "ot-baggage-shunt-context: mm.e-n_g",
		"uberctx-shunt-context: mm.e-n_g", NULL,
	};

	(void)state;
	for (size_t i = 0; i < SHUNT_MARKER_OVERRIDES; i++) {
		char problem[READING_TEXT_SIZE];
		struct marker_line line;
		struct reading reading;
		char *text;

		assert_int_equal(marker_line_make(&markers_default[i], "mm.e-n_g", &line), 0);
		text = marker_line_text(&line);
		if (texts[i])
			assert_string_equal(text, texts[i]);
		assert_int_equal(reading_make(text, markers_default, MARKERS_DEFAULT_COUNT,
					      &reading, problem),
				 0);
		assert_string_equal(reading.taken->context, "mm.e-n_g");
		assert_ptr_equal(reading.taken->marker, &markers_default[i]);
		assert_int_equal(reading.has_carrier, i == SHUNT_MARKER_CARRIER);
		reading_clear(&reading);
		marker_line_clear(&line);
		free(text);
	}
}

static void listed_endpoints_are_read(void **state)
{
	const struct marker *marker = &markers_default[SHUNT_MARKER_OVERRIDES];
	struct overrides_route route = {.service = "shop/users"};
	char problem[READING_TEXT_SIZE];
	struct marker_line line;
	struct reading reading;
	char *text;

	(void)state;
	assert_int_equal(address_parse_endpoint("10.77.4.2:8080", &route.endpoint), 0);
	assert_int_equal(marker_line_make_overrides(marker, &route, 1, &line), 0);
	text = marker_line_text(&line);
	assert_int_equal(
		reading_make(text, markers_default, MARKERS_DEFAULT_COUNT, &reading, problem), 0);
	assert_ptr_equal(reading.taken->marker, marker);
	assert_string_equal(reading.taken->context, "");
	assert_int_equal(reading.taken->overrides->n_items, 1);
	assert_string_equal(reading.taken->overrides->items[0]->service, "shop/users");
	reading_clear(&reading);
	marker_line_clear(&line);
	free(text);
}

/* The carrier is well, but the list that it holds is not. */
static void a_malformed_list_is_no_malformed_carrier(void **state)
{
	static const char line[] =
		"x-ot-span-context: EiYJ782riWdFIwEREDJUdpi63P4YASIQCglvdmVycmlkZXMSA2FiYw==";
	char problem[READING_TEXT_SIZE];
	struct reading reading;

	(void)state;
	assert_int_equal(
		reading_make(line, markers_default, MARKERS_DEFAULT_COUNT, &reading, problem), 0);
	assert_true(reading.has_carrier);
	assert_null(reading.taken);
	assert_string_equal(reading.reason, "its list of endpoints is malformed");
	assert_string_equal(reading.malformed,
			    "Overrides: byte 1: an unknown field has 8 bytes, but only 1 are left");
	reading_clear(&reading);
}

static void what_is_not_obeyed_is_not_found(void **state)
{
	static const struct marker list[] = {{SHUNT_MARKER_TRACESTATE, "sd-routing-key"},
					     {SHUNT_MARKER_BAGGAGE, "sd-routing-key"}};
	static const struct {
		const char *line;
		const char *context;
	} rows[] = {
		{"x-shunt-context: a", NULL},
		{"cookie: shunt_context=a", NULL},
		{"baggage: sd-routing-key=a", "a"},
		{"tracestate: sd-routing-key=a", "a"},
		{"x-ot-span-context: EiYJ782riWdFIwEREDJUdpi63P4YASIQCglvdmVycmlkZXMSA2FiYw==",
		 NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char problem[READING_TEXT_SIZE];
		struct reading reading;

		assert_int_equal(reading_make(rows[i].line, list, 2, &reading, problem), 0);
		if (rows[i].context)
			assert_string_equal(reading.taken->context, rows[i].context);
		else
			assert_string_equal(reading.reason, "nothing in this field is obeyed");
		reading_clear(&reading);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_as_the_kernel_reads_them),
		cmocka_unit_test(signed_lines_are_told_from_others),
		cmocka_unit_test(malformed_lines_are_refused),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(listed_endpoints_are_read),
		cmocka_unit_test(a_malformed_list_is_no_malformed_carrier),
		cmocka_unit_test(what_is_not_obeyed_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
