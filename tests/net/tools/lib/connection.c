// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "connection.h"
#include "content.h"

#define WRITE_LIMIT_MS 60000
#define CUT_LIMIT_MS 60000
#define HOLD_LIMIT_MS 10000
#define LINGER_LIMIT_MS 10000
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

static int send_bytes(const struct connection *connection, const void *bytes, size_t size)
{
	size_t step = connection_query(connection, "drip", 0);
	int error = 0;

	if (!step)
		return net_write(connection->fd, bytes, size, WRITE_LIMIT_MS);
	for (size_t at = 0; at < size && !error; at += step)
		error = net_write_packet(connection->fd, (const uint8_t *)bytes + at,
					 step < size - at ? step : size - at, WRITE_LIMIT_MS);
	return error;
}

static int send_chunk(const struct connection *connection, const uint8_t *bytes, size_t size)
{
	char line[16];
	int length = snprintf(line, sizeof(line), "%zx\r\n", size);
	int error = send_bytes(connection, line, length);

	if (!error)
		error = send_bytes(connection, bytes, size);
	return error ? error : send_bytes(connection, "\r\n", 2);
}

/* Waits until the client has sent something behind the present request, or has gone. */
static void wait_for_more(struct connection *connection)
{
	struct pollfd poll_fd = {.fd = connection->fd, .events = POLLIN | POLLRDHUP};

	if (connection->reader.at == connection->reader.end)
		poll(&poll_fd, 1, HOLD_LIMIT_MS);
}

/* How the target of a request wants it to be answered. */
struct wish {
	int status;
	long bytes; /* of content; -1: the server's name instead */
	long hold; /* wait for more from the client after so many of them; -1: never */
	uint64_t seed;
	bool chunked;
	bool open; /* no length: the body ends with the connection */
	bool close;
	bool tunnel; /* neither body nor length: the answer to a CONNECT, if it is 2xx */
	bool bodiless; /* by the status, or as the answer to a HEAD */
};

static struct wish connection_wish(const struct connection *connection)
{
	struct wish wish = {
		.status = connection_query(connection, "status", 200),
		.bytes = connection_query(connection, "bytes", -1),
		.hold = connection_query(connection, "hold", -1),
		.seed = connection_query(connection, "seed", 1),
		.chunked = connection_query(connection, "chunked", 0),
		.open = connection_query(connection, "open", 0),
		.close = connection_query(connection, "close", 0),
	};

	wish.tunnel = strncmp(connection->head, "CONNECT ", 8) == 0 && wish.status / 100 == 2;
	wish.bodiless = wish.tunnel || wish.status == 101 || wish.status == 204 ||
			wish.status == 304 || strncmp(connection->head, "HEAD ", 5) == 0;
	return wish;
}

/* Sends the first @size bytes of the content, in chunks of many sizes where that is wished. */
static int send_content(struct connection *connection, const struct wish *wish, uint64_t size)
{
	uint8_t piece[PIECE];
	uint64_t offset = 0;
	int error = 0;

	while (offset < size && !error) {
		size_t count = wish->chunked ? 1 + offset * 7 % (PIECE - 1) : PIECE;

		if (wish->hold == (long)offset)
			wait_for_more(connection);
		if (wish->hold > (long)offset && wish->hold < (long)(offset + count))
			count = wish->hold - offset;
		if (count > size - offset)
			count = size - offset;
		content_fill(wish->seed, offset, piece, count);
		error = wish->chunked ? send_chunk(connection, piece, count)
				      : send_bytes(connection, piece, count);
		offset += count;
	}
	return error;
}

/* The answer's head, and for a plain request its whole answer. */
static int send_head(struct connection *connection, const struct http_body *body, int status,
		     const char *rest)
{
	uint64_t hash = content_hash(CONTENT_HASH_START, (const uint8_t *)connection->head,
				     strlen(connection->head));
	char head[1024];
	int length = snprintf(
		head, sizeof(head),
		"HTTP/1.1 %d As Wished\r\n"
		"x-server: %s\r\nx-peer: %s\r\nx-connection: %d\r\nx-request: %u\r\n"
		"x-head-hash: %016llx\r\n"
		"x-body-length: %llu\r\nx-body-hash: %016llx\r\nx-body-wrong: %lld\r\n"
		"%s",
		status, connection->server->name, connection->peer, connection->number,
		connection->requests, (unsigned long long)hash, (unsigned long long)body->length,
		(unsigned long long)body->hash, (long long)body->wrong, rest);

	if (length >= (int)sizeof(head))
		return -EMSGSIZE;
	return send_bytes(connection, head, length);
}

/* Sends part of the body and ends the connection in the way that the target asks for. */
static int send_cut(struct connection *connection, const struct wish *wish)
{
	static const char *const ways[] = {"stop", "reset", "fin"};

	for (int i = 0; i < 3; i++) {
		long size = connection_query(connection, ways[i], -1);
		int error;

		if (size < 0)
			continue;
		error = send_content(connection, wish, size);
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

static int send_interim(const struct connection *connection)
{
	static const char answer[] = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
	int error = 0;

	for (long i = connection_query(connection, "interim", 0); i > 0 && !error; i--)
		error = send_bytes(connection, answer, sizeof(answer) - 1);
	return error;
}

int connection_continue(struct connection *connection)
{
	static const char answer[] = "HTTP/1.1 100 Continue\r\n\r\n";
	char value[32];

	if (!http_field(connection->head, "expect", value, sizeof(value)))
		return 0;
	return net_write(connection->fd, answer, sizeof(answer) - 1, WRITE_LIMIT_MS);
}

/* The fields that say how long the body is, the empty line, and the body of a plain answer. */
static void answer_rest(const struct connection *connection, const struct wish *wish, char *rest,
			size_t size)
{
	const char *ending = wish->close || wish->open ? "connection: close\r\n" : "";
	const char *name = connection->server->name;

	if (wish->status == 101)
		snprintf(rest, size, "connection: upgrade\r\nupgrade: requests\r\n\r\n");
	else if (wish->open || wish->tunnel || wish->status == 204)
		snprintf(rest, size, "%s\r\n", ending);
	else if (wish->bytes < 0)
		snprintf(rest, size, "%scontent-length: %zu\r\n\r\n%s%s", ending, strlen(name) + 1,
			 wish->bodiless ? "" : name, wish->bodiless ? "" : "\n");
	else if (wish->chunked)
		snprintf(rest, size, "%stransfer-encoding: chunked\r\n\r\n", ending);
	else
		snprintf(rest, size, "%scontent-length: %ld\r\n\r\n", ending, wish->bytes);
}

/* Ends this side, and takes what the client still sends, so that it is not reset. */
static void linger(struct connection *connection)
{
	uint8_t piece[PIECE];

	shutdown(connection->fd, SHUT_WR);
	while (net_read(connection->fd, piece, sizeof(piece), LINGER_LIMIT_MS) > 0)
		;
}

int connection_answer(struct connection *connection, const struct http_body *body)
{
	struct wish wish = connection_wish(connection);
	bool content = wish.bytes >= 0 && !wish.bodiless;
	char rest[256];
	int error;

	answer_rest(connection, &wish, rest, sizeof(rest));
	error = send_interim(connection);
	wait_for_hangup(connection->fd, connection_query(connection, "delay", 0));
	if (connection_query(connection, "await", 0))
		wait_for_more(connection);
	if (!error)
		error = send_head(connection, body, wish.status, rest);
	if (!error && content)
		error = send_cut(connection, &wish);
	if (!error && content)
		error = send_content(connection, &wish, wish.bytes);
	if (!error && content && wish.chunked)
		error = send_bytes(connection, "0\r\nx-trailer: yes\r\n\r\n", 21);
	if (!error && wish.open)
		linger(connection);
	if (!error && (wish.close || wish.open)) {
		connection->end = "done";
		error = -ECONNABORTED;
	}
	return error;
}
