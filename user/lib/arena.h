/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is freed all at once. */
#ifndef SHUNT_USER_LIB_ARENA_H
#define SHUNT_USER_LIB_ARENA_H

#include <stddef.h>

struct arena_block;

/* All zero is an empty arena. */
struct arena {
	struct arena_block *blocks;
	size_t block_bytes; /* of memory at once; 0: 64 KiB. Little for what is small and one of many */
};

/* Zeroed memory, aligned for any type; never NULL for size 0. NULL where there is none left. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of length bytes with a NUL after them. NULL where there is no memory. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

/* Frees everything that came from the arena. Safe on an empty one. */
void arena_clear(struct arena *arena);

#endif
