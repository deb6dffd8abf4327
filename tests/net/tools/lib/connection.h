/* SPDX-License-Identifier: Apache-2.0 */
/* A connection of the test server, and the answers on it. */
#ifndef SHUNT_TESTS_CONNECTION_H
#define SHUNT_TESTS_CONNECTION_H

#include "http.h"
#include "net.h"

struct server {
	const char *name;
	const char *port;
	int keepalive_ms; /* closes a connection that is idle for so long */
	int timeout_ms; /* the same, with a 408 */
	int log;
};

struct connection {
	const struct server *server;
	int fd; /* -1 once closed */
	int number;
	unsigned int requests;
	const char *end; /* why it ended */
	char peer[NET_NAME_MAX];
	char head[HTTP_HEAD_MAX + 1]; /* of the present request */
	struct http_reader reader;
};

/* The number that the request target's query gives @name, or @otherwise. */
long connection_query(const struct connection *connection, const char *name, long otherwise);

/* Asks for the body where the present request expects that. */
int connection_continue(struct connection *connection);

/*
 * Answers the present request, whose body was *body, as its target asks. Returns 0 where the
 * connection goes on.
 */
int connection_answer(struct connection *connection, const struct http_body *body);

#endif
