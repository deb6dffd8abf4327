/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP server in a thread: it takes whole requests, and a function answers each. */
#ifndef SHUNT_TESTS_UNIT_FETCH_SERVER_H
#define SHUNT_TESTS_UNIT_FETCH_SERVER_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct fetch_server {
	int listener;
	unsigned short port;
	pthread_t thread;
	/* Answers on fd; returns whether the connection goes on. */
	bool (*answer)(struct fetch_server *server, int fd, const char *request);
	const void *script; /* the test's own */
	size_t step;
	atomic_uint connections;
	atomic_uint requests;
	char last[8192]; /* the last request, whole */
};

static inline bool server_send(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		bytes += sent;
		length -= (size_t)sent;
	}
	return true;
}

/* Each piece in a packet of its own, as the receiver's loop is woken in between. */
static inline bool server_send_pieces(int fd, const char *bytes, size_t length, size_t piece)
{
	for (size_t at = 0; at < length; at += piece)
		if (!server_send(fd, bytes + at, length - at < piece ? length - at : piece))
			return false;
	return true;
}

/* Reads one request with its Content-Length body; false at the end of the connection. */
static inline bool server_read_request(struct fetch_server *server, int fd)
{
	char request[sizeof(server->last)];
	size_t length = 0, wanted = 0;

	for (;;) {
		const char *end, *field;
		ssize_t got;

		request[length] = '\0';
		end = strstr(request, "\r\n\r\n");
		if (end && !wanted) {
			field = strstr(request, "\r\nContent-Length: ");
			wanted = (size_t)(end + 4 - request) +
				 (field ? strtoul(field + 18, NULL, 10) : 0);
		}
		if (wanted && length >= wanted)
			break;
		got = recv(fd, request + length, sizeof(request) - 1 - length, 0);
		if (got <= 0)
			return false;
		length += (size_t)got;
	}
	memcpy(server->last, request, length + 1);
	return true;
}

static inline void *server_run(void *argument)
{
	struct fetch_server *server = argument;
	int fd, on = 1;

	while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		server->connections++;
		while (server_read_request(server, fd)) {
			server->requests++;
			if (!server->answer(server, fd, server->last))
				break;
		}
		close(fd);
	}
	return NULL;
}

static inline void server_start(struct fetch_server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server->listener < 0 ||
	    bind(server->listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(server->listener, 16) ||
	    getsockname(server->listener, (struct sockaddr *)&address, &length) ||
	    pthread_create(&server->thread, NULL, server_run, server))
		abort();
	server->port = ntohs(address.sin_port);
}

/* The client has ended its connections before. */
static inline void server_stop(struct fetch_server *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listener);
}

#endif
