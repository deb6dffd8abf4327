// SPDX-License-Identifier: Apache-2.0
#include "content.h"

#define BLOCK sizeof(uint64_t)
#define HASH_PRIME 0x100000001b3ULL

/* The finaliser of splitmix64: any block can be computed on its own. */
static uint64_t content_block(uint64_t seed, uint64_t index)
{
	uint64_t x = seed + (index + 1) * 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static uint8_t content_byte(uint64_t block, uint64_t offset)
{
	return block >> (8 * (offset % BLOCK));
}

void content_fill(uint64_t seed, uint64_t offset, uint8_t *buffer, size_t size)
{
	uint64_t block = 0;

	for (size_t i = 0; i < size; i++, offset++) {
		if (i == 0 || offset % BLOCK == 0)
			block = content_block(seed, offset / BLOCK);
		buffer[i] = content_byte(block, offset);
	}
}

size_t content_compare(uint64_t seed, uint64_t offset, const uint8_t *buffer, size_t size)
{
	uint64_t block = 0;

	for (size_t i = 0; i < size; i++, offset++) {
		if (i == 0 || offset % BLOCK == 0)
			block = content_block(seed, offset / BLOCK);
		if (buffer[i] != content_byte(block, offset))
			return i;
	}
	return size;
}

uint64_t content_hash(uint64_t hash, const uint8_t *buffer, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ buffer[i]) * HASH_PRIME;
	return hash;
}
