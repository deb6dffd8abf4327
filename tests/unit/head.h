/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses heads in memory that ends where a page begins that must not be touched. Of the bytes
 * behind those that have come, the parser may load a word that begins where the next line would,
 * behind a CR and LF that are not there yet.
 */
#ifndef SHUNT_TESTS_UNIT_HEAD_H
#define SHUNT_TESTS_UNIT_HEAD_H

#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "bpf/http_response.h"
#include "user/lib/markers.h"

#define HEAD_OVER_READ (2 + 8)

/* The parser's bytes, flush against the page. Made once, kept to the end. */
static inline struct http_bytes *head_bytes(void)
{
	static struct http_bytes *bytes;
	size_t page = sysconf(_SC_PAGESIZE), size = (sizeof(*bytes) / page + 1) * page;
	char *memory;

	if (bytes)
		return bytes;
	memory =
		mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || mprotect(memory + size, page, PROT_NONE))
		abort();
	bytes = (struct http_bytes *)(memory + size - sizeof(*bytes));
	return bytes;
}

/* Writes what has come, with `behind` repeated where a word may reach, and lets sanitizers watch
 * the rest. */
static inline void head_bytes_set(struct http_bytes *to, const char *bytes, size_t length,
				  const char *behind)
{
	size_t size = strlen(behind), readable = length + HEAD_OVER_READ;

	if (readable > sizeof(*to))
		readable = sizeof(*to);
	ASAN_UNPOISON_MEMORY_REGION(to, sizeof(*to));
	memcpy(to->at, bytes, length < sizeof(to->at) ? length : sizeof(to->at));
	for (size_t i = length; i < readable; i++)
		((char *)to)[i] = size ? behind[(i - length) % size] : 0;
	ASAN_POISON_MEMORY_REGION((char *)to + readable, sizeof(*to) - readable);
}

/* How many of that many bytes a head can have. */
static inline __u16 head_room(size_t length)
{
	return length < SHUNT_HEAD_MAX ? length : SHUNT_HEAD_MAX;
}

/* The default markers, compiled. */
static inline const struct shunt_markers *head_markers(void)
{
	static struct shunt_markers markers;

	if (!markers.count &&
	    markers_compile(markers_default, MARKERS_DEFAULT_COUNT, &markers, NULL))
		abort();
	return &markers;
}

/* Parses the first `length` bytes from the beginning. */
static inline int head_parse(const struct http_bytes *bytes, size_t length, struct shunt_head *head)
{
	http_head_reset(head);
	head->length = head_room(length);
	return http_parse(bytes, head, head_markers());
}

/* Whether two calls came to the same, by way of other lengths or not; `text` is working memory. */
static inline bool head_equal(const struct shunt_head *a, const struct shunt_head *b)
{
	struct shunt_head one = *a, other = *b;

	one.length = other.length = 0;
	memset(one.text, 0, sizeof(one.text));
	memset(other.text, 0, sizeof(other.text));
	return !memcmp(&one, &other, sizeof(one));
}

#endif
