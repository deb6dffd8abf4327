// SPDX-License-Identifier: Apache-2.0
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/arena.h"

#define BLOCK_BYTES (64u * 1024)

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

static size_t block_bytes(const struct arena *arena)
{
	return arena->block_bytes ? arena->block_bytes : BLOCK_BYTES;
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
	struct arena_block *block;

	if (size > (size_t)-1 - sizeof(*block))
		return NULL;
	block = calloc(1, sizeof(*block) + size);
	if (!block)
		return NULL;
	block->size = size;
	/* One that is filled at once goes behind the first, which still has room. */
	if (arena->blocks && size != block_bytes(arena)) {
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	} else {
		block->next = arena->blocks;
		arena->blocks = block;
	}
	return block;
}

static void *take(struct arena *arena, size_t size, size_t alignment)
{
	struct arena_block *block = arena->blocks;
	size_t start;

	if (block) {
		start = (block->used + alignment - 1) & ~(alignment - 1);
		if (start <= block->size && size <= block->size - start) {
			block->used = start + size;
			return block->bytes + start;
		}
	}
	block = add_block(arena, size > block_bytes(arena) / 4 ? size : block_bytes(arena));
	if (!block)
		return NULL;
	block->used = size;
	return block->bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return take(arena, size ? size : 1, alignof(max_align_t));
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = take(arena, length + 1, 1);

	if (!copy)
		return NULL;
	if (length)
		memcpy(copy, text, length);
	return copy;
}

void arena_clear(struct arena *arena)
{
	struct arena_block *block = arena->blocks;

	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena->blocks = NULL;
}
