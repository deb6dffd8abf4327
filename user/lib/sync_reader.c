// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/sync_rows.h"

#define PREFIX_MAX 5 /* bytes of a message's length */

enum state {
	STATE_START, /* a hello is to come */
	STATE_BETWEEN, /* generations */
	STATE_GENERATION, /* has begun */
	STATE_FAILED,
};

struct sync_reader {
	const struct sync_reader_events *events;
	void *argument;
	enum state state;
	size_t prefix; /* bytes of the length that are there */
	bool whole_prefix;
	size_t length; /* of the message */
	size_t have; /* bytes of it that are there */
	size_t capacity;
	__u8 *bytes;
	uint64_t generation; /* the last one */
	struct sync_rows rows;
	char problem[SYNC_PROBLEM_SIZE];
};

struct sync_reader *sync_reader_new(const struct sync_reader_events *events, void *argument)
{
	struct sync_reader *reader = calloc(1, sizeof(*reader));

	if (reader) {
		reader->events = events;
		reader->argument = argument;
		reader->rows.problem = reader->problem;
	}
	return reader;
}

void sync_reader_free(struct sync_reader *reader)
{
	if (!reader)
		return;
	sync_rows_clear(&reader->rows);
	free(reader->bytes);
	free(reader);
}

const char *sync_reader_problem(const struct sync_reader *reader)
{
	return reader->problem;
}

static int on_hello(struct sync_reader *reader, const Shunt__V1__SyncHello *message)
{
	struct sync_hello hello = {.version = message->version,
				   .instance = message->instance,
				   .heartbeat_ms = message->heartbeat_ms};

	if (reader->state != STATE_START)
		return sync_rows_refuse(&reader->rows, "a second hello");
	if (hello.version != SYNC_VERSION)
		return sync_rows_refuse(&reader->rows,
					"the manager speaks version %u of the protocol, not %d",
					hello.version, SYNC_VERSION);
	if (!sync_is_instance(hello.instance))
		return sync_rows_refuse(&reader->rows, "the name of the instance is no valid one");
	if (!hello.heartbeat_ms || hello.heartbeat_ms > SYNC_HEARTBEAT_MAX_MS)
		return sync_rows_refuse(&reader->rows, "a heartbeat every %u ms, not 1 to %u",
					hello.heartbeat_ms, SYNC_HEARTBEAT_MAX_MS);
	reader->state = STATE_BETWEEN;
	return reader->events->hello(reader->argument, &hello);
}

static int on_begin(struct sync_reader *reader, const Shunt__V1__SyncBegin *message)
{
	if (reader->state != STATE_BETWEEN)
		return sync_rows_refuse(&reader->rows, "a generation begins %s",
					reader->state == STATE_START ? "before the hello"
								     : "within another");
	reader->state = STATE_GENERATION;
	sync_rows_start(&reader->rows, message->snapshot);
	return 0;
}

static int on_rows(struct sync_reader *reader, const Shunt__V1__SyncRows *message)
{
	if (reader->state != STATE_GENERATION)
		return sync_rows_refuse(&reader->rows, "rows outside of a generation");
	return sync_rows_add(&reader->rows, message);
}

static int on_done(struct sync_reader *reader, const Shunt__V1__SyncDone *message)
{
	struct sync_done done = {.generation = message->generation,
				 .revision = message->revision,
				 .made_at_ms = message->made_at_ms};
	int error;

	if (reader->state != STATE_GENERATION)
		return sync_rows_refuse(&reader->rows, "an end outside of a generation");
	if (done.generation <= reader->generation)
		return sync_rows_refuse(&reader->rows, "generation %llu after %llu",
					(unsigned long long)done.generation,
					(unsigned long long)reader->generation);
	error = sync_rows_finish(&reader->rows);
	if (error)
		return error;
	reader->generation = done.generation;
	reader->state = STATE_BETWEEN;
	error = reader->events->generation(reader->argument, &reader->rows.changes, &done);
	sync_rows_clear(&reader->rows);
	return error;
}

static int on_heartbeat(struct sync_reader *reader, const Shunt__V1__SyncHeartbeat *message)
{
	if (reader->state != STATE_BETWEEN)
		return sync_rows_refuse(&reader->rows, "a heartbeat %s",
					reader->state == STATE_START ? "before the hello"
								     : "within a generation");
	return reader->events->heartbeat(reader->argument, message->generation, message->time_ms);
}

static int on_message(struct sync_reader *reader, const Shunt__V1__SyncMessage *message)
{
	switch (message->content_case) {
	case SHUNT__V1__SYNC_MESSAGE__CONTENT_HELLO:
		return on_hello(reader, message->hello);
	case SHUNT__V1__SYNC_MESSAGE__CONTENT_BEGIN:
		return on_begin(reader, message->begin);
	case SHUNT__V1__SYNC_MESSAGE__CONTENT_ROWS:
		return on_rows(reader, message->rows);
	case SHUNT__V1__SYNC_MESSAGE__CONTENT_DONE:
		return on_done(reader, message->done);
	case SHUNT__V1__SYNC_MESSAGE__CONTENT_HEARTBEAT:
		return on_heartbeat(reader, message->heartbeat);
	default:
		/* One of a kind that a later version has. */
		if (message->base.n_unknown_fields)
			return 0;
		return sync_rows_refuse(&reader->rows, "a message without content");
	}
}

/* For protobuf-c: what it unpacks is freed with the arena, as a whole. */
struct unpacking {
	struct arena arena;
	bool no_memory;
};

static void *unpacking_alloc(void *data, size_t size)
{
	struct unpacking *unpacking = data;
	void *memory = arena_alloc(&unpacking->arena, size);

	if (!memory)
		unpacking->no_memory = true;
	return memory;
}

static void unpacking_free(void *data, void *memory)
{
	(void)data;
	(void)memory;
}

static int read_message(struct sync_reader *reader)
{
	struct unpacking unpacking = {0};
	ProtobufCAllocator allocator = {
		.alloc = unpacking_alloc, .free = unpacking_free, .allocator_data = &unpacking};
	const Shunt__V1__SyncMessage *message;
	int error;

	message = shunt__v1__sync_message__unpack(&allocator, reader->length, reader->bytes);
	if (message)
		error = on_message(reader, message);
	else if (unpacking.no_memory)
		error = -ENOMEM;
	else
		error = sync_rows_refuse(&reader->rows, "a malformed message of %zu bytes",
					 reader->length);
	arena_clear(&unpacking.arena);
	return error;
}

/* The varint in front of a message; *whole once all of it is there. */
static int read_prefix(struct sync_reader *reader, __u8 byte)
{
	uint64_t bits = byte & 0x7f;
	uint64_t length = reader->length | bits << (7 * reader->prefix);

	if (length > SYNC_MESSAGE_MAX)
		return sync_rows_refuse(&reader->rows, "a message of %llu bytes or more, above %u",
					(unsigned long long)length, SYNC_MESSAGE_MAX);
	if (++reader->prefix == PREFIX_MAX && (byte & 0x80))
		return sync_rows_refuse(&reader->rows, "the length of a message is malformed");
	reader->length = (size_t)length;
	reader->whole_prefix = !(byte & 0x80);
	return 0;
}

static int make_room(struct sync_reader *reader)
{
	size_t size = reader->length ? reader->length : 1;
	__u8 *grown;

	if (size <= reader->capacity)
		return 0;
	grown = realloc(reader->bytes, size);
	if (!grown)
		return -ENOMEM;
	reader->bytes = grown;
	reader->capacity = size;
	return 0;
}

/* Takes some of the bytes, how many is *taken. */
static int take(struct sync_reader *reader, const __u8 *bytes, size_t length, size_t *taken)
{
	size_t missing;
	int error;

	if (!reader->whole_prefix) {
		*taken = 1;
		error = read_prefix(reader, bytes[0]);
		if (error || !reader->whole_prefix)
			return error;
		error = make_room(reader);
		if (error || reader->length)
			return error;
	} else {
		missing = reader->length - reader->have;
		*taken = missing < length ? missing : length;
		memcpy(reader->bytes + reader->have, bytes, *taken);
		reader->have += *taken;
		if (*taken < missing)
			return 0;
	}
	error = read_message(reader);
	reader->prefix = reader->length = reader->have = 0;
	reader->whole_prefix = false;
	return error;
}

int sync_reader_feed(struct sync_reader *reader, const void *bytes, size_t length)
{
	const __u8 *at = bytes;
	int error = reader->state == STATE_FAILED ? -EBADMSG : 0;

	while (length && !error) {
		size_t taken;

		error = take(reader, at, length, &taken);
		at += taken;
		length -= taken;
	}
	if (error)
		reader->state = STATE_FAILED;
	return error;
}
