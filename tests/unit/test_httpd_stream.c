// SPDX-License-Identifier: Apache-2.0
/* Answers that go on, over real sockets. */
#include "tests/unit/httpd_world.h"

/* What the stream has to say, and what became of it. */
static struct {
	struct httpd_stream *stream;
	const char *text; /* not read yet */
	bool endless;
	bool ends;
	bool wakes_itself; /* once, in a read() without result */
	bool aborts_itself;
	unsigned int reads;
	size_t bytes;
	bool closed;
} source;

static ssize_t read_source(void *argument, char *buffer, size_t size)
{
	size_t length = source.text ? strlen(source.text) : 0;

	(void)argument;
	source.reads++;
	if (source.aborts_itself)
		httpd_stream_abort(source.stream);
	if (source.endless) {
		memset(buffer, 'e', size);
		source.bytes += size;
		return (ssize_t)size;
	}
	if (source.wakes_itself) {
		source.wakes_itself = false;
		source.text = "woken";
		httpd_stream_wake(source.stream);
		return 0;
	}
	if (!length)
		return source.ends ? -1 : 0;
	length = length < size ? length : size;
	memcpy(buffer, source.text, length);
	source.text += length;
	return (ssize_t)length;
}

static void closed(void *argument)
{
	(void)argument;
	source.closed = true;
}

static const struct httpd_stream_events events = {.read = read_source, .closed = closed};

static void handle(void *argument, struct httpd_request *request)
{
	(void)argument;
	if (!strcmp(httpd_path(request), "/stream"))
		source.stream = httpd_stream(request, 200, "text/plain", &events, NULL);
	else
		httpd_reply(request, 200, "text/plain", "plain", 5);
}

static int start(void **state)
{
	struct httpd_options options = {.idle_seconds = 1, .body_max = 0, .handle = handle};

	(void)state;
	memset(&source, 0, sizeof(source));
	world_start(&options);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	world_stop();
	return 0;
}

static struct client *open_stream(void)
{
	struct client *client = client_open();

	client_send(client, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(client_gets(client, "\r\n\r\n"));
	assert_non_null(source.stream);
	return client;
}

/* Other clients are served as ever. */
static void expect_served(void)
{
	struct client *client = client_open();
	uint64_t begin = world_ms();

	client_send(client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(client_gets(client, "plain"));
	assert_in_range(world_ms() - begin, 0, 500);
	client_close(client);
}

static void wait_closed(void)
{
	uint64_t begin = world_ms();

	assert_true(world_until(&source.closed));
	assert_in_range(world_ms() - begin, 0, 1000);
}

static void says_more_when_woken(void **state)
{
	struct client *client = open_stream();
	uint64_t begin;

	(void)state;
	for (int i = 0; i < 20; i++) {
		client_forget(client);
		source.text = "more of it";
		begin = world_ms();
		httpd_stream_wake(source.stream);
		assert_true(client_gets(client, "more of it"));
		assert_in_range(world_ms() - begin, 0, 200);
	}
	source.ends = true;
	httpd_stream_wake(source.stream);
	assert_true(client_ends(client));
	wait_closed();
	assert_non_null(strstr(client->text, "0\r\n\r\n"));
	client_close(client);
}

static void is_not_timed_and_costs_nothing_while_it_is_silent(void **state)
{
	struct client *client = open_stream();
	unsigned int reads;

	(void)state;
	for (uint64_t end = world_ms() + 200; world_ms() < end;)
		client_turn(client);
	reads = source.reads;
	for (uint64_t end = world_ms() + 1500; world_ms() < end;)
		client_turn(client);
	assert_int_equal(source.reads, reads);
	assert_false(client->closed);
	source.text = "late";
	httpd_stream_wake(source.stream);
	assert_true(client_gets(client, "late"));
	client_close(client);
}

static void can_wake_itself_while_it_is_read(void **state)
{
	struct client *client;

	(void)state;
	source.wakes_itself = true;
	client = open_stream();
	assert_true(client_gets(client, "woken"));
	client_close(client);
}

static void can_abort_itself_while_it_is_read(void **state)
{
	struct client *client = open_stream();

	(void)state;
	source.aborts_itself = true;
	httpd_stream_wake(source.stream);
	assert_true(client_ends(client));
	wait_closed();
	assert_null(strstr(client->text, "0\r\n\r\n"));
	client_close(client);
}

static void is_aborted_while_it_is_silent(void **state)
{
	struct client *client = open_stream();

	(void)state;
	httpd_stream_abort(source.stream);
	assert_false(source.closed);
	wait_closed();
	assert_true(client_ends(client));
	client_close(client);
}

static bool stalled(void)
{
	size_t before = source.bytes;
	uint64_t end = world_ms() + 300;

	while (world_ms() < end)
		uv_run(&world_loop, UV_RUN_NOWAIT);
	return source.bytes == before;
}

static void is_aborted_where_the_client_takes_nothing(void **state)
{
	struct client *client;
	uint64_t end = world_ms() + WORLD_LIMIT_MS;

	(void)state;
	source.endless = true;
	client = client_open();
	client_send(client, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	while (!stalled() && world_ms() < end)
		;
	assert_true(source.bytes > 0);
	/* Longer than a reply may take: streams are not timed. */
	for (uint64_t later = world_ms() + 1500; world_ms() < later;)
		uv_run(&world_loop, UV_RUN_NOWAIT);
	assert_false(source.closed);
	expect_served();
	httpd_stream_abort(source.stream);
	wait_closed();
	client_close(client);
}

static void ends_when_its_client_goes_away(void **state)
{
	struct client *client = open_stream();

	(void)state;
	for (int i = 0; i < 5; i++)
		client_turn(client);
	client_close(client);
	wait_closed();
	expect_served();
}

static void ends_for_head_and_with_the_server(void **state)
{
	struct client *client;

	start(state);
	client = client_open();
	client_send(client, "HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(client_gets(client, "200 OK"));
	wait_closed();
	assert_int_equal(source.reads, 0);
	client_close(client);
	source.closed = false;
	client = open_stream();
	world_stop();
	assert_true(source.closed);
	client_close(client);
}

/* HTTP/1.0 knows no chunks: its end is the connection's. */
static void serves_clients_without_chunks(void **state)
{
	struct client *client = client_open();

	(void)state;
	source.text = "old";
	client_send(client, "GET /stream HTTP/1.0\r\n\r\n");
	assert_true(client_gets(client, "\r\n\r\nold"));
	source.text = "er";
	source.ends = true;
	httpd_stream_wake(source.stream);
	assert_true(client_gets(client, "\r\n\r\nolder"));
	assert_true(client_ends(client));
	wait_closed();
	client_close(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(says_more_when_woken, start, stop),
		cmocka_unit_test_setup_teardown(is_not_timed_and_costs_nothing_while_it_is_silent,
						start, stop),
		cmocka_unit_test_setup_teardown(can_wake_itself_while_it_is_read, start, stop),
		cmocka_unit_test_setup_teardown(can_abort_itself_while_it_is_read, start, stop),
		cmocka_unit_test_setup_teardown(is_aborted_while_it_is_silent, start, stop),
		cmocka_unit_test_setup_teardown(is_aborted_where_the_client_takes_nothing, start,
						stop),
		cmocka_unit_test_setup_teardown(ends_when_its_client_goes_away, start, stop),
		cmocka_unit_test_setup_teardown(serves_clients_without_chunks, start, stop),
		cmocka_unit_test(ends_for_head_and_with_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
