/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the sync stream as bytes, and a reader that is to refuse them. */
#ifndef SHUNT_TESTS_UNIT_SYNC_REFUSED_H
#define SHUNT_TESTS_UNIT_SYNC_REFUSED_H

#include "sync_sample.h"
#include "tests/cases/sync.h"

static inline int on_hello(void *argument, const struct sync_hello *hello)
{
	(void)argument, (void)hello;
	return 0;
}

static inline int on_generation(void *argument, struct changes *changes,
				const struct sync_done *done)
{
	(void)changes, (void)done;
	++*(size_t *)argument;
	return 0;
}

static inline int on_heartbeat(void *argument, uint64_t generation, uint64_t time_ms)
{
	(void)argument, (void)generation, (void)time_ms;
	return 0;
}

static const struct sync_reader_events events = {on_hello, on_generation, on_heartbeat};

static inline void is_refused(const char *name, const char *bytes, size_t length,
			      const char *problem)
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

static inline void add_message(struct sync_buffer *buffer, const char *bytes, size_t length)
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

static inline void add_rows(struct sync_buffer *buffer, const char *bytes, size_t length)
{
	char message[128];

	assert_true(length < 120);
	message[0] = 0x1a;
	message[1] = (char)length;
	memcpy(message + 2, bytes, length);
	add_message(buffer, message, length + 2);
}

#endif
