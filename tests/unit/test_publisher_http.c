// SPDX-License-Identifier: Apache-2.0
/* Agents over real sockets: many, slow ones, and ones that are cut off. */
#include "publisher_world.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include "user/lib/httpd.h"

#define AGENTS 200
#define FEW 20
#define BIG_ROWS 400 /* of a generation of about 60 KiB */

static struct world world;
static struct httpd *httpd;
static const char *proven; /* node that the client proved to be */

/* An agent and its connection. */
struct peer {
	struct agent agent;
	int fd; /* -1: not connected */
	bool closed; /* by the server */
	bool deaf; /* takes nothing */
	char head[1024]; /* of the answer, NUL-ended */
	size_t head_length;
	bool stream; /* the head is complete */
};

static void handle(void *argument, struct httpd_request *request)
{
	(void)argument;
	if (!strcmp(httpd_path(request), "/v1/sync"))
		publisher_stream(world.publisher, request, proven);
	else
		publisher_report(world.publisher, request, proven);
}

static void start_server(size_t log_bytes)
{
	struct httpd_options options = {.body_max = 2 * 1024 * 1024, .handle = handle};

	proven = NULL;
	assert_int_equal(address_parse("127.0.0.1", &options.listen.address), 0);
	world_start(&world, "manager-0", 0, log_bytes);
	assert_int_equal(httpd_start(&world.loop, &options, &httpd), 0);
}

static void stop_server(void)
{
	publisher_stop(world.publisher);
	httpd_stop(httpd);
	uv_run(&world.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&world.loop), 0);
	json_decref(world.shared);
}

static int dial(int receive_buffer)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(httpd_port(httpd)),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (receive_buffer)
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
					    sizeof(receive_buffer)),
				 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* By HTTP/1.0, so that the stream is not in chunks. */
static void peer_connect(struct peer *peer, size_t number)
{
	char request[512];
	int length;

	snprintf(peer->agent.node, sizeof(peer->agent.node), "node-%zu", number);
	peer->fd = dial(peer->deaf ? 4096 : 0);
	peer->closed = peer->stream = false;
	peer->head_length = 0;
	peer->agent.reader = sync_reader_new(&agent_events, &peer->agent);
	assert_non_null(peer->agent.reader);
	length = snprintf(request, sizeof(request),
			  "GET /v1/sync?node=%s&instance=%s&generation=%llu HTTP/1.0\r\n\r\n",
			  peer->agent.node, peer->agent.instance,
			  (unsigned long long)peer->agent.generation);
	assert_int_equal(send(peer->fd, request, (size_t)length, MSG_NOSIGNAL), length);
}

static void peer_disconnect(struct peer *peer)
{
	close(peer->fd);
	peer->fd = -1;
	sync_reader_free(peer->agent.reader);
	peer->agent.reader = NULL;
}

static void peer_feed(struct peer *peer, const char *bytes, size_t length)
{
	while (!peer->stream && length) {
		assert_true(peer->head_length + 1 < sizeof(peer->head));
		peer->head[peer->head_length++] = *bytes++;
		peer->head[peer->head_length] = '\0';
		length--;
		peer->stream = strstr(peer->head, "\r\n\r\n") != NULL;
	}
	if (sync_reader_feed(peer->agent.reader, bytes, length))
		fail_msg("%s: %s", peer->agent.node, sync_reader_problem(peer->agent.reader));
}

static void peer_take(struct peer *peer)
{
	char buffer[16384];
	ssize_t length;

	if (peer->fd < 0 || peer->closed || peer->deaf)
		return;
	while ((length = recv(peer->fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
		peer_feed(peer, buffer, (size_t)length);
	peer->closed = !length || errno != EAGAIN;
}

static bool has_all(const struct peer *peer)
{
	return peer->fd < 0 || peer->deaf ||
	       (peer->agent.generation == publisher_generation(world.publisher) &&
		!memcmp(&peer->agent.table, &world.table, sizeof(world.table)));
}

/* One turn of the loop and of all peers; how many have all there is. */
static size_t turn(struct peer *peers, size_t count)
{
	size_t ready = 0;

	uv_run(&world.loop, UV_RUN_NOWAIT);
	for (size_t i = 0; i < count; i++) {
		peer_take(&peers[i]);
		ready += has_all(&peers[i]);
	}
	return ready;
}

static void all_get_all(struct peer *peers, size_t count)
{
	__u64 end = clock_monotonic() + WORLD_LIMIT_MS * 1000000ull;
	size_t ready = 0;

	while (ready < count && clock_monotonic() < end)
		ready = turn(peers, count);
	assert_int_equal(ready, count);
}

static struct peer *connect_all(size_t count)
{
	struct peer *peers = calloc(count, sizeof(*peers));

	assert_non_null(peers);
	for (size_t i = 0; i < count; i++)
		peer_connect(&peers[i], i);
	return peers;
}

static void disconnect_all(struct peer *peers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (peers[i].fd >= 0)
			peer_disconnect(&peers[i]);
	}
	free(peers);
}

/* Sends a request and waits for the answer, whose connection ends. */
static void ask(const char *request, size_t length, char *answer, size_t size)
{
	__u64 end = clock_monotonic() + WORLD_LIMIT_MS * 1000000ull;
	int fd = dial(0);
	size_t used = 0;
	ssize_t got = -1;

	assert_int_equal(send(fd, request, length, MSG_NOSIGNAL), (ssize_t)length);
	while (got && used + 1 < size && clock_monotonic() < end) {
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

static void two_hundred_agents_follow(void **state)
{
	struct peer *peers;

	(void)state;
	start_server(0);
	world_set(&world, 0, 1);
	peers = connect_all(AGENTS);
	/* Generations come while they take their first snapshot. */
	for (unsigned char i = 1; i < 40; i++) {
		world_set(&world, i % WORLD_KEYS, i);
		turn(peers, AGENTS);
	}
	all_get_all(peers, AGENTS);
	/* Half of them are cut off; they miss something, and resume. */
	for (size_t i = 0; i < AGENTS; i += 2)
		peer_disconnect(&peers[i]);
	for (unsigned char i = 1; i < 10; i++)
		world_set(&world, i, 100 + i);
	all_get_all(peers, AGENTS);
	for (size_t i = 0; i < AGENTS; i += 2)
		peer_connect(&peers[i], i);
	all_get_all(peers, AGENTS);
	assert_int_equal(world.publisher->counts.resumed, AGENTS / 2);
	for (size_t i = 0; i < AGENTS; i++)
		assert_int_equal(peers[i].agent.snapshots, 1);
	disconnect_all(peers, AGENTS);
	for (__u64 end = clock_monotonic() + WORLD_LIMIT_MS * 1000000ull;
	     !TAILQ_EMPTY(&world.publisher->sessions) && clock_monotonic() < end;)
		uv_run(&world.loop, UV_RUN_ONCE);
	assert_true(TAILQ_EMPTY(&world.publisher->sessions));
	stop_server();
}

/* Names that are long enough to fill what the kernel keeps for a socket soon. */
static void publish_much(void)
{
	static char names[BIG_ROWS][160];
	struct changes changes = {0};

	for (size_t i = 0; i < BIG_ROWS; i++) {
		snprintf(names[i], sizeof(names[i]), "shop/%0140zu:http", i);
		assert_int_equal(changes_add_service(&changes, names[i], false), 0);
	}
	assert_int_equal(publisher_publish(world.publisher, &changes, ++world.revision), 0);
	changes_clear(&changes);
}

static void one_that_takes_nothing_is_dropped(void **state)
{
	const uint64_t *dropped;
	struct peer *peers;

	(void)state;
	start_server(512 * 1024);
	dropped = &world.publisher->counts.dropped[PUBLISHER_DROP_SLOW];
	world_set(&world, 0, 1);
	peers = calloc(FEW, sizeof(*peers));
	assert_non_null(peers);
	peers[7].deaf = true;
	for (size_t i = 0; i < FEW; i++)
		peer_connect(&peers[i], i);
	all_get_all(peers, FEW);
	for (int i = 0; i < 500 && !*dropped; i++) {
		publish_much();
		all_get_all(peers, FEW);
	}
	assert_int_equal(*dropped, 1);
	for (size_t i = 0; i < FEW; i++)
		assert_int_equal(peers[i].agent.snapshots, i != 7);
	/* It can come again. */
	peer_disconnect(&peers[7]);
	peers[7] = (struct peer){0};
	peer_connect(&peers[7], 7);
	all_get_all(peers, FEW);
	assert_int_equal(peers[7].agent.snapshots, 1);
	disconnect_all(peers, FEW);
	stop_server();
}

static void streams_end_with_the_publisher(void **state)
{
	struct peer *peers;

	(void)state;
	start_server(0);
	world_set(&world, 0, 1);
	peers = connect_all(FEW);
	all_get_all(peers, FEW);
	stop_server();
	for (size_t i = 0; i < FEW; i++) {
		peer_take(&peers[i]);
		assert_true(peers[i].closed);
	}
	disconnect_all(peers, FEW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_that_are_refused),
		cmocka_unit_test(reports_are_taken_or_refused),
		cmocka_unit_test(a_proven_node_need_not_name_itself),
		cmocka_unit_test(two_hundred_agents_follow),
		cmocka_unit_test(one_that_takes_nothing_is_dropped),
		cmocka_unit_test(streams_end_with_the_publisher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
