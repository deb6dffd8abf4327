// SPDX-License-Identifier: Apache-2.0
/* Messages of the sync stream that are malformed or out of order are refused, unknown ones skipped. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "sync_refused.h"

static void messages_out_of_order_or_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < SYNC_STREAM_COUNT; i++)
		is_refused(sync_streams[i].name, sync_streams[i].bytes, sync_streams[i].length,
			   sync_streams[i].problem);
}

/* Field 15 in every message, and a message of a kind that is not known. */
static void what_is_not_known_is_skipped(void **state)
{
	struct sync_buffer buffer = {0};
	size_t generations = 0;
	struct sync_reader *reader = sync_reader_new(&events, &generations);

	(void)state;
	add_message(&buffer, BYTES("\x0a\x0a\x08\x01\x12\x01i\x18\x88'x\x01"));
	add_message(&buffer, BYTES("r\x03new"));
	add_message(&buffer, BYTES("\x12\x02x\x01"));
	add_rows(&buffer, BYTES("\x0a\x05"
				"a/b:cz\x02hi"));
	add_message(&buffer, BYTES("\x22\x04\x08\x01x\x01"));
	add_message(&buffer, BYTES(HEARTBEAT "x\x01"));
	assert_int_equal(sync_reader_feed(reader, buffer.bytes, buffer.length), 0);
	assert_int_equal(generations, 1);
	sync_reader_free(reader);
	sync_buffer_clear(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_out_of_order_or_malformed),
		cmocka_unit_test(what_is_not_known_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
