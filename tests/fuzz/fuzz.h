/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets share. libFuzzer keeps an input that ends a target. */
#ifndef SHUNT_TESTS_FUZZ_FUZZ_H
#define SHUNT_TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include "tests/unit/head.h"

/* Ends the target, and says what did not hold. */
#define must_hold(condition)                                                            \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

/* Numbers that follow from the input alone (xorshift64), so that a finding comes again. */
struct fuzz_random {
	__u64 state;
};

static inline struct fuzz_random fuzz_random_of(const __u8 *data, size_t size)
{
	__u64 sum = 14695981039346656037ULL; /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ data[i]) * 1099511628211ULL;
	return (struct fuzz_random){sum | 1};
}

/* From 0 to below - 1. */
static inline size_t fuzz_random_below(struct fuzz_random *random, size_t below)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return random->state % below;
}

/* A context's name, zero-filled; or none, with `rank` that says so. */
static inline void fuzz_context_is_sound(const struct shunt_head *head)
{
	size_t length = strnlen(head->context, sizeof(head->context));

	must_hold(length < sizeof(head->context));
	must_hold((head->rank == SHUNT_HEAD_NO_MARKER) == (length == 0));
	for (size_t i = 0; i < sizeof(head->context); i++) {
		char c = head->context[i];

		must_hold(i >= length ? !c
				      : c && strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", c));
	}
}

#endif
