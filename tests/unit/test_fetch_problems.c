// SPDX-License-Identifier: Apache-2.0
/* What is said where a fetch fails, and the bounds that end it. */
#include "tests/unit/fetch_client.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fails_is_said),
		cmocka_unit_test(a_reset_connection_is_said),
		cmocka_unit_test(a_refused_connection_is_said),
		cmocka_unit_test(what_is_no_url_is_refused),
		cmocka_unit_test(silence_ends_by_the_limits),
		cmocka_unit_test(data_may_be_refused),
		cmocka_unit_test(the_head_has_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
