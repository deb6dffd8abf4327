// SPDX-License-Identifier: Apache-2.0
/*
 * What is known of a connection's responses, and what that makes of the next request: it is quiet
 * before it, or a response is still under way.
 */
#include "client.h"
#include "bpf/framing.h"

#define SERVER_FIRST 1000 /* sequence number of the first response's first byte */

#define GET "GET / HTTP/1.1\r\n\r\n"
#define HEAD "HEAD / HTTP/1.1\r\n\r\n"
#define UPGRADE "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"

enum outcome {
	QUIET, /* the next request may move */
	BUSY, /* it may not: a response is under way */
	LOST, /* the responses could not be followed; the next request may move */
	PINNED,
};

/* One or several requests, and what the server sends then. */
static const struct response_case {
	const char *name, *requests, *responses;
	enum outcome outcome;
	__u16 gap_at, gap; /* these bytes of the responses are not seen */
	bool late; /* or they are, but at last */
} cases[] = {
	{"no response yet", GET, "", BUSY, 0, 0, false},
	{"no body", GET, OK "Content-Length: 0\r\n\r\n", QUIET, 0, 0, false},
	{"a body", GET, OK "Content-Length: 5\r\n\r\nhello", QUIET, 0, 0, false},
	{"no reason phrase", GET, "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", QUIET, 0, 0,
	 false},
	{"HTTP/1.0", GET, "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", QUIET, 0, 0, false},
	{"most of a body", GET, OK "Content-Length: 6\r\n\r\nhello", BUSY, 0, 0, false},
	{"chunks", GET, OK CHUNKED "5\r\nhello\r\n0\r\n\r\n", QUIET, 0, 0, false},
	{"chunks with a trailer", GET, OK CHUNKED "5\r\nhello\r\n0\r\nA: b\r\n\r\n", QUIET, 0, 0,
	 false},
	{"no last chunk", GET, OK CHUNKED "5\r\nhello\r\n", BUSY, 0, 0, false},
	{"data like a last chunk", GET, OK CHUNKED "9\r\nab\r\n0\r\n\r\n", BUSY, 0, 0, false},
	{"until it closes", GET, OK "\r\nhello", BUSY, 0, 0, false},
	{"204", GET, "HTTP/1.1 204 No Content\r\n\r\n", QUIET, 0, 0, false},
	{"304 with a length", GET, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", QUIET,
	 0, 0, false},
	{"to a HEAD", HEAD, OK "Content-Length: 5\r\n\r\n", QUIET, 0, 0, false},
	{"chunked to a HEAD", HEAD, OK CHUNKED, QUIET, 0, 0, false},
	{"interim only", GET, "HTTP/1.1 100 Continue\r\n\r\n", BUSY, 0, 0, false},
	{"interim and final", GET,
	 "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" OK "Content-Length: 1\r\n\r\na", QUIET, 0,
	 0, false},
	{"one of two", GET GET, OK "Content-Length: 1\r\n\r\na", BUSY, 0, 0, false},
	{"two of two", GET GET, OK "Content-Length: 1\r\n\r\na" OK "Content-Length: 0\r\n\r\n",
	 QUIET, 0, 0, false},
	{"a HEAD's, then a GET's", HEAD GET,
	 OK "Content-Length: 9\r\n\r\n" OK "Content-Length: 1\r\n\r\na", QUIET, 0, 0, false},
	{"a GET's with the HEAD's missing", GET HEAD, OK "Content-Length: 1\r\n\r\na", BUSY, 0, 0,
	 false},
	{"two for one", GET, OK "Content-Length: 0\r\n\r\n" OK "Content-Length: 0\r\n\r\n", LOST, 0,
	 0, false},
	{"a gap in a body", GET, OK "Content-Length: 10\r\n\r\n0123456789", QUIET, 40, 4, false},
	{"a gap at a body's end", GET, OK "Content-Length: 10\r\n\r\n0123456789", QUIET, 45, 4,
	 false},
	{"a gap before more of a body", GET, OK "Content-Length: 30\r\n\r\n0123456789", BUSY, 45, 4,
	 false},
	{"a gap in a chunk's data", GET, OK CHUNKED "a\r\n0123456789\r\n0\r\n\r\n", QUIET, 55, 4,
	 false},
	{"a gap over a chunk's end", GET, OK CHUNKED "a\r\n0123456789\r\n0\r\n\r\n", LOST, 55, 9,
	 false},
	{"a body before its head", GET, OK "Content-Length: 10\r\n\r\n0123456789", QUIET, 0, 39,
	 true},
	{"a body's part before its head", GET, OK "Content-Length: 30\r\n\r\n0123456789", BUSY, 0,
	 39, true},
	{"chunks before their head", GET, OK CHUNKED "5\r\nhello\r\n0\r\n\r\n", LOST, 0, 47, true},
	{"a head's end before its beginning", GET, OK "Content-Length: 0\r\n\r\n", LOST, 0, 10,
	 true},
	{"no response's head", GET, "hello, this is none\r\n\r\n", LOST, 0, 0, false},
	{"part of a head", GET, OK "Content-Le", BUSY, 0, 0, false},
	{"part of a status line", GET, "HTTP/1.1 2", BUSY, 0, 0, false},
	{"a length twice", GET, OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", LOST, 0, 0,
	 false},
	{"an upgrade that is refused", UPGRADE, OK "Content-Length: 0\r\n\r\n", QUIET, 0, 0, false},
	{"an upgrade without a response", UPGRADE, "", PINNED, 0, 0, false},
	{"an upgrade that is accepted", UPGRADE,
	 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\nanything", PINNED, 0, 0, false},
};

static void server_segment(struct kernel *kernel, const struct shunt_connection *connection,
			   const char *bytes, size_t at, size_t length)
{
	struct frame_tcp tcp = {.source = connection->remote,
				.destination = connection->client,
				.source_port = connection->remote_port,
				.destination_port = connection->client_port,
				.window = 500,
				.sequence = SERVER_FIRST + at,
				.flags = FRAME_ACK,
				.payload = bytes + at,
				.payload_length = length};
	static struct frame in, out;

	frame_build(&in, &tcp);
	assert_int_equal(kernel_run(kernel->programs->progs.to_pod, &in, &out), TC_ACT_UNSPEC);
	assert_int_equal(out.length, in.length);
	assert_memory_equal(in.bytes, out.bytes, in.length);
}

/* Sends the responses in segments of at most `step` bytes, but for the gap. */
static void server_stream(struct kernel *kernel, const struct shunt_connection *connection,
			  const struct response_case *row, size_t step)
{
	size_t length = strlen(row->responses), end;

	for (size_t at = 0; at < length; at = end) {
		end = at + step < length ? at + step : length;
		if (row->gap && at < row->gap_at && end > row->gap_at)
			end = row->gap_at;
		if (row->gap && at == row->gap_at)
			end = at + row->gap;
		else
			server_segment(kernel, connection, row->responses, at, end - at);
	}
	if (row->late)
		server_segment(kernel, connection, row->responses, row->gap_at, row->gap);
}

static void client_send(struct kernel *kernel, const struct shunt_connection *connection,
			const char *text, __u32 at, __u32 acknowledgement)
{
	assert_true(client_segment(kernel, connection,
				   (struct frame_tcp){.sequence = CLIENT_FIRST + at,
						      .acknowledgement = acknowledgement,
						      .flags = FRAME_ACK | FRAME_PSH,
						      .payload = text,
						      .payload_length = strlen(text)}));
}

static enum outcome outcome_of(const struct shunt_framing *before,
			       const struct shunt_framing *after)
{
	if (after->requests.state == FRAMING_PINNED)
		return PINNED;
	if (!(after->flags & SHUNT_FRAMING_QUIET))
		return BUSY;
	return before->responses.state == FRAMING_UNPROVEN ? LOST : QUIET;
}

static bool row_holds(struct kernel *kernel, const struct response_case *row, size_t step)
{
	struct shunt_connection connection = client_connection();
	__u32 end = SERVER_FIRST + strlen(row->responses);
	struct shunt_framing before = {}, after = {};
	enum outcome outcome;

	client_segment(kernel, &connection,
		       (struct frame_tcp){.sequence = CLIENT_FIRST - 1, .flags = FRAME_SYN});
	client_send(kernel, &connection, row->requests, 0, SERVER_FIRST);
	server_stream(kernel, &connection, row, step);
	assert_true(kernel_get(kernel->programs->maps.framing, &connection, &before));
	client_send(kernel, &connection, GET, strlen(row->requests), end);
	assert_true(client_framing(kernel, &connection, &after));
	outcome = outcome_of(&before, &after);
	if (outcome == row->outcome)
		return true;
	print_error("row \"%s\", segments of %zu: outcome %d, want %d; state %u, %u responses\n",
		    row->name, step, outcome, row->outcome, before.responses.state,
		    before.responses.count);
	return false;
}

static void knows_when_a_response_is_under_way(void **state)
{
	static const size_t steps[] = {1400, 100, 7, 1};
	size_t failed = 0;

	for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
			failed += !row_holds(*state, &cases[i], steps[k]);
	}
	assert_int_equal(failed, 0);
	assert_true(kernel_silent(*state));
}

/* Heads of any length up to the bound, with more behind them in the packet. */
static void follows_long_heads(void **state)
{
	static char text[SHUNT_HEAD_MAX + 2000];

	for (size_t size = 100; size < SHUNT_HEAD_MAX - 200; size += 397) {
		struct response_case row = {"long", GET, text, QUIET, 0, 0, false};

		snprintf(text, sizeof(text), OK "A: %0*d\r\nContent-Length: 1500\r\n\r\n%01500d",
			 (int)size, 0, 0);
		assert_true(row_holds(*state, &row, 3400));
		assert_true(row_holds(*state, &row, 1400));
	}
}

/* The response has passed, but the client sent its request before it had got all of it. */
static void believes_the_clients_acknowledgement(void **state)
{
	static const struct response_case row = {
		"", GET, OK "Content-Length: 5\r\n\r\nhello", BUSY, 0, 0, false};
	struct shunt_connection connection = client_connection();
	struct shunt_framing after = {};

	client_segment(*state, &connection,
		       (struct frame_tcp){.sequence = CLIENT_FIRST - 1, .flags = FRAME_SYN});
	client_send(*state, &connection, GET, 0, SERVER_FIRST);
	server_stream(*state, &connection, &row, 1400);
	client_send(*state, &connection, GET, strlen(GET),
		    SERVER_FIRST + strlen(row.responses) - 1);
	assert_true(client_framing(*state, &connection, &after));
	assert_false(after.flags & SHUNT_FRAMING_QUIET);
	assert_true(after.flags & SHUNT_FRAMING_PIPELINED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_when_a_response_is_under_way),
		cmocka_unit_test(follows_long_heads),
		cmocka_unit_test(believes_the_clients_acknowledgement),
	};

	return cmocka_run_group_tests(tests, client_setup, kernel_teardown);
}
