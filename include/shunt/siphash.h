/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) OR Apache-2.0 */
/*
 * SipHash-2-4 (Aumasson, Bernstein: SipHash: a fast short-input PRF, 2012) of messages that are whole
 * 64-bit words. Bytes make words with the first one lowest, on every machine.
 */
#ifndef SHUNT_SIPHASH_H
#define SHUNT_SIPHASH_H

#include <shunt/tables.h>

#define SHUNT_SIPHASH_INLINE inline __attribute__((always_inline))

struct shunt_siphash {
	__u64 v0, v1, v2, v3;
};

static SHUNT_SIPHASH_INLINE __u64 shunt_siphash_rotate(__u64 x, __u32 bits)
{
	return x << bits | x >> (64 - bits);
}

static SHUNT_SIPHASH_INLINE void shunt_siphash_round(struct shunt_siphash *s)
{
	s->v0 += s->v1;
	s->v1 = shunt_siphash_rotate(s->v1, 13) ^ s->v0;
	s->v0 = shunt_siphash_rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = shunt_siphash_rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = shunt_siphash_rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = shunt_siphash_rotate(s->v1, 17) ^ s->v2;
	s->v2 = shunt_siphash_rotate(s->v2, 32);
}

static SHUNT_SIPHASH_INLINE void shunt_siphash_add(struct shunt_siphash *s, __u64 word)
{
	s->v3 ^= word;
	shunt_siphash_round(s);
	shunt_siphash_round(s);
	s->v0 ^= word;
}

/* The hash of `count` words, a number that is known when this is compiled. */
static SHUNT_SIPHASH_INLINE __u64 shunt_siphash(const struct shunt_key *key, const __u64 *words,
						__u32 count)
{
	struct shunt_siphash s = {
		.v0 = key->words[0] ^ 0x736f6d6570736575ULL,
		.v1 = key->words[1] ^ 0x646f72616e646f6dULL,
		.v2 = key->words[0] ^ 0x6c7967656e657261ULL,
		.v3 = key->words[1] ^ 0x7465646279746573ULL,
	};
	__u32 i;

	for (i = 0; i < count; i++)
		shunt_siphash_add(&s, words[i]);
	shunt_siphash_add(&s, (__u64)count * 8 << 56);
	s.v2 ^= 0xff;
	for (i = 0; i < 4; i++)
		shunt_siphash_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

#endif
