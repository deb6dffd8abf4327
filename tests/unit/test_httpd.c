// SPDX-License-Identifier: Apache-2.0
/* Requests and their answers, over real sockets. */
#include "tests/unit/httpd_world.h"

#define BODY_MAX 10000

static struct httpd_request *late; /* waits for its answer */
static unsigned int handled, admitted, released;

static void release(void *state)
{
	(void)state;
	released++;
}

/* Tells what it got: "METHOD PATH ?QUERY BODY". */
static void echo(struct httpd_request *request)
{
	const char *query = httpd_query_text(request), *seen = httpd_header(request, "x-seen");
	size_t length;
	const char *body = httpd_body(request, &length);
	char *text = NULL;

	httpd_set_header(request, "X-Answer", "yes");
	assert_true(asprintf(&text, "<%s %s ?%s %s %.*s>", httpd_method(request),
			     httpd_path(request), query ? query : "", seen ? seen : "", (int)length,
			     body ? body : "") > 0);
	httpd_reply(request, 200, "text/plain", text, strlen(text));
	free(text);
}

static void handle(void *argument, struct httpd_request *request)
{
	(void)argument;
	handled++;
	httpd_set_state(request, argument, release);
	if (!strcmp(httpd_path(request), "/late"))
		late = request;
	else
		echo(request);
}

static bool admit(void *argument, struct httpd_request *request)
{
	(void)argument;
	admitted++;
	if (strcmp(httpd_path(request), "/secret"))
		return true;
	httpd_reply(request, 401, "text/plain", "who are you?", 12);
	return false;
}

static int start(void **state)
{
	struct httpd_options options = {
		.idle_seconds = 1, .body_max = BODY_MAX, .handle = handle, .admit = admit};

	(void)state;
	late = NULL;
	handled = admitted = released = 0;
	world_start(&options);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	world_stop();
	return 0;
}

static void answers_with_what_was_sent(void **state)
{
	struct client *client = client_open();
	struct shunt_endpoint peer;

	(void)state;
	client_send(client, "GET /a%2Fb/%00?x=%41&y HTTP/1.1\r\nHost: h\r\nX-Seen: 1\r\n\r\n");
	assert_true(client_gets(client, "<GET /a%2Fb/%00 ?x=%41&y 1 >"));
	assert_true(client_gets(client, "X-Answer: yes"));
	client_forget(client);
	client_send(client, "PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
	assert_true(client_gets(client, "<PUT /b ?  hello>"));
	client_send(client, "GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
	while (!late)
		client_turn(client);
	httpd_peer(late, &peer);
	assert_true(address_is_ipv4(&peer.address));
	assert_int_not_equal(peer.port, 0);
	httpd_reply(late, 204, NULL, NULL, 0);
	assert_true(client_gets(client, "HTTP/1.1 204"));
	client_close(client);
}

static void takes_a_body_in_chunks_and_in_pieces(void **state)
{
	struct client *client = client_open();
	static const char request[] =
		"POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
		"\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";

	(void)state;
	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		client_send_bytes(client, request + i, 1);
		uv_run(&world_loop, UV_RUN_NOWAIT);
	}
	assert_true(client_gets(client, "<POST /c ?  abcde>"));
	client_close(client);
}

static void answers_late(void **state)
{
	struct client *client = client_open(), *other = client_open();
	uint64_t begin;

	(void)state;
	client_send(client, "GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
	while (!late)
		client_turn(client);
	client_send(other, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(client_gets(other, "<GET /x ?  >"));
	assert_int_equal(client->length, 0);
	/* Longer than requests have to come whole: waiting is not timed. */
	for (uint64_t end = world_ms() + 1500; world_ms() < end;)
		client_turn(client);
	assert_false(client->closed);
	echo(late);
	begin = world_ms();
	assert_true(client_gets(client, "<GET /late ?  >"));
	assert_in_range(world_ms() - begin, 0, 500);
	client_close(client);
	client_close(other);
}

static void answers_pipelined_requests_in_order(void **state)
{
	struct client *client = client_open();

	(void)state;
	client_send(client,
		    "GET /late HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
		    "PUT /3 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n3");
	while (!late)
		client_turn(client);
	client_turn(client);
	assert_int_equal(handled, 1);
	echo(late);
	assert_true(client_gets(client, "<PUT /3 ?  3>"));
	assert_true(strstr(client->text, "/late") < strstr(client->text, "<GET /2"));
	assert_true(strstr(client->text, "<GET /2") < strstr(client->text, "<PUT /3"));
	client_close(client);
}

static void answers_head_without_a_body(void **state)
{
	struct client *client = client_open();

	(void)state;
	client_send(client,
		    "HEAD /h HTTP/1.1\r\nHost: h\r\n\r\nGET /g HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(client_gets(client, "<GET /g"));
	assert_null(strstr(client->text, "<HEAD"));
	assert_non_null(strstr(client->text, "Content-Length: 13\r\n"));
	client_close(client);
}

static void asks_for_the_body_only_of_those_admitted(void **state)
{
	struct client *client = client_open(), *other = client_open();

	(void)state;
	client_send(client, "PUT /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
			    "Content-Length: 2\r\n\r\n");
	assert_true(client_gets(client, "100 Continue"));
	client_send(client, "ok");
	assert_true(client_gets(client, "<PUT /e ?  ok>"));
	client_send(other, "PUT /secret HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
			   "Content-Length: 2\r\n\r\n");
	assert_true(client_gets(other, "who are you?"));
	assert_null(strstr(other->text, "100 Continue"));
	assert_int_equal(handled, 1);
	client_close(client);
	client_close(other);
}

static void refuses_bodies_that_are_too_large(void **state)
{
	struct client *client = client_open();
	char block[1024];

	(void)state;
	client_send(client, "PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 10001\r\n\r\n");
	assert_true(client_gets(client, "HTTP/1.1 413"));
	assert_int_equal(admitted, 0);
	client_close(client);
	client = client_open();
	memset(block, 'x', sizeof(block));
	client_send(client, "PUT /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 20; i++) {
		client_send(client, "400\r\n");
		client_send_bytes(client, block, sizeof(block));
		client_send(client, "\r\n");
	}
	client_send(client, "0\r\n\r\n");
	assert_true(client_gets(client, "HTTP/1.1 413"));
	assert_int_equal(handled, 0);
	client_close(client);
}

static void refuses_heads_that_are_too_large(void **state)
{
	static const size_t sizes[] = {17000, 30000, 100000};
	static char head[100001];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct client *client = client_open();

		memset(head, 'x', sizes[i]);
		head[sizes[i]] = '\0';
		client_send(client, "GET / HTTP/1.1\r\nHost: h\r\nX-Long: ");
		client_send(client, head);
		client_send(client, "\r\n\r\n");
		assert_true(client_gets(client, "HTTP/1.1 431"));
		client_close(client);
	}
	assert_int_equal(handled, 0);
}

static void never_takes_a_part_of_a_target_for_it(void **state)
{
	static const char request[] = "GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n";
	struct client *client = client_open();

	(void)state;
	client_send_bytes(client, request, sizeof(request) - 1);
	assert_true(client_gets(client, "HTTP/1.1 400"));
	assert_int_equal(admitted, 0);
	client_close(client);
}

/* One byte at a time would never be idle. */
static void cuts_off_who_sends_too_slowly(void **state)
{
	static const char *const starts[] = {
		"GET / HTTP/1.1\r\nHost: h\r\nX-A: ",
		"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct client *client = client_open();
		uint64_t begin = world_ms(), next = begin;

		client_send(client, starts[i]);
		while (!client->closed && world_ms() < begin + WORLD_LIMIT_MS) {
			client_turn(client);
			if (starts[i][0] && world_ms() >= next) {
				send(client->fd, "x", 1, MSG_NOSIGNAL);
				next = world_ms() + 100;
			}
		}
		assert_true(client->closed);
		assert_in_range(world_ms() - begin, 900, 2500);
		client_close(client);
	}
	assert_int_equal(handled, 0);
}

static void lets_go_of_what_is_not_answered_when_it_stops(void **state)
{
	struct client *client;

	start(state);
	client = client_open();
	client_send(client, "GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
	while (!late)
		client_turn(client);
	world_stop();
	assert_int_equal(released, 1);
	assert_true(recv(client->fd, client->text, 1, 0) <= 0);
	client_close(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_with_what_was_sent, start, stop),
		cmocka_unit_test_setup_teardown(takes_a_body_in_chunks_and_in_pieces, start, stop),
		cmocka_unit_test_setup_teardown(answers_late, start, stop),
		cmocka_unit_test_setup_teardown(answers_pipelined_requests_in_order, start, stop),
		cmocka_unit_test_setup_teardown(answers_head_without_a_body, start, stop),
		cmocka_unit_test_setup_teardown(asks_for_the_body_only_of_those_admitted, start,
						stop),
		cmocka_unit_test_setup_teardown(refuses_bodies_that_are_too_large, start, stop),
		cmocka_unit_test_setup_teardown(refuses_heads_that_are_too_large, start, stop),
		cmocka_unit_test_setup_teardown(never_takes_a_part_of_a_target_for_it, start, stop),
		cmocka_unit_test_setup_teardown(cuts_off_who_sends_too_slowly, start, stop),
		cmocka_unit_test(lets_go_of_what_is_not_answered_when_it_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
