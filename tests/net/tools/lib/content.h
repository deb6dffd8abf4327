/* SPDX-License-Identifier: Apache-2.0 */
/* Content that both ends can compute from a seed, so that each checks the other's bytes. */
#ifndef SHUNT_TESTS_CONTENT_H
#define SHUNT_TESTS_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#define CONTENT_HASH_START 0xcbf29ce484222325ULL /* FNV-1a, 64 bits */

/* Fills @buffer with the bytes at @offset of the content that @seed names. */
void content_fill(uint64_t seed, uint64_t offset, uint8_t *buffer, size_t size);

/* Position in @buffer of the first byte that is not the content's, or @size where all are. */
size_t content_compare(uint64_t seed, uint64_t offset, const uint8_t *buffer, size_t size);

/* Continues FNV-1a from @hash. */
uint64_t content_hash(uint64_t hash, const uint8_t *buffer, size_t size);

#endif
