/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sync stream of proto/sync.proto as bytes: what a manager sends to its agents, and the form in
 * which an agent keeps its tables on disk.
 */
#ifndef SHUNT_USER_LIB_SYNC_WIRE_H
#define SHUNT_USER_LIB_SYNC_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "user/lib/changes.h"

#define SYNC_VERSION 1
#define SYNC_MESSAGE_MAX (256u * 1024) /* bytes of one message; a longer one is refused */
#define SYNC_ROWS_MAX 500 /* rows of one SyncRows as they are written here */
#define SYNC_INSTANCE_MAX 127 /* characters of the name of a manager's run */
#define SYNC_HEARTBEAT_MAX_MS (10u * 60 * 1000)
#define SYNC_PROBLEM_SIZE 320

struct sync_hello {
	uint32_t version;
	const char *instance;
	uint32_t heartbeat_ms;
};

struct sync_done {
	uint64_t generation;
	uint64_t revision;
	uint64_t made_at_ms; /* since 1970 */
};

/* 1 to SYNC_INSTANCE_MAX of A-Z a-z 0-9 - _ . */
bool sync_is_instance(const char *text);

/* A buffer from malloc(). All zero is empty. */
struct sync_buffer {
	char *bytes;
	size_t length;
	size_t capacity;
};

/*
 * Append delimited messages to the buffer. -ENOMEM, or -E2BIG where a name is so long that no reader
 * would take the message; the buffer is then as it was.
 */
int sync_encode_hello(struct sync_buffer *buffer, const struct sync_hello *hello);
int sync_encode_heartbeat(struct sync_buffer *buffer, uint64_t generation, uint64_t time_ms);

/* A whole generation: SyncBegin, as many SyncRows as are needed, SyncDone. */
int sync_encode_generation(struct sync_buffer *buffer, const struct changes *changes,
			   const struct sync_done *done);

void sync_buffer_clear(struct sync_buffer *buffer);

/* What a reader of the stream is told. A result other than 0 ends the reading and is returned. */
struct sync_reader_events {
	int (*hello)(void *argument, const struct sync_hello *hello);
	/*
	 * A generation is complete. changes may be altered, and is cleared after the call; what it
	 * refers to is its own.
	 */
	int (*generation)(void *argument, struct changes *changes, const struct sync_done *done);
	int (*heartbeat)(void *argument, uint64_t generation, uint64_t time_ms);
};

struct sync_reader;

/* NULL for want of memory. events must outlive the reader. */
struct sync_reader *sync_reader_new(const struct sync_reader_events *events, void *argument);

/*
 * Takes the next bytes of the stream, cut anywhere. -EBADMSG for what the protocol does not allow:
 * a message that is too long or malformed, out of order, an address, port, name or count that is no
 * valid one, a key that is there twice in a generation, a removal in a snapshot, more rows than the
 * tables could ever hold. The reason, for a person, is then sync_reader_problem(). -ENOMEM. After an
 * error no more bytes may be given. Fields and kinds of messages that are not known are skipped.
 */
int sync_reader_feed(struct sync_reader *reader, const void *bytes, size_t length);

const char *sync_reader_problem(const struct sync_reader *reader);

void sync_reader_free(struct sync_reader *reader);

#endif
