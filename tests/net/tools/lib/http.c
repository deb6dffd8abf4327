// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "content.h"
#include "http.h"
#include "net.h"

#define CHUNK_LINE_MAX 64

void http_reader_init(struct http_reader *reader, int fd, int limit_ms)
{
	reader->fd = fd;
	reader->limit_ms = limit_ms;
	reader->at = 0;
	reader->end = 0;
}

/* Reads more behind what is there. Returns the bytes read, 0 at the end, -errno. */
static ssize_t http_fill(struct http_reader *reader)
{
	ssize_t count;

	if (reader->at == reader->end) {
		reader->at = 0;
		reader->end = 0;
	} else if (reader->end == sizeof(reader->buffer)) {
		memmove(reader->buffer, reader->buffer + reader->at, reader->end - reader->at);
		reader->end -= reader->at;
		reader->at = 0;
	}
	if (reader->end == sizeof(reader->buffer))
		return -EMSGSIZE;
	count = net_read(reader->fd, reader->buffer + reader->end,
			 sizeof(reader->buffer) - reader->end, reader->limit_ms);
	if (count > 0)
		reader->end += count;
	return count;
}

/* Reads up to and with @mark. Returns the length, 0 at the end before the first byte, -errno. */
static ssize_t http_read_until(struct http_reader *reader, const char *mark, char *text,
			       size_t size)
{
	size_t mark_length = strlen(mark);

	for (;;) {
		const uint8_t *start = reader->buffer + reader->at;
		size_t left = reader->end - reader->at;
		const uint8_t *found = left ? memmem(start, left, mark, mark_length) : NULL;
		ssize_t count;

		if (found) {
			size_t length = found - start + mark_length;

			if (length >= size)
				return -EMSGSIZE;
			memcpy(text, start, length);
			text[length] = '\0';
			reader->at += length;
			return length;
		}
		count = http_fill(reader);
		if (count == 0)
			return left ? -EPIPE : 0;
		if (count < 0)
			return count;
	}
}

ssize_t http_read_head(struct http_reader *reader, char head[HTTP_HEAD_MAX + 1])
{
	return http_read_until(reader, "\r\n\r\n", head, HTTP_HEAD_MAX + 1);
}

bool http_field(const char *head, const char *name, char *value, size_t size)
{
	size_t name_length = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
		const char *end;

		line += 2;
		end = strstr(line, "\r\n");
		if (!end)
			return false;
		if (strncasecmp(line, name, name_length) != 0 || line[name_length] != ':')
			continue;
		line += name_length + 1;
		while (*line == ' ')
			line++;
		if ((size_t)(end - line) >= size)
			return false;
		memcpy(value, line, end - line);
		value[end - line] = '\0';
		return true;
	}
	return false;
}

/* Takes @length bytes into *body. */
static int http_take(struct http_reader *reader, uint64_t length, uint64_t seed,
		     struct http_body *body)
{
	while (length) {
		const uint8_t *start;
		uint64_t size;

		if (reader->at == reader->end) {
			ssize_t count = http_fill(reader);

			if (count <= 0)
				return count < 0 ? count : -EPIPE;
		}
		start = reader->buffer + reader->at;
		size = reader->end - reader->at;
		if (size > length)
			size = length;
		if (seed && body->wrong < 0) {
			size_t same = content_compare(seed, body->length, start, size);

			if (same < size)
				body->wrong = body->length + same;
		}
		body->hash = content_hash(body->hash, start, size);
		body->length += size;
		reader->at += size;
		length -= size;
	}
	return 0;
}

/* Returns 1 after the last chunk, 0 after any other, or -errno. */
static int http_take_chunk(struct http_reader *reader, uint64_t seed, struct http_body *body)
{
	char line[CHUNK_LINE_MAX];
	ssize_t length = http_read_until(reader, "\r\n", line, sizeof(line));
	unsigned long long size;
	char *end;
	int error;

	if (length <= 0)
		return length < 0 ? length : -EPIPE;
	size = strtoull(line, &end, 16);
	if (end == line || (*end != '\r' && *end != ';'))
		return -EBADMSG;
	if (size == 0)
		return 1;
	error = http_take(reader, size, seed, body);
	if (error)
		return error;
	length = http_read_until(reader, "\r\n", line, sizeof(line));
	return length == 2 ? 0 : -EBADMSG;
}

/* Trailer fields and the empty line that ends them. */
static int http_take_trailer(struct http_reader *reader)
{
	char line[CHUNK_LINE_MAX];
	ssize_t length;

	do {
		length = http_read_until(reader, "\r\n", line, sizeof(line));
		if (length <= 0)
			return length < 0 ? length : -EPIPE;
	} while (length > 2);
	return 0;
}

void http_body_init(struct http_body *body)
{
	body->length = 0;
	body->hash = CONTENT_HASH_START;
	body->wrong = -1;
}

int http_read_rest(struct http_reader *reader, uint64_t seed, struct http_body *body)
{
	http_body_init(body);
	for (;;) {
		ssize_t count = reader->end - reader->at;
		int error;

		if (count == 0)
			count = http_fill(reader);
		if (count <= 0)
			return count;
		error = http_take(reader, reader->end - reader->at, seed, body);
		if (error)
			return error;
	}
}

int http_read_body(struct http_reader *reader, const char *head, uint64_t seed,
		   struct http_body *body)
{
	char value[32];
	int error;

	http_body_init(body);
	if (http_field(head, "transfer-encoding", value, sizeof(value))) {
		if (strcmp(value, "chunked") != 0)
			return -EBADMSG;
		do {
			error = http_take_chunk(reader, seed, body);
		} while (error == 0);
		return error == 1 ? http_take_trailer(reader) : error;
	}
	if (http_field(head, "content-length", value, sizeof(value))) {
		return http_take(reader, strtoull(value, NULL, 10), seed, body);
	}
	return 0;
}
