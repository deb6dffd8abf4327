// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/fetch_client.h"

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
		cmocka_unit_test(a_fetch_is_cancelled_within_each_event),
		cmocka_unit_test(another_fetch_is_cancelled_within_each_event),
		cmocka_unit_test(a_fetch_is_started_within_an_event),
		cmocka_unit_test(big_bodies_come_whole),
		cmocka_unit_test(stopping_cancels_what_is_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
