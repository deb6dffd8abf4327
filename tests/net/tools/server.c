// SPDX-License-Identifier: Apache-2.0
/*
 * An HTTP/1.1 origin server whose answers prove who got what. Every answer names the server, the
 * peer, the connection, the request's number on it, and the hashes of the head and the body that
 * came. The log has a line for each connection, request and end.
 *
 * The request target says how to answer: /?bytes=N&seed=S sends N bytes of content; chunked=1
 * sends them chunked; open=1 without a length, up to the connection's end; close=1 closes after the
 * answer; status=N is its status (after a 101 it speaks HTTP as before); interim=N sends so many 103
 * first; after these, delay=MS answers late, and await=1 when the client has sent more; hold=N
 * sends N bytes of the body, then waits until the client has sent more; drip=N sends N bytes a
 * packet; stop=N, reset=N and fin=N send N bytes of the body and then wait for the client to go,
 * reset, or close. Who expects "100-continue" gets it.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/connection.h"

#define FOREVER_MS 600000

static struct server server = {.name = "server", .keepalive_ms = FOREVER_MS, .log = STDOUT_FILENO};

static void log_request(const struct connection *connection, const struct http_body *body)
{
	char context[80] = "-";
	int line = strcspn(connection->head, "\r");

	http_field(connection->head, "x-shunt-context", context, sizeof(context));
	dprintf(connection->server->log, "request %d %s context=%s body=%llu \"%.*s\"\n",
		connection->number, connection->peer, context, (unsigned long long)body->length,
		line, connection->head);
}

static void say_timeout(struct connection *connection)
{
	static const char answer_408[] = "HTTP/1.1 408 Request Timeout\r\n"
					 "connection: close\r\ncontent-length: 0\r\n\r\n";

	connection->end = "timeout";
	if (connection->server->timeout_ms)
		net_write(connection->fd, answer_408, sizeof(answer_408) - 1, FOREVER_MS);
}

/* Returns 0 where the connection goes on. */
static int serve_request(struct connection *connection)
{
	const struct server *own = connection->server;
	struct http_body body;
	ssize_t length;
	int error;

	connection->reader.limit_ms = own->timeout_ms ? own->timeout_ms : own->keepalive_ms;
	length = http_read_head(&connection->reader, connection->head);
	if (length == -ETIMEDOUT)
		say_timeout(connection);
	else if (length <= 0)
		connection->end = length == 0		  ? "eof"
				  : length == -ECONNRESET ? "reset"
							  : "broken head";
	if (length <= 0)
		return -ECONNABORTED;
	connection->requests++;
	connection->reader.limit_ms = FOREVER_MS;
	error = connection_continue(connection);
	if (!error)
		error = http_read_body(&connection->reader, connection->head,
				       connection_query(connection, "seed", 0), &body);
	if (error) {
		connection->end = error == -ECONNRESET ? "reset" : "broken body";
		return error;
	}
	log_request(connection, &body);
	error = connection_answer(connection, &body);
	if (error && !connection->end)
		connection->end = error == -ECONNRESET || error == -EPIPE ? "reset" : "stuck";
	return error;
}

static void *serve(void *argument)
{
	struct connection *connection = argument;

	dprintf(server.log, "accept %d %s\n", connection->number, connection->peer);
	while (serve_request(connection) == 0)
		;
	if (connection->fd >= 0)
		close(connection->fd);
	dprintf(server.log, "close %d %s requests=%u %s\n", connection->number, connection->peer,
		connection->requests, connection->end);
	free(connection);
	return NULL;
}

static int accept_one(int listener, int number)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	pthread_t thread;
	int error, one = 1;

	if (!connection)
		return -ENOMEM;
	connection->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (connection->fd < 0) {
		error = errno == ECONNABORTED ? 0 : -errno;
		goto free_connection;
	}
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	connection->server = &server;
	connection->number = number;
	http_reader_init(&connection->reader, connection->fd, FOREVER_MS);
	error = net_peer(connection->fd, connection->peer);
	if (error == -ENOTCONN)
		snprintf(connection->peer, sizeof(connection->peer), "gone");
	error = -pthread_create(&thread, NULL, serve, connection);
	if (error)
		goto close_fd;
	pthread_detach(thread);
	return 0;
close_fd:
	close(connection->fd);
free_connection:
	free(connection);
	return error;
}

static const struct argp_option options[] = {
	{"name", 'n', "NAME", 0, "what the answers call this server", 0},
	{"port", 'p', "PORT", 0, "TCP port, on every address", 0},
	{"log", 'l', "FILE", 0, "append the log there", 0},
	{"keepalive", 'k', "MS", 0, "close a connection that is idle for so long", 0},
	{"timeout", 't', "MS", 0, "the same, with a 408", 0},
	{0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	switch (key) {
	case 'n':
		server.name = argument;
		return 0;
	case 'p':
		server.port = argument;
		return 0;
	case 'l':
		server.log = open(argument, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (server.log < 0)
			argp_failure(state, 1, errno, "%s", argument);
		return 0;
	case 'k':
		server.keepalive_ms = atoi(argument);
		return 0;
	case 't':
		server.timeout_ms = atoi(argument);
		return 0;
	case ARGP_KEY_END:
		if (!server.port)
			argp_error(state, "--port is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {.options = options, .parser = parse_option};
	int listener, error = 0;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	signal(SIGPIPE, SIG_IGN);
	listener = net_listen(server.port);
	if (listener < 0) {
		fprintf(stderr, "%s: port %s: %s\n", argv[0], server.port, strerror(-listener));
		return 1;
	}
	for (int number = 1; !error; number++)
		error = accept_one(listener, number);
	fprintf(stderr, "%s: accept: %s\n", argv[0], strerror(-error));
	return 1;
}
