/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What lets the parser, framing and leg arithmetic compile for the kernel and natively, so that
 * unit tests and fuzzers run the very code that the kernel runs. The only place that asks which
 * of the two it is.
 */
#ifndef SHUNT_BPF_PORTABLE_H
#define SHUNT_BPF_PORTABLE_H

#include <stdbool.h>
#include <linux/errno.h>
#include <linux/bpf.h>
#include <linux/types.h>
#include <shunt/tables.h>

#ifdef __bpf__

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

/* Calls step(0, state), step(1, state), ... up to `count` times, until one returns non-zero. What
 * *state points to may change, *state itself may not: the verifier follows one call only. */
#define repeat(count, step, state) bpf_loop(count, step, state, 0)

/* A function that the verifier checks once, on its own, whatever calls it. Weak, since several
 * objects may hold it and the linker keeps one. */
#define SUBPROGRAM __attribute__((noinline, weak))

#else

#include <arpa/inet.h>
#include <string.h>
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define bpf_htons htons
#define bpf_ntohs ntohs
#define bpf_htonl htonl
#define bpf_ntohl ntohl
#define SUBPROGRAM static __attribute__((noinline, unused))
#define repeat(count, step, state)                                         \
	do {                                                               \
		for (__u32 repeated = 0; repeated < (count); repeated++) { \
			if (step(repeated, state))                         \
				break;                                     \
		}                                                          \
	} while (0)

#endif

/* Keeps the compiler from reasoning past this point about x, so that a bound which it applies
 * to a register is applied to the register that the verifier sees used. */
#define opaque(x) asm volatile("" : "+r"(x))

/*
 * Loads and stores before it happen before those behind it, as other processors see them; x86 needs only
 * the compiler to be told, of loads among themselves and stores among themselves. Elsewhere, an atomic
 * operation whose result is used is a full barrier.
 */
static __always_inline void memory_order(void)
{
#if defined(__bpf__) && !defined(SHUNT_STRONG_ORDER)
	__u64 word = 0, before = __sync_fetch_and_add(&word, 1);

	opaque(before);
#endif
	asm volatile("" ::: "memory");
}

/* Eight bytes, wherever they lie, in the machine's order. Programs may read them at once: the kernel
 * takes unaligned loads where the machine does, and else has the verifier refuse them. */
static __always_inline __u64 load_word(const void *at)
{
#ifdef __bpf__
	return *(const __u64 *)at;
#else
	__u64 word;

	memcpy(&word, at, sizeof(word));
	return word;
#endif
}

static __always_inline void store_word(void *at, __u64 word)
{
#ifdef __bpf__
	*(__u64 *)at = word;
#else
	memcpy(at, &word, sizeof(word));
#endif
}

/* A number in network byte order, wherever it lies. */
static __always_inline __u32 load_number(const void *at)
{
	__be32 number;

#ifdef __bpf__
	number = *(const __be32 *)at;
#else
	memcpy(&number, at, sizeof(number));
#endif
	return bpf_ntohl(number);
}

static __always_inline void store_number(void *at, __u32 value)
{
	__be32 number = bpf_htonl(value);

#ifdef __bpf__
	*(__be32 *)at = number;
#else
	memcpy(at, &number, sizeof(number));
#endif
}

static __always_inline bool address_equal(const struct shunt_address *a,
					  const struct shunt_address *b)
{
	__u64 x[2], y[2];

	__builtin_memcpy(x, a, sizeof(x));
	__builtin_memcpy(y, b, sizeof(y));
	return !((x[0] ^ y[0]) | (x[1] ^ y[1]));
}

/* Sequence number order modulo 2^32 (RFC 9293, 3.4). */
static __always_inline bool sequence_before(__u32 a, __u32 b)
{
	return (__s32)(a - b) < 0;
}

static __always_inline bool sequence_after(__u32 a, __u32 b)
{
	return sequence_before(b, a);
}

#endif
