// SPDX-License-Identifier: Apache-2.0
/* What is answered to agents that ask, over real sockets. */
#include "publisher_peers.h"

/* Sends a request and waits for the answer, whose connection ends. */
static void ask(const char *request, size_t length, char *answer, size_t size)
{
	__u64 end = clock_monotonic() + WORLD_LIMIT_MS * 1000000ull;
	int fd = dial(0);
	size_t used = 0, sent = 0;
	ssize_t got = -1, put;

	while (got && used + 1 < size && clock_monotonic() < end) {
		put = send(fd, request + sent, length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		sent += put > 0 ? (size_t)put : 0;
		uv_run(&world.loop, UV_RUN_NOWAIT);
		got = recv(fd, answer + used, size - 1 - used, MSG_DONTWAIT);
		used += got > 0 ? (size_t)got : 0;
	}
	assert_int_equal(got, 0);
	answer[used] = '\0';
	close(fd);
}

static void requests_that_are_refused(void **state)
{
	static const struct {
		const char *query, *proven, *status, *detail;
	} rows[] = {
		{"", NULL, " 400 ", "the query has to name the node, as in /v1/sync?node=worker-1"},
		{"?node=", NULL, " 400 ",
		 "query parameter node is no DNS name of 1 to 253 characters"},
		{"?node=a%20b", NULL, " 400 ",
		 "query parameter node is no DNS name of 1 to 253 characters"},
		{"?node=a&node=a", NULL, " 400 ", "query parameter node is there twice"},
		{"?node=a&instance=%00", NULL, " 400 ", "query parameter instance is malformed"},
		{"?node=a&instance=x%2Fy", NULL, " 400 ",
		 "query parameter instance is no name that a manager gives itself"},
		{"?node=a&generation=-1", NULL, " 400 ", "query parameter generation is no number"},
		{"?node=a&generation=18446744073709551616", NULL, " 400 ",
		 "query parameter generation is no number"},
		{"?node=a", "b", " 403 ", "the query names another node than the one that sent it"},
	};

	(void)state;
	start_server(0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char request[256], answer[2048];
		int length = snprintf(request, sizeof(request), "GET /v1/sync%s HTTP/1.0\r\n\r\n",
				      rows[i].query);

		proven = rows[i].proven;
		ask(request, (size_t)length, answer, sizeof(answer));
		if (!strstr(answer, rows[i].status) || !strstr(answer, rows[i].detail) ||
		    !strstr(answer, "application/problem+json"))
			fail_msg("%s: %s", rows[i].query, answer);
	}
	assert_int_equal(world.publisher->node_count, 0);
	stop_server();
}

static void send_report(const char *node, const char *status)
{
	Shunt__V1__SyncReport report = SHUNT__V1__SYNC_REPORT__INIT;
	char request[1024], answer[2048];
	int head;

	report.node = (char *)node;
	report.revision = 7;
	head = snprintf(request, 512,
			"POST /v1/sync/report HTTP/1.0\r\nContent-Length: %zu\r\n\r\n",
			shunt__v1__sync_report__get_packed_size(&report));
	ask(request,
	    (size_t)head + shunt__v1__sync_report__pack(&report, (uint8_t *)request + head), answer,
	    sizeof(answer));
	if (!strstr(answer, status))
		fail_msg("%s: %s", node, answer);
}

static void reports_are_taken_or_refused(void **state)
{
	(void)state;
	start_server(0);
	send_report("a", " 204 ");
	assert_int_equal(world.publisher->node_count, 1);
	assert_int_equal(world.publisher->nodes[0]->own.revision, 7);
	send_report("A", " 400 ");
	proven = "b";
	send_report("a", " 403 ");
	send_report("b", " 204 ");
	assert_int_equal(world.publisher->node_count, 2);
	stop_server();
}

static void reports_that_are_too_large_are_refused(void **state)
{
	const size_t size = PUBLISHER_REPORT_MAX + 1;
	char *request = calloc(1, size + 128), answer[2048];
	int head;

	(void)state;
	assert_non_null(request);
	start_server(0);
	head = snprintf(request, 128,
			"POST /v1/sync/report HTTP/1.0\r\nContent-Length: %zu\r\n\r\n", size);
	ask(request, (size_t)head + size, answer, sizeof(answer));
	assert_non_null(strstr(answer, " 413 "));
	assert_non_null(strstr(answer, "a report may have 1 MiB"));
	assert_int_equal(world.publisher->node_count, 0);
	stop_server();
	free(request);
}

static void a_proven_node_need_not_name_itself(void **state)
{
	struct peer peer = {0};
	static const char request[] = "GET /v1/sync HTTP/1.0\r\n\r\n";

	(void)state;
	start_server(0);
	proven = "worker-1";
	world_set(&world, 1, 1);
	peer.fd = dial(0);
	peer.agent.reader = sync_reader_new(&agent_events, &peer.agent);
	assert_int_equal(send(peer.fd, request, sizeof(request) - 1, MSG_NOSIGNAL),
			 sizeof(request) - 1);
	all_get_all(&peer, 1);
	assert_string_equal(world.publisher->nodes[0]->name, "worker-1");
	peer_disconnect(&peer);
	stop_server();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_that_are_refused),
		cmocka_unit_test(reports_are_taken_or_refused),
		cmocka_unit_test(reports_that_are_too_large_are_refused),
		cmocka_unit_test(a_proven_node_need_not_name_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
