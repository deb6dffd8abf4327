/* SPDX-License-Identifier: Apache-2.0 */
/* A manager that follows a script, on the loop of the agent that it is there for. */
#ifndef SHUNT_TESTS_UNIT_SYNC_SERVER_H
#define SHUNT_TESTS_UNIT_SYNC_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <uv.h>
#include "proto/sync.pb-c.h"

struct server;

struct peer {
	uv_tcp_t tcp;
	struct server *server;
	char request[4096];
	size_t length;
};

struct server {
	uv_tcp_t listener;
	uv_loop_t *loop;
	unsigned short port;
	const char *head; /* of the answer to a stream's request */
	const char *bytes; /* after it */
	size_t length;
	size_t cut; /* the connection ends after so many of them; 0: it stays */
	size_t streams;
	size_t reports;
	char last_stream[512];
	struct peer *open; /* the last stream */
	uint64_t generation; /* that was reported last */
};

static inline void on_peer_closed(uv_handle_t *handle)
{
	struct peer *peer = handle->data;

	if (peer->server->open == peer)
		peer->server->open = NULL;
	free(peer);
}

static inline void close_peer(struct peer *peer)
{
	if (!uv_is_closing((uv_handle_t *)&peer->tcp))
		uv_close((uv_handle_t *)&peer->tcp, on_peer_closed);
}

static inline void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct peer *peer = handle->data;

	(void)suggested;
	*buffer = uv_buf_init(peer->request + peer->length,
			      (unsigned int)(sizeof(peer->request) - 1 - peer->length));
}

static inline void put(struct peer *peer, const char *bytes, size_t length)
{
	uv_buf_t buffer = uv_buf_init((char *)bytes, (unsigned int)length);

	assert_int_equal(uv_try_write((uv_stream_t *)&peer->tcp, &buffer, 1), length);
}

static inline void answer_stream(struct peer *peer)
{
	struct server *server = peer->server;

	server->streams++;
	snprintf(server->last_stream, sizeof(server->last_stream), "%.511s", peer->request);
	server->open = peer;
	put(peer, server->head, strlen(server->head));
	if (server->length)
		put(peer, server->bytes, server->cut ? server->cut : server->length);
	if (server->cut)
		close_peer(peer);
}

static inline void answer_report(struct peer *peer, const char *body, size_t length)
{
	static const char ok[] = "HTTP/1.1 204 No Content\r\n\r\n";
	Shunt__V1__SyncReport *report =
		shunt__v1__sync_report__unpack(NULL, length, (const uint8_t *)body);

	assert_non_null(report);
	assert_string_equal(report->node, "node-1");
	peer->server->generation = report->generation;
	peer->server->reports++;
	shunt__v1__sync_report__free_unpacked(report, NULL);
	put(peer, ok, strlen(ok));
	peer->length = 0;
}

static inline void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
	struct peer *peer = stream->data;
	const char *end, *field;
	size_t head;

	(void)buffer;
	if (got < 0) {
		close_peer(peer);
		return;
	}
	peer->length += (size_t)got;
	peer->request[peer->length] = '\0';
	end = strstr(peer->request, "\r\n\r\n");
	if (!end)
		return;
	head = (size_t)(end + 4 - peer->request);
	field = strstr(peer->request, "Content-Length: ");
	if (strncmp(peer->request, "GET ", 4) == 0)
		answer_stream(peer);
	else if (field && peer->length == head + strtoul(field + 16, NULL, 10))
		answer_report(peer, peer->request + head, peer->length - head);
}

static inline void on_connection(uv_stream_t *listener, int status)
{
	struct server *server = listener->data;
	struct peer *peer = calloc(1, sizeof(*peer));

	assert_int_equal(status, 0);
	peer->server = server;
	uv_tcp_init(server->loop, &peer->tcp);
	peer->tcp.data = peer;
	assert_int_equal(uv_accept(listener, (uv_stream_t *)&peer->tcp), 0);
	uv_tcp_nodelay(&peer->tcp, 1);
	uv_read_start((uv_stream_t *)&peer->tcp, on_alloc, on_read);
}

/* Listens at a port of its own; the test says what it answers. */
static inline void server_start(struct server *server, uv_loop_t *loop)
{
	struct sockaddr_in address;
	int length = sizeof(address);

	uv_ip4_addr("127.0.0.1", 0, &address);
	server->loop = loop;
	server->head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
	uv_tcp_init(loop, &server->listener);
	server->listener.data = server;
	assert_int_equal(uv_tcp_bind(&server->listener, (struct sockaddr *)&address, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&server->listener, 16, on_connection), 0);
	uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &length);
	server->port = ntohs(address.sin_port);
}

#endif
