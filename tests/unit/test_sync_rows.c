// SPDX-License-Identifier: Apache-2.0
/* Rows of the sync stream that are no valid ones are refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "sync_refused.h"

static void rows_that_are_no_valid_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < SYNC_ROWS_REFUSED_COUNT; i++) {
		const struct sync_case *row = &sync_rows_refused[i];
		char stream[SYNC_CASE_SIZE];

		is_refused(row->name, stream, sync_case_stream(row, stream), row->problem);
	}
}

/* A cluster may have given them to services and ordinary pods; targets they are not. */
static void reserved_addresses_are_dialed(void **state)
{
	static const struct sync_done done = {.generation = 1};
	const struct shunt_endpoint frontends[] = {sample_endpoint("240.0.0.1:80"),
						   sample_endpoint("100.100.100.200:80")};
	const struct shunt_endpoint ordinary = sample_endpoint("240.1.0.1:8080");
	struct policy policy = {0};
	struct changes changes = {.snapshot = true, .policy = &policy};
	struct sync_buffer buffer = {0};
	struct sync_reader *reader;
	size_t generations = 0;

	(void)state;
	assert_int_equal(policy_add_steer(&policy, &frontends[0], 0, &ordinary, 1), 0);
	changes_add_service(&changes, "a/b:c", false);
	for (size_t i = 0; i < 2; i++)
		changes_add_frontend(&changes, &frontends[i], "a/b:c");
	add_message(&buffer, BYTES(HELLO));
	assert_int_equal(sync_encode_generation(&buffer, &changes, &done), 0);
	reader = sync_reader_new(&events, &generations);
	assert_int_equal(sync_reader_feed(reader, buffer.bytes, buffer.length), 0);
	assert_int_equal(generations, 1);
	sync_reader_free(reader);
	sample_offloaded(&changes, "240.1.0.1:8080", "a/b:c", SHUNT_FENCE_ENFORCE, 0);
	buffer.length = 0;
	add_message(&buffer, BYTES(HELLO));
	assert_int_equal(sync_encode_generation(&buffer, &changes, &done), 0);
	is_refused("offloaded", buffer.bytes, buffer.length,
		   "address 240.1.0.1 is none that a pod can have");
	sync_buffer_clear(&buffer);
	changes_clear(&changes);
	policy_clear(&policy);
}

static void markers_twice(void **state)
{
	struct sync_buffer buffer = {0};

	(void)state;
	add_message(&buffer, BYTES(HELLO));
	add_message(&buffer, BYTES(BEGIN_SNAPSHOT));
	add_rows(&buffer, BYTES("\x4a\x0d\x0a\x0b\x0a\x06header\x12\x01x"));
	add_rows(&buffer, BYTES("\x4a\x0d\x0a\x0b\x0a\x06header\x12\x01y"));
	is_refused("markers", buffer.bytes, buffer.length, "markers twice in a generation");
	sync_buffer_clear(&buffer);
}

static void keys_twice(void **state)
{
	struct sync_buffer buffer = {0};

	(void)state;
	add_message(&buffer, BYTES(HELLO));
	add_message(&buffer, BYTES(BEGIN_SNAPSHOT));
	add_rows(&buffer, BYTES("\x52\x00"));
	add_rows(&buffer, BYTES("\x52\x00"));
	is_refused("keys", buffer.bytes, buffer.length, "keys twice in a generation");
	sync_buffer_clear(&buffer);
}

/* What the fields' own bounds do not show. */
static void more_than_there_may_be(void **state)
{
	static const char target[] = "\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P";
	static const char marker[] = "\x0a\x03\x12\x01x";
	struct sync_buffer buffer = {0};
	char message[512] = "\x1a\x6f\x3a\x6d\x0a\x01"
			    "a\x12\x05"
			    "a/b:c";
	size_t length = 14;

	(void)state;
	for (int i = 0; i < SHUNT_ENDPOINTS_MAX + 1; i++, length += sizeof(target) - 1)
		memcpy(message + length, target, sizeof(target) - 1);
	message[1] = (char)(length - 2);
	message[3] = (char)(length - 4);
	add_message(&buffer, BYTES(HELLO));
	add_message(&buffer, BYTES(BEGIN));
	add_message(&buffer, message, length);
	is_refused("targets", buffer.bytes, buffer.length,
		   "an override with 9 endpoints, not 1 to 8");
	sync_buffer_clear(&buffer);
	memcpy(message, "\x1a\xa8\x01\x4a\xa5\x01", 6);
	length = 6;
	for (int i = 0; i < SHUNT_MARKERS_MAX + 1; i++, length += sizeof(marker) - 1)
		memcpy(message + length, marker, sizeof(marker) - 1);
	add_message(&buffer, BYTES(HELLO));
	add_message(&buffer, BYTES(BEGIN));
	add_message(&buffer, message, length);
	is_refused("markers", buffer.bytes, buffer.length, "33 markers, more than 32");
	sync_buffer_clear(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_that_are_no_valid_ones),
		cmocka_unit_test(reserved_addresses_are_dialed),
		cmocka_unit_test(markers_twice),
		cmocka_unit_test(keys_twice),
		cmocka_unit_test(more_than_there_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
