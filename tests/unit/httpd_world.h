/* SPDX-License-Identifier: Apache-2.0 */
/* A server on a loop, and clients on real sockets; while a client waits, the loop runs. */
#ifndef SHUNT_TESTS_UNIT_HTTPD_WORLD_H
#define SHUNT_TESTS_UNIT_HTTPD_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <netinet/in.h>
#include "user/lib/address.h"
#include "user/lib/httpd.h"

#define WORLD_LIMIT_MS 5000

static uv_loop_t world_loop;
static struct httpd *world_httpd;

static inline uint64_t world_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static inline void world_start(struct httpd_options *options)
{
	assert_int_equal(address_parse("127.0.0.1", &options->listen.address), 0);
	assert_int_equal(uv_loop_init(&world_loop), 0);
	assert_int_equal(httpd_start(&world_loop, options, &world_httpd), 0);
	assert_int_not_equal(httpd_port(world_httpd), 0);
}

static inline void world_stop(void)
{
	httpd_stop(world_httpd);
	uv_run(&world_loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&world_loop), 0);
}

struct client {
	int fd;
	bool closed; /* by the server */
	size_t length;
	char text[1 << 20]; /* what came, NUL-ended */
};

static inline struct client *client_open(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(httpd_port(world_httpd)),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct client *client = calloc(1, sizeof(*client));

	assert_non_null(client);
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return client;
}

static inline void client_close(struct client *client)
{
	close(client->fd);
	free(client);
}

/* One turn of the loop, and what came of it. */
static inline void client_turn(struct client *client)
{
	struct pollfd poller = {.fd = client->fd, .events = POLLIN};
	ssize_t got;

	uv_run(&world_loop, UV_RUN_NOWAIT);
	if (client->closed || poll(&poller, 1, 1) <= 0)
		return;
	got = recv(client->fd, client->text + client->length,
		   sizeof(client->text) - 1 - client->length, MSG_DONTWAIT);
	if (got > 0)
		client->length += (size_t)got;
	else if (got == 0 || errno != EAGAIN)
		client->closed = true;
	client->text[client->length] = '\0';
}

static inline void client_send_bytes(struct client *client, const char *bytes, size_t length)
{
	uint64_t end = world_ms() + WORLD_LIMIT_MS;
	ssize_t sent;

	while (length && world_ms() < end && !client->closed) {
		sent = send(client->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent > 0) {
			bytes += sent;
			length -= (size_t)sent;
		} else {
			client_turn(client);
		}
	}
}

static inline void client_send(struct client *client, const char *text)
{
	client_send_bytes(client, text, strlen(text));
}

/* Waits until text has come. */
static inline bool client_gets(struct client *client, const char *text)
{
	uint64_t end = world_ms() + WORLD_LIMIT_MS;

	while (!strstr(client->text, text) && !client->closed && world_ms() < end)
		client_turn(client);
	if (strstr(client->text, text))
		return true;
	print_error("got \"%s\"%s\n", client->text, client->closed ? ", closed" : "");
	return false;
}

static inline bool client_ends(struct client *client)
{
	uint64_t end = world_ms() + WORLD_LIMIT_MS;

	while (!client->closed && world_ms() < end)
		client_turn(client);
	return client->closed;
}

static inline void client_forget(struct client *client)
{
	client->length = 0;
	client->text[0] = '\0';
}

/* Turns the loop until *flag is set. */
static inline bool world_until(const volatile bool *flag)
{
	uint64_t end = world_ms() + WORLD_LIMIT_MS;

	while (!*flag && world_ms() < end)
		uv_run(&world_loop, UV_RUN_NOWAIT);
	return *flag;
}

#endif
