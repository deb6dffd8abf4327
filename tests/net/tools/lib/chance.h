/* SPDX-License-Identifier: Apache-2.0 */
/* Chance that can be had again: the same seed gives the same values. */
#ifndef SHUNT_TESTS_CHANCE_H
#define SHUNT_TESTS_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

#define CHANCE_CERTAIN 1000000 /* rates are in millionths */

/* The value that belongs to a number of a stream: whoever asks gets it, in any order. */
uint64_t chance_at(uint64_t seed, uint64_t stream, uint64_t number);

/* The next value of a sequence whose place is *state. */
uint64_t chance_next(uint64_t *state);

/* The next one, from @low to @high, both included. */
uint64_t chance_between(uint64_t *state, uint64_t low, uint64_t high);

/* The next one as a decision. */
bool chance_hits(uint64_t *state, uint32_t millionths);

/* From 0 to @limit; each power of two is as likely as any other. */
uint64_t chance_size(uint64_t *state, uint64_t limit);

#endif
