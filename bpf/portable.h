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

#else

#include <arpa/inet.h>
#include <string.h>
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define bpf_htons htons
#define bpf_ntohs ntohs
#define bpf_htonl htonl
#define bpf_ntohl ntohl

#endif

/* A function that the verifier checks once, on its own, whatever calls it. Weak, since several
 * objects may hold it and the linker keeps one. */
#define SUBPROGRAM __attribute__((noinline, weak))

/* Keeps the compiler from reasoning past this point about x, so that a bound which it applies
 * to a register is applied to the register that the verifier sees used. */
#define opaque(x) asm volatile("" : "+r"(x))

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
