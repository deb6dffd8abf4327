// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/sync_encode.h"
#include "user/lib/sync_wire.h"

#define PREFIX_MAX 5 /* bytes of a message's length */

void sync_buffer_clear(struct sync_buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct sync_buffer){0};
}

static int reserve(struct sync_buffer *buffer, size_t size)
{
	size_t wanted = buffer->capacity ? buffer->capacity : 64;
	char *grown;

	if (size <= buffer->capacity - buffer->length)
		return 0;
	while (wanted - buffer->length < size)
		wanted *= 2;
	grown = realloc(buffer->bytes, wanted);
	if (!grown)
		return -ENOMEM;
	buffer->bytes = grown;
	buffer->capacity = wanted;
	return 0;
}

int sync_encode_append(struct sync_buffer *buffer, const Shunt__V1__SyncMessage *message)
{
	size_t size = shunt__v1__sync_message__get_packed_size(message);
	size_t rest = size;

	if (size > SYNC_MESSAGE_MAX)
		return -E2BIG;
	if (reserve(buffer, PREFIX_MAX + size))
		return -ENOMEM;
	for (; rest >= 0x80; rest >>= 7)
		buffer->bytes[buffer->length++] = (char)(rest | 0x80);
	buffer->bytes[buffer->length++] = (char)rest;
	shunt__v1__sync_message__pack(message, (uint8_t *)buffer->bytes + buffer->length);
	buffer->length += size;
	return 0;
}

int sync_encode_hello(struct sync_buffer *buffer, const struct sync_hello *hello)
{
	Shunt__V1__SyncHello content = SHUNT__V1__SYNC_HELLO__INIT;
	Shunt__V1__SyncMessage message = SHUNT__V1__SYNC_MESSAGE__INIT;

	content.version = hello->version;
	content.instance = (char *)hello->instance;
	content.heartbeat_ms = hello->heartbeat_ms;
	message.content_case = SHUNT__V1__SYNC_MESSAGE__CONTENT_HELLO;
	message.hello = &content;
	return sync_encode_append(buffer, &message);
}

int sync_encode_heartbeat(struct sync_buffer *buffer, uint64_t generation, uint64_t time_ms)
{
	Shunt__V1__SyncHeartbeat content = SHUNT__V1__SYNC_HEARTBEAT__INIT;
	Shunt__V1__SyncMessage message = SHUNT__V1__SYNC_MESSAGE__INIT;

	content.generation = generation;
	content.time_ms = time_ms;
	message.content_case = SHUNT__V1__SYNC_MESSAGE__CONTENT_HEARTBEAT;
	message.heartbeat = &content;
	return sync_encode_append(buffer, &message);
}

static int encode_begin(struct sync_buffer *buffer, bool snapshot)
{
	Shunt__V1__SyncBegin content = SHUNT__V1__SYNC_BEGIN__INIT;
	Shunt__V1__SyncMessage message = SHUNT__V1__SYNC_MESSAGE__INIT;

	content.snapshot = snapshot;
	message.content_case = SHUNT__V1__SYNC_MESSAGE__CONTENT_BEGIN;
	message.begin = &content;
	return sync_encode_append(buffer, &message);
}

static int encode_done(struct sync_buffer *buffer, const struct sync_done *done)
{
	Shunt__V1__SyncDone content = SHUNT__V1__SYNC_DONE__INIT;
	Shunt__V1__SyncMessage message = SHUNT__V1__SYNC_MESSAGE__INIT;

	content.generation = done->generation;
	content.revision = done->revision;
	content.made_at_ms = done->made_at_ms;
	message.content_case = SHUNT__V1__SYNC_MESSAGE__CONTENT_DONE;
	message.done = &content;
	return sync_encode_append(buffer, &message);
}

int sync_encode_generation(struct sync_buffer *buffer, const struct changes *changes,
			   const struct sync_done *done)
{
	size_t before = buffer->length;
	int error;

	error = encode_begin(buffer, changes->snapshot);
	if (!error)
		error = sync_encode_rows(buffer, changes);
	if (!error)
		error = encode_done(buffer, done);
	if (error)
		buffer->length = before;
	return error;
}
