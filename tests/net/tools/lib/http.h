/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading HTTP/1.1 messages, for the test server and the test client. Strict where it is cheap:
 * a message that neither of them would write is an error.
 */
#ifndef SHUNT_TESTS_HTTP_H
#define SHUNT_TESTS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HTTP_HEAD_MAX 65536

struct http_reader {
	int fd;
	int limit_ms; /* for each wait */
	size_t at;
	size_t end;
	uint8_t buffer[HTTP_HEAD_MAX];
};

/* What a body turned out to be. */
struct http_body {
	uint64_t length;
	uint64_t hash;
	int64_t wrong; /* offset of the first byte that is not the seed's; -1: none */
};

/* Forgets what was read and reads from @fd from now on. */
void http_reader_init(struct http_reader *reader, int fd, int limit_ms);

/*
 * Reads a head, its empty line included, into @head as text. Returns its length, 0 where the
 * peer closed before its first byte, -ETIMEDOUT, -EPIPE where it ended within, or -errno.
 */
ssize_t http_read_head(struct http_reader *reader, char head[HTTP_HEAD_MAX + 1]);

/* Copies the value of the field @name, without spaces around it. False where there is none. */
bool http_field(const char *head, const char *name, char *value, size_t size);

/* A body of no bytes. */
void http_body_init(struct http_body *body);

/*
 * Reads the body that @head announces. Where @seed is not 0, compares it with that content.
 * Returns 0 or -errno; *body is valid in both cases.
 */
int http_read_body(struct http_reader *reader, const char *head, uint64_t seed,
		   struct http_body *body);

/* The same for a body that ends with the connection. */
int http_read_rest(struct http_reader *reader, uint64_t seed, struct http_body *body);

#endif
