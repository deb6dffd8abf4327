// SPDX-License-Identifier: Apache-2.0
#include "chance.h"

#define STEP 0x9e3779b97f4a7c15ULL

/* The finaliser of splitmix64. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

uint64_t chance_at(uint64_t seed, uint64_t stream, uint64_t number)
{
	return mix(mix(mix(seed + STEP) + stream * STEP) + number * STEP);
}

uint64_t chance_next(uint64_t *state)
{
	*state += STEP;
	return mix(*state);
}

uint64_t chance_between(uint64_t *state, uint64_t low, uint64_t high)
{
	return low + chance_next(state) % (high - low + 1);
}

bool chance_hits(uint64_t *state, uint32_t millionths)
{
	return chance_next(state) % CHANCE_CERTAIN < millionths;
}

uint64_t chance_size(uint64_t *state, uint64_t limit)
{
	unsigned int bits = 64 - __builtin_clzll(limit | 1);
	uint64_t size = chance_next(state) & ((1ULL << chance_between(state, 0, bits)) - 1);

	return size > limit ? limit : size;
}
