// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/unit/fetch_server.h"
#include "user/lib/fetch.h"

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

static void cancel_at(struct client *client, struct fetch *fetch, enum where where)
{
	if (client->cancel != where)
		return;
	fetch_cancel(client->other ? client->other : fetch);
	client->other = NULL;
	client->cancel = NOWHERE;
}

static void on_head(void *argument, struct fetch *fetch, unsigned int status)
{
	struct client *client = argument;
	const char *type = fetch_header(fetch, "content-type");

	client->heads++;
	client->status = status;
	snprintf(client->type, sizeof(client->type), "%s", type ? type : "");
	cancel_at(client, fetch, IN_HEAD);
}

static int on_data(void *argument, struct fetch *fetch, const void *bytes, size_t length)
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

static void on_done(void *argument, struct fetch *fetch, unsigned int status, const char *problem)
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

static void on_limit(uv_timer_t *timer)
{
	(void)timer;
	fail_msg("nothing came within 10 s");
}

static void open_client(struct client *client, struct fetch_server *server)
{
	*client = (struct client){.server = server};
	assert_int_equal(uv_loop_init(&client->loop), 0);
	assert_int_equal(fetch_loop_start(&client->loop, &client->fetches), 0);
	uv_timer_init(&client->loop, &client->limit);
	uv_timer_start(&client->limit, on_limit, 10000, 0);
}

static void close_client(struct client *client)
{
	fetch_loop_stop(client->fetches);
	uv_close((uv_handle_t *)&client->limit, NULL);
	uv_run(&client->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&client->loop), 0);
}

static void forget(struct client *client)
{
	client->heads = client->ends = client->status = 0;
	client->length = 0;
	memset(client->body, 0, sizeof(client->body));
	memset(client->problem, 0, sizeof(client->problem));
}

static struct fetch *start(struct client *client, struct fetch_request *request, const char *path)
{
	char url[128];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", client->server->port, path);
	request->url = url;
	client->fetch = fetch_start(client->fetches, request, &all_events, client);
	assert_non_null(client->fetch);
	return client->fetch;
}

static void get(struct client *client, struct fetch_request *request, const char *path)
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
static bool answer_script(struct fetch_server *server, int fd, const char *request)
{
	const struct answer *row = (const struct answer *)server->script + server->step;
	size_t length = strlen(row->text);

	(void)request;
	return server_send_pieces(fd, row->text, length, row->piece ? row->piece : length) &&
	       !row->close;
}

#define PLAIN "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 5\r\n\r\nh\xc3\xa4lo"
#define CHUNKED                                             \
	"HTTP/1.1 100 Continue\r\n\r\n"                     \
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" \
	"Content-Type: text/x\r\nTrailer: X-After\r\n\r\n"  \
	"2\r\nh\xc3\r\n1;ext=\"x\"\r\n\xa4\r\n2\r\nlo\r\n0\r\nX-After: 1\r\n\r\n"
#define UNTIL_CLOSE "HTTP/1.0 200 OK\r\nContent-Type: text/x\r\n\r\nh\xc3\xa4lo"

static void bodies_come_whole_however_they_are_cut(void **state)
{
	static const char *const texts[] = {PLAIN, CHUNKED, UNTIL_CLOSE};
	struct fetch_server server = {.answer = answer_script};
	struct fetch_request request = {0};
	struct client client;
	struct answer row;

	(void)state;
	server.script = &row;
	server_start(&server);
	open_client(&client, &server);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t piece = 1; piece < 8; piece++) {
			row = (struct answer){texts[i], piece, texts[i] == (const char *)texts[2]};
			get(&client, &request, "/");
			assert_string_equal(client.problem, "");
			assert_int_equal(client.status, 200);
			assert_int_equal(client.heads, 1);
			assert_int_equal(client.length, 5);
			assert_string_equal(client.body, "h\xc3\xa4lo");
			assert_string_equal(client.type, "text/x");
		}
	/* All that are framed come on one connection, and so does the first that is not. */
	assert_int_equal(server.connections, 7);
	close_client(&client);
	server_stop(&server);
}

static void the_request_is_sent_as_it_was_asked_for(void **state)
{
	static const char *const headers[] = {"X-One: 1", "Content-Type: application/json", NULL};
	struct fetch_request request = {
		.method = "PATCH", .headers = headers, .body = "{\"a\":1}", .body_length = 7};
	const struct answer row = {PLAIN, 0, false};
	struct fetch_server server = {.answer = answer_script, .script = &row};
	struct client client;

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	server_start(&server);
	open_client(&client, &server);
	get(&client, &request, "/a?b=c");
	assert_int_equal(client.status, 200);
	assert_memory_equal(server.last, "PATCH /a?b=c HTTP/1.1\r\n", 23);
	assert_non_null(strstr(server.last, "\r\nX-One: 1\r\n"));
	assert_non_null(strstr(server.last, "\r\nContent-Type: application/json\r\n"));
	assert_null(strstr(server.last, "Expect:"));
	assert_non_null(strstr(server.last, "\r\n\r\n{\"a\":1}"));

	request = (struct fetch_request){.method = "POST"};
	get(&client, &request, "/");
	assert_non_null(strstr(server.last, "\r\nContent-Length: 0\r\n"));
	assert_null(strstr(server.last, "Content-Type:"));

	request = (struct fetch_request){.method = "DELETE"};
	get(&client, &request, "/");
	assert_memory_equal(server.last, "DELETE / HTTP/1.1\r\n", 19);
	assert_int_equal(server.connections, 1);
	close_client(&client);
	server_stop(&server);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
}

static void what_fails_is_said(void **state)
{
	static const struct {
		const char *text;
		const char *problem;
		unsigned int status;
	} cases[] = {
		{"", "closed the connection without an answer; does it speak TLS", 0},
		{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "ended midway", 200},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "ended midway",
		 200},
		{"\x16\x03\x01\x02 what is this", "the request to 127.0.0.1:", 0},
		{"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
		 "", 302},
	};
	struct fetch_server server = {.answer = answer_script};
	struct fetch_request request = {0};
	struct client client;

	(void)state;
	server_start(&server);
	open_client(&client, &server);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct answer row = {cases[i].text, 0, true};

		server.script = &row;
		get(&client, &request, "/");
		assert_non_null(strstr(client.problem, cases[i].problem));
		assert_int_equal(client.problem[0] == '\0', cases[i].problem[0] == '\0');
		assert_int_equal(client.status, cases[i].status);
		assert_true(client.sent);
	}
	close_client(&client);
	server_stop(&server);
}

/* Ends the connection by a RST. */
static bool answer_reset(struct fetch_server *server, int fd, const char *request)
{
	const struct linger at_once = {.l_onoff = 1};

	(void)server;
	(void)request;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	return false;
}

static void a_reset_connection_is_said(void **state)
{
	struct fetch_server server = {.answer = answer_reset};
	struct fetch_request request = {0};
	struct client client;

	(void)state;
	server_start(&server);
	open_client(&client, &server);
	get(&client, &request, "/");
	assert_non_null(strstr(client.problem, "closed the connection without an answer; does"));
	assert_true(client.sent);
	close_client(&client);
	server_stop(&server);
}

static void a_refused_connection_is_said(void **state)
{
	struct fetch_server server = {.answer = answer_script};
	struct fetch_request request = {0};
	struct client client;
	char text[80];

	(void)state;
	server_start(&server);
	server_stop(&server);
	open_client(&client, &server);
	get(&client, &request, "/");
	snprintf(text, sizeof(text), "cannot connect to 127.0.0.1:%u: Connection refused",
		 server.port);
	assert_string_equal(client.problem, text);
	assert_int_equal(client.status, 0);
	assert_false(client.sent);
	close_client(&client);
}

static void what_is_no_url_is_refused(void **state)
{
	static const char *const urls[] = {"", "http://", "http://a b/", "http://h:99999/"};
	static const char *const lines[] = {"X: 1\r\nY: 2", NULL};
	struct fetch_server server = {0};
	struct fetch_request request = {0};
	struct client client;

	(void)state;
	open_client(&client, &server);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		request.url = urls[i];
		assert_null(fetch_start(client.fetches, &request, &all_events, &client));
	}
	request = (struct fetch_request){.url = "http://127.0.0.1:1/", .headers = lines};
	assert_null(fetch_start(client.fetches, &request, &all_events, &client));
	fetch_cancel(NULL);

	/* Other schemes are the library's to refuse. */
	request = (struct fetch_request){.url = "file:///etc/passwd"};
	if (fetch_start(client.fetches, &request, &all_events, &client)) {
		uv_run(&client.loop, UV_RUN_DEFAULT);
		assert_int_equal(client.length, 0);
		assert_string_not_equal(client.problem, "");
	}
	close_client(&client);
}

/* Half of an answer, then nothing until the client has gone. */
static bool answer_half(struct fetch_server *server, int fd, const char *request)
{
	const struct answer *row = server->script;
	char byte;

	(void)request;
	server_send(fd, row->text, strlen(row->text));
	while (recv(fd, &byte, 1, 0) > 0)
		;
	return false;
}

static void silence_ends_by_the_limits(void **state)
{
	static const struct answer rows[] = {
		{"", 0, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 0, false},
	};
	struct fetch_server server = {.answer = answer_half};
	struct client client;

	(void)state;
	server_start(&server);
	open_client(&client, &server);
	for (size_t i = 0; i < 2; i++) {
		struct fetch_request request = {.idle_ms = 50};

		server.script = &rows[i];
		get(&client, &request, "/");
		assert_non_null(strstr(client.problem, "sent nothing for 0.05 s"));
		assert_int_equal(client.length, i ? 3 : 0);
		request = (struct fetch_request){.timeout_ms = 50};
		get(&client, &request, "/");
		assert_non_null(strstr(client.problem, "did not answer whole within 0.05 s"));
	}
	close_client(&client);
	server_stop(&server);
}

static void data_may_be_refused(void **state)
{
	const struct answer row = {PLAIN, 0, false};
	struct fetch_server server = {.answer = answer_script, .script = &row};
	struct fetch_request request = {0};
	struct client client;

	(void)state;
	server_start(&server);
	open_client(&client, &server);
	client.refuse = -EMSGSIZE;
	get(&client, &request, "/");
	assert_non_null(strstr(client.problem, "was not taken: Message too long"));
	close_client(&client);
	server_stop(&server);
}

/* The head has a bound, however much the server sends. */
static bool answer_endless_head(struct fetch_server *server, int fd, const char *request)
{
	char line[4096];

	(void)server;
	(void)request;
	server_send(fd, "HTTP/1.1 200 OK\r\n", 17);
	memset(line, 'a', sizeof(line));
	line[1] = ':';
	line[sizeof(line) - 2] = '\r';
	line[sizeof(line) - 1] = '\n';
	while (server_send(fd, line, sizeof(line)))
		;
	return false;
}

static void the_head_has_a_bound(void **state)
{
	struct fetch_server server = {.answer = answer_endless_head};
	struct fetch_request request = {0};
	struct client client;

	(void)state;
	server_start(&server);
	open_client(&client, &server);
	get(&client, &request, "/");
	assert_non_null(strstr(client.problem, "is longer than 262144 bytes"));
	assert_int_equal(client.heads, 0);
	close_client(&client);
	server_stop(&server);
}

static void a_fetch_is_cancelled_within_each_event(void **state)
{
	const struct answer row = {PLAIN, 0, false};
	struct fetch_server server = {.answer = answer_script, .script = &row};
	struct fetch_request request = {0};
	struct client client;

	(void)state;
	server_start(&server);
	open_client(&client, &server);
	for (enum where where = NOWHERE; where < ALL; where++) {
		forget(&client);
		client.cancel = where;
		start(&client, &request, "/");
		if (where == NOWHERE)
			fetch_cancel(client.fetch);
		while (client.cancel != NOWHERE)
			uv_run(&client.loop, UV_RUN_ONCE);
		uv_run(&client.loop, UV_RUN_NOWAIT);
		assert_int_equal(client.ends, where == IN_DONE ? 1 : 0);
		/* What comes after is not disturbed. */
		get(&client, &request, "/");
		assert_string_equal(client.body, "h\xc3\xa4lo");
	}
	close_client(&client);
	server_stop(&server);
}

static void another_fetch_is_cancelled_within_each_event(void **state)
{
	const struct answer row = {PLAIN, 0, true};
	struct fetch_server server = {.answer = answer_script, .script = &row};
	struct fetch_request request = {0};
	struct client client;

	(void)state;
	server_start(&server);
	open_client(&client, &server);
	for (enum where where = IN_HEAD; where < ALL; where++) {
		struct fetch_server mute = {.answer = answer_half, .script = &row};
		struct client waiting = {.server = &mute};
		const struct answer nothing = {"", 0, false};

		mute.script = &nothing;
		server_start(&mute);
		waiting.fetches = client.fetches;
		client.other = start(&waiting, &request, "/");
		client.cancel = where;
		get(&client, &request, "/");
		assert_int_equal(client.cancel, NOWHERE);
		assert_int_equal(waiting.ends, 0);
		assert_string_equal(client.body, "h\xc3\xa4lo");
		server_stop(&mute);
	}
	close_client(&client);
	server_stop(&server);
}

static int start_another(void *argument, struct fetch *fetch, const void *bytes, size_t length)
{
	struct client *client = argument;
	struct fetch_request request = {0};

	(void)fetch;
	(void)bytes;
	(void)length;
	start(client, &request, "/second");
	return 0;
}

static void a_fetch_is_started_within_an_event(void **state)
{
	static const struct fetch_events events = {.data = start_another};
	const struct answer row = {PLAIN, 0, true};
	struct fetch_server server = {.answer = answer_script, .script = &row};
	struct fetch_request request = {0};
	struct client client;
	char url[64];

	(void)state;
	server_start(&server);
	open_client(&client, &server);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/first", server.port);
	request.url = url;
	assert_non_null(fetch_start(client.fetches, &request, &events, &client));
	uv_run(&client.loop, UV_RUN_DEFAULT);
	assert_int_equal(client.ends, 1);
	assert_string_equal(client.body, "h\xc3\xa4lo");
	assert_memory_equal(server.last, "GET /second ", 12);
	close_client(&client);
	server_stop(&server);
}

#define BIG (8u * 1024 * 1024)

static bool answer_big(struct fetch_server *server, int fd, const char *request)
{
	static char block[64 * 1024];

	(void)server;
	(void)request;
	dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", BIG);
	for (size_t sent = 0; sent < BIG; sent += sizeof(block))
		if (!server_send(fd, block, sizeof(block)))
			return false;
	return true;
}

static void big_bodies_come_whole(void **state)
{
	struct fetch_server server = {.answer = answer_big};
	struct fetch_request request = {.idle_ms = 5000};
	struct client client;

	(void)state;
	server_start(&server);
	open_client(&client, &server);
	get(&client, &request, "/");
	assert_int_equal(client.length, BIG);
	get(&client, &request, "/");
	assert_int_equal(client.length, BIG);
	assert_int_equal(server.connections, 1);
	close_client(&client);
	server_stop(&server);
}

static void stopping_cancels_what_is_under_way(void **state)
{
	const struct answer nothing = {"", 0, false};
	struct fetch_server server = {.answer = answer_half, .script = &nothing};
	struct fetch_request request = {.idle_ms = 1000};
	struct client client;

	(void)state;
	server_start(&server);
	open_client(&client, &server);
	start(&client, &request, "/");
	while (!server.requests)
		uv_run(&client.loop, UV_RUN_NOWAIT);
	start(&client, &request, "/never-sent");
	close_client(&client);
	assert_int_equal(client.ends, 0);
	server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_come_whole_however_they_are_cut),
		cmocka_unit_test(the_request_is_sent_as_it_was_asked_for),
		cmocka_unit_test(what_fails_is_said),
		cmocka_unit_test(a_reset_connection_is_said),
		cmocka_unit_test(a_refused_connection_is_said),
		cmocka_unit_test(what_is_no_url_is_refused),
		cmocka_unit_test(silence_ends_by_the_limits),
		cmocka_unit_test(data_may_be_refused),
		cmocka_unit_test(the_head_has_a_bound),
		cmocka_unit_test(a_fetch_is_cancelled_within_each_event),
		cmocka_unit_test(another_fetch_is_cancelled_within_each_event),
		cmocka_unit_test(a_fetch_is_started_within_an_event),
		cmocka_unit_test(big_bodies_come_whole),
		cmocka_unit_test(stopping_cancels_what_is_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
