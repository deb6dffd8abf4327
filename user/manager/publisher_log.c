// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/manager/publisher_state.h"

/*
 * More changes than this many times the snapshot are not worth keeping: taking the snapshot anew is
 * cheaper. But small tables change by much, relatively.
 */
#define LOG_SNAPSHOTS 2
#define LOG_MIN_BYTES (1024u * 1024)

struct publisher_chunk *publisher_chunk_new(struct sync_buffer *buffer, uint64_t generation)
{
	struct publisher_chunk *chunk = malloc(sizeof(*chunk));
	char *fitting;

	if (!chunk)
		return NULL;
	fitting = realloc(buffer->bytes, buffer->length);
	if (fitting)
		buffer->bytes = fitting;
	*chunk = (struct publisher_chunk){.references = 1,
					  .generation = generation,
					  .length = buffer->length,
					  .bytes = buffer->bytes};
	*buffer = (struct sync_buffer){0};
	return chunk;
}

struct publisher_chunk *publisher_chunk_hold(struct publisher_chunk *chunk)
{
	chunk->references++;
	return chunk;
}

void publisher_chunk_release(struct publisher_chunk *chunk)
{
	if (!chunk || --chunk->references)
		return;
	free(chunk->bytes);
	free(chunk);
}

static size_t cost(const struct publisher_chunk *chunk)
{
	return sizeof(*chunk) + chunk->length;
}

int publisher_log_add(struct publisher_log *log, struct publisher_chunk *chunk)
{
	int error;

	/* Most of the room is in front: that is used again. */
	if (log->start + log->count == log->capacity && log->start > log->count) {
		memmove(log->items, log->items + log->start, log->count * sizeof(*log->items));
		log->start = 0;
	}
	error = array_grow(&log->items, &log->capacity, log->start + log->count,
			   sizeof(*log->items));
	if (error)
		return error;
	log->items[log->start + log->count++] = chunk;
	log->bytes += cost(chunk);
	return 0;
}

static size_t bound(const struct publisher_log *log)
{
	size_t bytes = log->snapshot ? LOG_SNAPSHOTS * log->snapshot->length : 0;

	if (bytes < LOG_MIN_BYTES)
		bytes = LOG_MIN_BYTES;
	return bytes < log->max ? bytes : log->max;
}

void publisher_log_trim(struct publisher_log *log)
{
	/* The last one is what all agents that are up to date wait for. */
	while (log->count > 1 && log->bytes > bound(log)) {
		struct publisher_chunk *oldest = log->items[log->start];

		log->bytes -= cost(oldest);
		publisher_chunk_release(oldest);
		log->start++;
		log->count--;
	}
}

void publisher_log_set_snapshot(struct publisher_log *log, struct publisher_chunk *snapshot)
{
	publisher_chunk_release(log->snapshot);
	log->snapshot = snapshot;
}

struct publisher_chunk *publisher_log_find(const struct publisher_log *log, uint64_t generation)
{
	uint64_t first = log->count ? log->items[log->start]->generation : 0;

	if (!log->count || generation < first || generation - first >= log->count)
		return NULL;
	return log->items[log->start + (size_t)(generation - first)];
}

bool publisher_log_snapshot_serves(const struct publisher_log *log, uint64_t generation)
{
	return log->snapshot && log->snapshot->generation == generation;
}

void publisher_log_clear(struct publisher_log *log)
{
	for (size_t i = 0; i < log->count; i++)
		publisher_chunk_release(log->items[log->start + i]);
	free(log->items);
	publisher_chunk_release(log->snapshot);
	*log = (struct publisher_log){.max = log->max};
}
