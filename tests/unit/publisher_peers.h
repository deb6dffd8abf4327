/* SPDX-License-Identifier: Apache-2.0 */
/* A publisher behind a server, and agents that take its stream over real sockets. */
#ifndef SHUNT_TESTS_UNIT_PUBLISHER_PEERS_H
#define SHUNT_TESTS_UNIT_PUBLISHER_PEERS_H

#include "publisher_agent.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include "user/lib/httpd.h"

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

static inline void handle(void *argument, struct httpd_request *request)
{
	(void)argument;
	if (!strcmp(httpd_path(request), "/v1/sync"))
		publisher_stream(world.publisher, request, proven);
	else
		publisher_report(world.publisher, request, proven);
}

static inline void start_server(size_t log_bytes)
{
	struct httpd_options options = {.body_max = 2 * 1024 * 1024, .handle = handle};

	proven = NULL;
	assert_int_equal(address_parse("127.0.0.1", &options.listen.address), 0);
	world_start(&world, "manager-0", 0, log_bytes);
	assert_int_equal(httpd_start(&world.loop, &options, &httpd), 0);
}

static inline void stop_server(void)
{
	publisher_stop(world.publisher);
	httpd_stop(httpd);
	uv_run(&world.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&world.loop), 0);
	json_decref(world.shared);
}

static inline int dial(int receive_buffer)
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
static inline void peer_connect(struct peer *peer, size_t number)
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

static inline void peer_disconnect(struct peer *peer)
{
	close(peer->fd);
	peer->fd = -1;
	sync_reader_free(peer->agent.reader);
	peer->agent.reader = NULL;
}

static inline void peer_feed(struct peer *peer, const char *bytes, size_t length)
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

static inline void peer_take(struct peer *peer)
{
	char buffer[16384];
	ssize_t length;

	if (peer->fd < 0 || peer->closed || peer->deaf)
		return;
	while ((length = recv(peer->fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
		peer_feed(peer, buffer, (size_t)length);
	peer->closed = !length || errno != EAGAIN;
}

static inline bool has_all(const struct peer *peer)
{
	return peer->fd < 0 || peer->deaf ||
	       (peer->agent.generation == publisher_generation(world.publisher) &&
		!memcmp(&peer->agent.table, &world.table, sizeof(world.table)));
}

/* One turn of the loop and of all peers; how many have all there is. */
static inline size_t turn(struct peer *peers, size_t count)
{
	size_t ready = 0;

	uv_run(&world.loop, UV_RUN_NOWAIT);
	for (size_t i = 0; i < count; i++) {
		peer_take(&peers[i]);
		ready += has_all(&peers[i]);
	}
	return ready;
}

static inline void all_get_all(struct peer *peers, size_t count)
{
	__u64 end = clock_monotonic() + WORLD_LIMIT_MS * 1000000ull;
	size_t ready = 0;

	while (ready < count && clock_monotonic() < end)
		ready = turn(peers, count);
	assert_int_equal(ready, count);
}

static inline struct peer *connect_all(size_t count)
{
	struct peer *peers = calloc(count, sizeof(*peers));

	assert_non_null(peers);
	for (size_t i = 0; i < count; i++)
		peer_connect(&peers[i], i);
	return peers;
}

static inline void disconnect_all(struct peer *peers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (peers[i].fd >= 0)
			peer_disconnect(&peers[i]);
	}
	free(peers);
}

#endif
