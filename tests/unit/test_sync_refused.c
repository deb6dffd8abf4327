// SPDX-License-Identifier: Apache-2.0
/* What a reader of the sync stream refuses, and why. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "sync_sample.h"
#include "user/lib/sync_encode.h"

#define BYTES(text) text, sizeof(text) - 1

/* A service port's name of 192 characters is one too long. */
#define CHARACTERS_47 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu"
#define CHARACTERS_188 CHARACTERS_47 CHARACTERS_47 CHARACTERS_47 CHARACTERS_47

/* Messages that other rows begin with. */
#define HELLO "\x0a\x08\x08\x01\x12\x01i\x18\x88'"
#define BEGIN "\x12\x00"
#define BEGIN_SNAPSHOT "\x12\x02\x08\x01"
#define DONE_1 "\x22\x02\x08\x01"
#define HEARTBEAT "\x2a\x02\x08\x01"

/* Messages, each after one byte of length, that are not in order or are malformed themselves. */
static const struct {
	const char *name, *bytes;
	size_t length;
	const char *problem;
} streams[] = {
	{"begin before hello", BYTES("\x02" BEGIN), "a generation begins before the hello"},
	{"rows before hello", BYTES("\x02\x1a\x00"), "rows outside of a generation"},
	{"done before hello", BYTES("\x04" DONE_1), "an end outside of a generation"},
	{"heartbeat before hello", BYTES("\x04" HEARTBEAT), "a heartbeat before the hello"},
	{"second hello", BYTES("\x0a" HELLO "\x0a" HELLO), "a second hello"},
	{"rows between", BYTES("\x0a" HELLO "\x02\x1a\x00"), "rows outside of a generation"},
	{"begin within", BYTES("\x0a" HELLO "\x02" BEGIN "\x02" BEGIN),
	 "a generation begins within another"},
	{"heartbeat within", BYTES("\x0a" HELLO "\x02" BEGIN "\x04" HEARTBEAT),
	 "a heartbeat within a generation"},
	{"hello within", BYTES("\x0a" HELLO "\x02" BEGIN "\x0a" HELLO), "a second hello"},
	{"generation 0", BYTES("\x0a" HELLO "\x02" BEGIN "\x02\x22\x00"), "generation 0 after 0"},
	{"generation twice",
	 BYTES("\x0a" HELLO "\x02" BEGIN "\x04" DONE_1 "\x02" BEGIN "\x04" DONE_1),
	 "generation 1 after 1"},
	{"version 0", BYTES("\x08\x0a\x06\x12\x01i\x18\x88'"),
	 "the manager speaks version 0 of the protocol, not 1"},
	{"version 2", BYTES("\x0a\x0a\x08\x08\x02\x12\x01i\x18\x88'"),
	 "the manager speaks version 2 of the protocol, not 1"},
	{"no instance", BYTES("\x07\x0a\x05\x08\x01\x18\x88'"),
	 "the name of the instance is no valid one"},
	{"no heartbeats", BYTES("\x07\x0a\x05\x08\x01\x12\x01i"),
	 "a heartbeat every 0 ms, not 1 to 600000"},
	{"empty message", BYTES("\x00"), "a message without content"},
	{"no protobuf", BYTES("\x03\xff\xff\xff"), "a malformed message of 3 bytes"},
	{"cut within", BYTES("\x02\x0a\x05"), "a malformed message of 2 bytes"},
	{"too long", BYTES("\x81\x80\x10"), "a message of 262145 bytes or more, above 262144"},
	{"far too long", BYTES("\xff\xff\xff\xff\x7f"),
	 "a message of 2097151 bytes or more, above 262144"},
	{"endless length", BYTES("\x80\x80\x80\x80\x80\x80"),
	 "the length of a message is malformed"},
};

static int on_hello(void *argument, const struct sync_hello *hello)
{
	(void)argument, (void)hello;
	return 0;
}

static int on_generation(void *argument, struct changes *changes, const struct sync_done *done)
{
	(void)changes, (void)done;
	++*(size_t *)argument;
	return 0;
}

static int on_heartbeat(void *argument, uint64_t generation, uint64_t time_ms)
{
	(void)argument, (void)generation, (void)time_ms;
	return 0;
}

static const struct sync_reader_events events = {on_hello, on_generation, on_heartbeat};

static void is_refused(const char *name, const char *bytes, size_t length, const char *problem)
{
	size_t generations = 0;
	struct sync_reader *reader = sync_reader_new(&events, &generations);
	int error = 0;

	assert_non_null(reader);
	for (size_t i = 0; i < length && !error; i++)
		error = sync_reader_feed(reader, bytes + i, 1);
	if (error != -EBADMSG || strcmp(sync_reader_problem(reader), problem))
		fail_msg("%s: %d, %s", name, error, sync_reader_problem(reader));
	sync_reader_free(reader);
}

static void messages_out_of_order_or_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		is_refused(streams[i].name, streams[i].bytes, streams[i].length,
			   streams[i].problem);
}

/* One row each, as protobuf: the content of a SyncRows. */
static const struct {
	const char *name, *bytes;
	size_t length;
	const char *problem;
} rows[] = {
	{"no name", BYTES("\x0a\x00"),
	 "\"\" is no name of a service port, as namespace/name:port is"},
	{"no port",
	 BYTES("\x0a\x03"
	       "a/b"),
	 "\"a/b\" is no name of a service port, as namespace/name:port is"},
	{"empty port",
	 BYTES("\x0a\x04"
	       "a/b:"),
	 "\"a/b:\" is no name of a service port, as namespace/name:port is"},
	{"no namespace", BYTES("\x0a\x04/b:c"),
	 "\"/b:c\" is no name of a service port, as namespace/name:port is"},
	{"no service",
	 BYTES("\x0a\x04"
	       "a/:c"),
	 "\"a/:c\" is no name of a service port, as namespace/name:port is"},
	{"control character",
	 BYTES("\x0a\x06"
	       "a/b:c\x1b"),
	 "\"a/b:c\\x1b\" is no name of a service port, as namespace/name:port is"},
	{"removed service", BYTES("\x12\x01x"),
	 "\"x\" is no name of a service port, as namespace/name:port is"},
	{"address of 3 bytes",
	 BYTES("\x1a\x0e\x0a\x03\x0a\x00\x00\x10P\x1a\x05"
	       "a/b:c"),
	 "an address of 3 bytes"},
	{"no address",
	 BYTES("\x1a\x09\x10P\x1a\x05"
	       "a/b:c"),
	 "an address of 0 bytes"},
	{"port 0",
	 BYTES("\x1a\x0d\x0a\x04\x0a\x00\x00\x01\x1a\x05"
	       "a/b:c"),
	 "port 0 is not 1 to 65535"},
	{"port 65536",
	 BYTES("\x1a\x11\x0a\x04\x0a\x00\x00\x01\x10\x80\x80\x04\x1a\x05"
	       "a/b:c"),
	 "port 65536 is not 1 to 65535"},
	{"loopback",
	 BYTES("\x1a\x0f\x0a\x04\x7f\x00\x00\x01\x10P\x1a\x05"
	       "a/b:c"),
	 "address 127.0.0.1 is none that a pod can have"},
	{"frontend without service", BYTES("\x1a\x08\x0a\x04\x0a\x00\x00\x01\x10P"),
	 "\"\" is no name of a service port, as namespace/name:port is"},
	{"removed with service",
	 BYTES("\x22\x0f\x0a\x04\x0a\x00\x00\x01\x10P\x1a\x05"
	       "a/b:c"),
	 "a removed endpoint with a service"},
	{"offloaded port 0",
	 BYTES("\x2a\x0d\x0a\x04\x0a\x00\x00\x01\x1a\x05"
	       "a/b:c"),
	 "port 0 is not 1 to 65535"},
	{"no context",
	 BYTES("\x3a\x11\x12\x05"
	       "a/b:c\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P"),
	 "\"\" is no name of a context"},
	{"no such context",
	 BYTES("\x3a\x14\x0a\x01"
	       "A\x12\x05"
	       "a/b:c\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P"),
	 "\"A\" is no name of a context"},
	{"no endpoints",
	 BYTES("\x3a\x0a\x0a\x01"
	       "a\x12\x05"
	       "a/b:c"),
	 "an override with 0 endpoints, not 1 to 8"},
	{"on_unreachable 2",
	 BYTES("\x3a\x16\x0a\x01"
	       "a\x12\x05"
	       "a/b:c\x18\x02\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P"),
	 "on_unreachable is 2, not 0 or 1"},
	{"endpoint with service",
	 BYTES("\x3a\x17\x0a\x01"
	       "a\x12\x05"
	       "a/b:c\x22\x0b\x0a\x04\x0a\x00\x00\x01\x10P\x1a\x01x"),
	 "an override's endpoint with a service"},
	{"endpoint twice",
	 BYTES("\x3a\x1e\x0a\x01"
	       "a\x12\x05"
	       "a/b:c\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P"
	       "\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P"),
	 "an override with an endpoint twice"},
	{"removed with endpoint",
	 BYTES("\x42\x14\x0a\x01"
	       "a\x12\x05"
	       "a/b:c\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P"),
	 "a removed override with endpoints"},
	{"unknown form", BYTES("\x4a\x08\x0a\x06\x0a\x01x\x12\x01y"),
	 "a marker of a form that is not known"},
	{"marker without name", BYTES("\x4a\x0a\x0a\x08\x0a\x06header"),
	 "marker 0 cannot be in the list: Invalid argument"},
	{"marker twice",
	 BYTES("\x4a\x1a\x0a\x0b\x0a\x06header\x12\x01x\x0a\x0b\x0a\x06header\x12\x01"
	       "X"),
	 "marker 1 cannot be in the list: File exists"},
};

static void add_message(struct sync_buffer *buffer, const char *bytes, size_t length)
{
	if (buffer->capacity < buffer->length + length + 6) {
		buffer->capacity = buffer->length + length + 4096;
		buffer->bytes = realloc(buffer->bytes, buffer->capacity);
		assert_non_null(buffer->bytes);
	}
	if (length >= 0x80)
		buffer->bytes[buffer->length++] = (char)(length | 0x80);
	buffer->bytes[buffer->length++] = (char)(length >= 0x80 ? length >> 7 : length);
	memcpy(buffer->bytes + buffer->length, bytes, length);
	buffer->length += length;
}

static void add_rows(struct sync_buffer *buffer, const char *bytes, size_t length)
{
	char message[128];

	assert_true(length < 120);
	message[0] = 0x1a;
	message[1] = (char)length;
	memcpy(message + 2, bytes, length);
	add_message(buffer, message, length + 2);
}

static void rows_that_are_no_valid_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sync_buffer buffer = {0};

		add_message(&buffer, BYTES(HELLO));
		add_message(&buffer, BYTES(BEGIN));
		add_rows(&buffer, rows[i].bytes, rows[i].length);
		is_refused(rows[i].name, buffer.bytes, buffer.length, rows[i].problem);
		sync_buffer_clear(&buffer);
	}
}

/* What the writer does not look at. */
static void changes_are_refused(const char *name, struct changes *changes, const char *problem)
{
	static const struct sync_done done = {.generation = 1};
	struct sync_buffer buffer = {0};

	add_message(&buffer, BYTES(HELLO));
	assert_int_equal(sync_encode_generation(&buffer, changes, &done), 0);
	is_refused(name, buffer.bytes, buffer.length, problem);
	sync_buffer_clear(&buffer);
	changes_clear(changes);
}

static void keys_that_are_there_twice(void **state)
{
	static const char *const target[] = {"10.0.0.9:80", NULL};
	struct shunt_endpoint endpoint = sample_endpoint("10.0.0.1:80");
	struct changes changes = {0};

	(void)state;
	changes_add_service(&changes, "a/b:d", false);
	changes_add_service(&changes, "a/b:c", false);
	changes_add_service(&changes, "a/b:d", true);
	changes_are_refused("services", &changes, "a key of the table services is there twice");
	changes_add_frontend(&changes, &endpoint, "a/b:c");
	changes_add_frontend(&changes, &endpoint, NULL);
	changes_are_refused("frontends", &changes, "a key of the table frontends is there twice");
	changes_add_offloaded(&changes, &endpoint, "a/b:c");
	changes_add_offloaded(&changes, &endpoint, "a/b:d");
	changes_are_refused("offloaded", &changes, "a key of the table offloaded is there twice");
	sample_override(&changes, "a", "a/b:c", 0, target);
	sample_override(&changes, "b", "a/b:c", 0, target);
	sample_override(&changes, "a", "a/b:d", 0, target);
	sample_override(&changes, "a", "a/b:c", 0, NULL);
	changes_are_refused("overrides", &changes, "a key of the table overrides is there twice");
}

static void removals_in_a_snapshot(void **state)
{
	struct shunt_endpoint endpoint = sample_endpoint("10.0.0.1:80");
	struct changes changes = {.snapshot = true};

	(void)state;
	changes_add_service(&changes, "a/b:c", true);
	changes_are_refused("services", &changes, "a removal in a snapshot");
	changes.snapshot = true;
	changes_add_frontend(&changes, &endpoint, NULL);
	changes_are_refused("frontends", &changes, "a removal in a snapshot");
	changes.snapshot = true;
	changes_add_offloaded(&changes, &endpoint, NULL);
	changes_are_refused("offloaded", &changes, "a removal in a snapshot");
	changes.snapshot = true;
	sample_override(&changes, "a", "a/b:c", 0, NULL);
	changes_are_refused("overrides", &changes, "a removal in a snapshot");
}

static void names_that_are_too_long(void **state)
{
	struct changes changes = {0};
	char context[SHUNT_CONTEXT_NAME_MAX + 2];
	char problem[SYNC_PROBLEM_SIZE];

	(void)state;
	memset(context, 'a', sizeof(context) - 1);
	context[sizeof(context) - 1] = '\0';
	sample_override(&changes, context, "a/b:c", 0, NULL);
	snprintf(problem, sizeof(problem), "\"%s\" is no name of a context", context);
	changes_are_refused("context", &changes, problem);
	changes_add_service(&changes, "a/:" CHARACTERS_188 "x", false);
	snprintf(problem, sizeof(problem),
		 "\"a/:%.77s\" is no name of a service port, as namespace/name:port is",
		 CHARACTERS_188);
	changes_are_refused("service", &changes, problem);
}

/* Of what the table can hold twice as many, for removals, and no more. */
static void more_rows_than_a_table_has(void **state)
{
	size_t count = 2 * SHUNT_SERVICES_MAX + 1;
	char(*names)[16] = calloc(count, sizeof(*names));
	struct changes changes = {0};

	(void)state;
	assert_non_null(names);
	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "a/%zu:c", i);
		assert_int_equal(changes_add_service(&changes, names[i], false), 0);
	}
	changes_are_refused("services", &changes, "more than 131072 rows of the table services");
	free(names);
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
		cmocka_unit_test(rows_that_are_no_valid_ones),
		cmocka_unit_test(keys_that_are_there_twice),
		cmocka_unit_test(removals_in_a_snapshot),
		cmocka_unit_test(names_that_are_too_long),
		cmocka_unit_test(more_rows_than_a_table_has),
		cmocka_unit_test(markers_twice),
		cmocka_unit_test(what_is_not_known_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
