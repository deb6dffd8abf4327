// SPDX-License-Identifier: Apache-2.0
/*
 * Dials an address many times, makes one request on each connection and tells who answered: a line
 * "SERVER COUNT" for each. Whoever answers, the socket's peer has to be what was dialled.
 *
 *   dials COUNT HOST PORT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/answer.h"

#define WAIT_MS 10000
#define SERVERS_MAX 16

static struct {
	char name[64];
	unsigned int count;
} servers[SERVERS_MAX];
static struct http_reader reader;

static int tally(const char *name)
{
	for (size_t i = 0; i < SERVERS_MAX; i++) {
		if (servers[i].count && strcmp(servers[i].name, name) != 0)
			continue;
		snprintf(servers[i].name, sizeof(servers[i].name), "%s", name);
		servers[i].count++;
		return 0;
	}
	return -ENOSPC;
}

static int check_peer(int fd, const char *host, const char *port)
{
	char peer[NET_NAME_MAX], dialled[NET_NAME_MAX];
	const char *bare = strncmp(host, "::ffff:", 7) == 0 ? host + 7 : host;
	int error = net_peer(fd, peer);

	if (error)
		return error;
	snprintf(dialled, sizeof(dialled), strchr(bare, ':') ? "[%s]:%s" : "%s:%s", bare, port);
	if (strcmp(peer, dialled) == 0)
		return 0;
	fprintf(stderr, "the peer of a socket that dialled %s is %s\n", dialled, peer);
	return -EADDRNOTAVAIL;
}

static int dial(const char *host, const char *port)
{
	struct request request = {.download = -1, .seed = 1, .limit_ms = WAIT_MS};
	struct answer answer = {.problem = "dial"};
	int error, fd = net_connect(host, port, NULL, WAIT_MS);

	if (fd < 0)
		return fd;
	http_reader_init(&reader, fd, WAIT_MS);
	error = check_peer(fd, host, port);
	if (!error)
		error = request_send(&request, fd);
	if (!error)
		error = answer_read(&reader, &request, &answer);
	if (!error)
		error = answer.status == 200 ? tally(answer.server) : -EPROTO;
	/* Of so many connections none is to wait for its port to be free again. */
	net_reset(fd);
	return error;
}

int main(int argc, char **argv)
{
	int error;

	if (argc != 4) {
		fprintf(stderr, "usage: %s COUNT HOST PORT\n", argv[0]);
		return 2;
	}
	for (long i = 0; i < atol(argv[1]); i++) {
		error = dial(argv[2], argv[3]);
		if (error) {
			fprintf(stderr, "connection %ld: %s\n", i + 1, strerror(-error));
			return 1;
		}
	}
	for (size_t i = 0; i < SERVERS_MAX && servers[i].count; i++)
		printf("%s %u\n", servers[i].name, servers[i].count);
	return 0;
}
