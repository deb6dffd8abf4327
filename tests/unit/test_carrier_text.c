// SPDX-License-Identifier: Apache-2.0
/* The OpenTracing carrier. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "proto/carrier.pb-c.h"
#include "user/lib/base64.h"
#include "user/lib/carrier.h"

/* The same carrier in the three forms. */
static const struct {
	const char *text;
	enum carrier_form form;
} examples[] = {
	{"EiYJ782riWdFIwEREDJUdpi63P4YASIQCglvdmVycmlkZXMSA2FiYw==", CARRIER_FORM_BINARY},
	{"Ce/Nq4lnRSMBERAyVHaYutz+GAEiEAoJb3ZlcnJpZGVzEgNhYmM=", CARRIER_FORM_BASIC},
	{"Ee/Nq4lnRSMBGRAyVHaYutz+IAEqEAoJb3ZlcnJpZGVzEgNhYmM", CARRIER_FORM_ENVOY},
};

static void carriers_of_all_forms_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		char problem[PROTO_PROBLEM_SIZE] = "";
		struct carrier carrier;
		int error = carrier_parse(examples[i].text, strlen(examples[i].text), &carrier,
					  problem);

		assert_string_equal(problem, "");
		assert_int_equal(error, 0);
		assert_int_equal(carrier.form, examples[i].form);
		assert_true(carrier.trace_id == 0x0123456789abcdefULL);
		assert_true(carrier.span_id == 0xfedcba9876543210ULL);
		assert_true(carrier.sampled);
		assert_int_equal(carrier.item_count, 1);
		assert_string_equal(carrier.items[0].key, "overrides");
		assert_string_equal(carrier.items[0].value, "abc");
		carrier_clear(&carrier);
	}
}

static void a_written_carrier_is_what_protobuf_reads(void **state)
{
	Shunt__Carrier__BinaryCarrier *message;
	const Shunt__Carrier__BasicTracerCarrier *basic;
	char problem[PROTO_PROBLEM_SIZE];
	struct carrier carrier;
	char *text, *other;
	__u8 *bytes;
	size_t size;

	(void)state;
	assert_int_equal(carrier_make("shunt-context", "mmeng", &text), 0);
	assert_int_equal(proto_from_text(text, strlen(text), &bytes, &size, problem), 0);
	message = shunt__carrier__binary_carrier__unpack(NULL, size, bytes);
	assert_non_null(message);
	assert_int_equal(message->n_deprecated_text_ctx, 0);
	basic = message->basic_ctx;
	assert_true(basic->trace_id != 0 && basic->span_id != 0);
	assert_int_equal(basic->n_baggage_items, 1);
	assert_string_equal(basic->baggage_items[0]->key, "shunt-context");
	assert_string_equal(basic->baggage_items[0]->value, "mmeng");
	assert_int_equal(carrier_parse(text, strlen(text), &carrier, problem), 0);
	assert_true(carrier.trace_id == basic->trace_id && carrier.span_id == basic->span_id);
	assert_string_equal(carrier.items[0].value, "mmeng");
	assert_int_equal(carrier_make("shunt-context", "mmeng", &other), 0);
	assert_string_not_equal(text, other);
	carrier_clear(&carrier);
	shunt__carrier__binary_carrier__free_unpacked(message, NULL);
	free(bytes);
	free(text);
	free(other);
}

#define BYTES(text) text, sizeof(text) - 1

/* What is malformed, and where. */
static const struct {
	const char *bytes;
	size_t size;
	const char *problem;
} malformed[] = {
	{BYTES(""), "there is no carrier: the value is empty"},
	{BYTES("\x1a"), "byte 0 is 0x1a, but a carrier begins with 0x12, 0x0a, 0x09 or 0x11"},
	{BYTES("\x12"), "BinaryCarrier: byte 1: basic_ctx is cut off"},
	{BYTES("\x12\x05\x18\x01"),
	 "BinaryCarrier: byte 1: basic_ctx has 5 bytes, but only 2 are left"},
	{BYTES("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
	 "BinaryCarrier: byte 1: basic_ctx has 18446744073709551615 bytes, but only 0 are left"},
	{BYTES("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
	 "BinaryCarrier: byte 1: basic_ctx is longer than 64 bits"},
	{BYTES("\x12\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
	 "BinaryCarrier: byte 1: basic_ctx is longer than 64 bits"},
	{BYTES("\x12\x02\x20\x01"),
	 "BinaryCarrier: byte 2: baggage_items has to be a length and bytes, but is a varint"},
	{BYTES("\x12\x02\x19\x01"),
	 "BinaryCarrier: byte 2: sampled has to be a varint, but is 8 bytes"},
	{BYTES("\x12\x02\x18\x80"), "BinaryCarrier: byte 3: sampled is cut off"},
	{BYTES("\x12\x04\x22\x05\x0a\x01"),
	 "BinaryCarrier: byte 3: baggage_items has 5 bytes, but only 2 are left"},
	{BYTES("\x12\x05\x22\x03\x0a\x05\x61"),
	 "BinaryCarrier: byte 5: key has 5 bytes, but only 1 are left"},
	{BYTES("\x12\x01\x00"), "BinaryCarrier: byte 2: no field has the number 0"},
	{BYTES("\x12\x01\x1b"), "BinaryCarrier: byte 2: sampled has the unknown wire type 3"},
	{BYTES("\x12\x01\x3f"),
	 "BinaryCarrier: byte 2: an unknown field has the unknown wire type 7"},
	{BYTES("\x12\x02\x3d\x00"),
	 "BinaryCarrier: byte 3: an unknown field has 4 bytes, but only 1 are left"},
	{BYTES("\x09\x01\x02"),
	 "BasicTracerCarrier: byte 1: trace_id has 8 bytes, but only 2 are left"},
	{BYTES("\x11\x01\x02\x03\x04\x05\x06\x07\x08\x80"),
	 "EnvoyCarrier: byte 9: a field's number is cut off"},
};

static void malformed_carriers_are_located(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		char text[BASE64_TEXT_SIZE(64)], problem[PROTO_PROBLEM_SIZE] = "";
		struct carrier carrier = {.item_count = 77};

		base64_format((const __u8 *)malformed[i].bytes, malformed[i].size, text);
		assert_int_equal(carrier_parse(text, strlen(text), &carrier, problem), -EINVAL);
		assert_string_equal(problem, malformed[i].problem);
		assert_int_equal(carrier.item_count, 77);
	}
}

/* Whatever is cut off or changed is read or refused, never more. */
static void broken_carriers_do_no_harm(void **state)
{
	const char *whole = examples[0].text;
	size_t length = strlen(whole), read = 0;
	char problem[PROTO_PROBLEM_SIZE];
	struct carrier carrier;

	(void)state;
	for (size_t i = 0; i < length; i++) {
		char *text = strdup(whole);

		text[i] = '\0';
		if (!carrier_parse(text, i, &carrier, problem)) {
			read++;
			carrier_clear(&carrier);
		}
		free(text);
		for (const char *to = "A/9z+="; *to; to++) {
			text = strdup(whole);
			text[i] = *to;
			if (!carrier_parse(text, length, &carrier, problem))
				carrier_clear(&carrier);
			free(text);
		}
	}
	/* But for the padding, which may be missing. */
	assert_int_equal(read, 1);
}

static void unknown_fields_and_empty_texts_are_read(void **state)
{
	/* An unknown field of each type, an item without a value, one without anything. */
	static const char bytes[] = "\x0a\x01x\x12\x1a"
				    "\x30\x05\x39\x01\x02\x03\x04\x05\x06\x07\x08\x42\x01z"
				    "\x4d\x01\x02\x03\x04\x22\x03\x0a\x01k\x22\x00";
	char text[BASE64_TEXT_SIZE(64)], problem[PROTO_PROBLEM_SIZE];
	struct carrier carrier;

	(void)state;
	base64_format((const __u8 *)bytes, sizeof(bytes) - 1, text);
	assert_int_equal(carrier_parse(text, strlen(text), &carrier, problem), 0);
	assert_int_equal(carrier.item_count, 2);
	assert_string_equal(carrier.items[0].key, "k");
	assert_string_equal(carrier.items[0].value, "");
	assert_string_equal(carrier.items[1].key, "");
	assert_true(!carrier.sampled && !carrier.trace_id);
	carrier_clear(&carrier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(carriers_of_all_forms_are_read),
		cmocka_unit_test(a_written_carrier_is_what_protobuf_reads),
		cmocka_unit_test(malformed_carriers_are_located),
		cmocka_unit_test(broken_carriers_do_no_harm),
		cmocka_unit_test(unknown_fields_and_empty_texts_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
