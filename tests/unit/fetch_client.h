/* SPDX-License-Identifier: Apache-2.0 */
/* A client of fetch_server.h whose fetches are told of, and cancelled or refused where a test wants it. */
#ifndef SHUNT_TESTS_UNIT_FETCH_CLIENT_H
#define SHUNT_TESTS_UNIT_FETCH_CLIENT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/unit/fetch_server.h"
#include "user/lib/fetch.h"

#define PLAIN "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 5\r\n\r\nh\xc3\xa4lo"

enum where {
	NOWHERE,
	IN_HEAD,
	IN_DATA,
	IN_DONE,
	ALL
};

/* One fetch and what became of it. */
struct client {
	uv_loop_t loop;
	struct fetch_loop *fetches;
	struct fetch_server *server;
	struct fetch *fetch;
	struct fetch *other; /* is cancelled instead, where it is set */
	enum where cancel;
	int refuse; /* what data() returns */
	unsigned int heads, ends, status;
	size_t length;
	char body[64];
	char type[64];
	char problem[512];
	bool sent;
	uv_timer_t limit;
};

static inline void cancel_at(struct client *client, struct fetch *fetch, enum where where)
{
	if (client->cancel != where)
		return;
	fetch_cancel(client->other ? client->other : fetch);
	client->other = NULL;
	client->cancel = NOWHERE;
}

static inline void on_head(void *argument, struct fetch *fetch, unsigned int status)
{
	struct client *client = argument;
	const char *type = fetch_header(fetch, "content-type");

	client->heads++;
	client->status = status;
	snprintf(client->type, sizeof(client->type), "%s", type ? type : "");
	cancel_at(client, fetch, IN_HEAD);
}

static inline int on_data(void *argument, struct fetch *fetch, const void *bytes, size_t length)
{
	struct client *client = argument;
	size_t room = sizeof(client->body) - 1;

	assert_int_equal(client->heads, 1);
	if (client->length < room)
		memcpy(client->body + client->length, bytes,
		       length < room - client->length ? length : room - client->length);
	client->length += length;
	cancel_at(client, fetch, IN_DATA);
	return client->refuse;
}

static inline void on_done(void *argument, struct fetch *fetch, unsigned int status,
			   const char *problem)
{
	struct client *client = argument;

	client->ends++;
	client->status = status;
	client->sent = fetch_was_sent(fetch);
	snprintf(client->problem, sizeof(client->problem), "%s", problem ? problem : "");
	cancel_at(client, fetch, IN_DONE);
	uv_stop(&client->loop);
}

static const struct fetch_events all_events = {on_head, on_data, on_done};

static inline void on_limit(uv_timer_t *timer)
{
	(void)timer;
	fail_msg("nothing came within 10 s");
}

static inline void open_client(struct client *client, struct fetch_server *server)
{
	*client = (struct client){.server = server};
	assert_int_equal(uv_loop_init(&client->loop), 0);
	assert_int_equal(fetch_loop_start(&client->loop, &client->fetches), 0);
	uv_timer_init(&client->loop, &client->limit);
	uv_timer_start(&client->limit, on_limit, 10000, 0);
}

static inline void close_client(struct client *client)
{
	fetch_loop_stop(client->fetches);
	uv_close((uv_handle_t *)&client->limit, NULL);
	uv_run(&client->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&client->loop), 0);
}

static inline void forget(struct client *client)
{
	client->heads = client->ends = client->status = 0;
	client->length = 0;
	memset(client->body, 0, sizeof(client->body));
	memset(client->problem, 0, sizeof(client->problem));
}

static inline struct fetch *start(struct client *client, struct fetch_request *request,
				  const char *path)
{
	char url[128];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", client->server->port, path);
	request->url = url;
	client->fetch = fetch_start(client->fetches, request, &all_events, client);
	assert_non_null(client->fetch);
	return client->fetch;
}

static inline void get(struct client *client, struct fetch_request *request, const char *path)
{
	forget(client);
	start(client, request, path);
	uv_run(&client->loop, UV_RUN_DEFAULT);
	assert_int_equal(client->ends, 1);
}

struct answer {
	const char *text;
	size_t piece;
	bool close;
};

/* The script's rows in turn. */
static inline bool answer_script(struct fetch_server *server, int fd, const char *request)
{
	const struct answer *row = (const struct answer *)server->script + server->step;
	size_t length = strlen(row->text);

	(void)request;
	return server_send_pieces(fd, row->text, length, row->piece ? row->piece : length) &&
	       !row->close;
}

/* Half of an answer, then nothing until the client has gone. */
static inline bool answer_half(struct fetch_server *server, int fd, const char *request)
{
	const struct answer *row = server->script;
	char byte;

	(void)request;
	server_send(fd, row->text, strlen(row->text));
	while (recv(fd, &byte, 1, 0) > 0)
		;
	return false;
}

#endif
