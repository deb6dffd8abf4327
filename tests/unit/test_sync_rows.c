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
		cmocka_unit_test(markers_twice),
		cmocka_unit_test(keys_twice),
		cmocka_unit_test(more_than_there_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
