// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "content.h"

#define WRITE_LIMIT_MS 60000
#define CUT_LIMIT_MS 60000
#define PIECE 65536

long connection_query(const struct connection *connection, const char *name, long otherwise)
{
	const char *head = connection->head;
	const char *end = strstr(head, "\r\n");
	size_t length = strlen(name);

	for (const char *at = strpbrk(head, "?&"); at && at < end; at = strpbrk(at, "?&")) {
		at++;
		if (strncmp(at, name, length) == 0 && at[length] == '=')
			return strtol(at + length + 1, NULL, 10);
	}
	return otherwise;
}

/* Waits until the client closes or resets, or for @limit_ms; reads nothing. */
static void wait_for_hangup(int fd, int limit_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLRDHUP};

	poll(&poll_fd, 1, limit_ms);
}

static int send_chunk(int fd, const uint8_t *bytes, size_t size)
{
	char line[16];
	int length = snprintf(line, sizeof(line), "%zx\r\n", size);
	int error = net_write(fd, line, length, WRITE_LIMIT_MS);

	if (!error)
		error = net_write(fd, bytes, size, WRITE_LIMIT_MS);
	return error ? error : net_write(fd, "\r\n", 2, WRITE_LIMIT_MS);
}

/* Sends the first @size bytes of the content, in chunks of many sizes where @chunked. */
static int send_content(int fd, uint64_t seed, uint64_t size, bool chunked)
{
	uint8_t piece[PIECE];
	uint64_t offset = 0;
	int error = 0;

	while (offset < size && !error) {
		size_t count = chunked ? 1 + offset * 7 % (PIECE - 1) : PIECE;

		if (count > size - offset)
			count = size - offset;
		content_fill(seed, offset, piece, count);
		error = chunked ? send_chunk(fd, piece, count)
				: net_write(fd, piece, count, WRITE_LIMIT_MS);
		offset += count;
	}
	return error;
}

/* The answer's head, and for a plain request its whole answer. */
static int send_head(struct connection *connection, const struct http_body *body, const char *rest)
{
	char head[1024];
	int length =
		snprintf(head, sizeof(head),
			 "HTTP/1.1 200 OK\r\n"
			 "x-server: %s\r\nx-peer: %s\r\nx-connection: %d\r\nx-request: %u\r\n"
			 "x-body-length: %llu\r\nx-body-hash: %016llx\r\nx-body-wrong: %lld\r\n"
			 "%s",
			 connection->server->name, connection->peer, connection->number,
			 connection->requests, (unsigned long long)body->length,
			 (unsigned long long)body->hash, (long long)body->wrong, rest);

	if (length >= (int)sizeof(head))
		return -EMSGSIZE;
	return net_write(connection->fd, head, length, WRITE_LIMIT_MS);
}

/* Sends part of the body and ends the connection in the way that the target asks for. */
static int send_cut(struct connection *connection, uint64_t seed)
{
	static const char *const ways[] = {"stop", "reset", "fin"};

	for (int i = 0; i < 3; i++) {
		long size = connection_query(connection, ways[i], -1);
		int error;

		if (size < 0)
			continue;
		error = send_content(connection->fd, seed, size, false);
		if (error)
			return error;
		connection->end = ways[i];
		if (i == 0)
			wait_for_hangup(connection->fd, CUT_LIMIT_MS);
		if (i == 1) {
			net_drain(connection->fd, WRITE_LIMIT_MS);
			net_reset(connection->fd);
			connection->fd = -1;
		}
		return -ECONNABORTED;
	}
	return 0;
}

int connection_answer(struct connection *connection, const struct http_body *body)
{
	long bytes = connection_query(connection, "bytes", -1),
	     seed = connection_query(connection, "seed", 1);
	bool chunked = connection_query(connection, "chunked", 0),
	     close = connection_query(connection, "close", 0);
	const char *ending = close ? "connection: close\r\n" : "";
	char rest[256];
	int error;

	wait_for_hangup(connection->fd, connection_query(connection, "delay", 0));
	if (bytes < 0)
		snprintf(rest, sizeof(rest), "%scontent-length: %zu\r\n\r\n%s\n", ending,
			 strlen(connection->server->name) + 1, connection->server->name);
	else if (chunked)
		snprintf(rest, sizeof(rest), "%stransfer-encoding: chunked\r\n\r\n", ending);
	else
		snprintf(rest, sizeof(rest), "%scontent-length: %ld\r\n\r\n", ending, bytes);
	error = send_head(connection, body, rest);
	if (!error && bytes >= 0)
		error = send_cut(connection, seed);
	if (!error && bytes > 0)
		error = send_content(connection->fd, seed, bytes, chunked);
	if (!error && bytes >= 0 && chunked)
		error = net_write(connection->fd, "0\r\nx-trailer: yes\r\n\r\n", 21,
				  WRITE_LIMIT_MS);
	if (!error && close) {
		connection->end = "done";
		error = -ECONNABORTED;
	}
	return error;
}
