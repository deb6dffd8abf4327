// SPDX-License-Identifier: Apache-2.0
/*
 * Connects one socket to several addresses, one after the other: it is disconnected in between, as
 * connect(2) says of AF_UNSPEC. Says for each what its peer is, and who answered a request, or how
 * connect() failed. With --fastopen the request goes out with sendto() and MSG_FASTOPEN, which connects.
 *
 *   redial [--fastopen] HOST PORT [HOST PORT]...
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/answer.h"

#define WAIT_MS 10000

static const struct request request = {.download = -1, .seed = 1, .limit_ms = WAIT_MS};
static struct http_reader reader;

static struct addrinfo *parse(const char *host, const char *port)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *address;
	int error = getaddrinfo(host, port, &hints, &address);

	if (!error)
		return address;
	fprintf(stderr, "%s %s: %s\n", host, port, gai_strerror(error));
	exit(2);
}

/* Connects, and has the request on its way. */
static int start(int fd, const struct addrinfo *address, bool fastopen)
{
	size_t size, head_size;
	uint8_t *bytes;
	ssize_t sent;

	if (!fastopen)
		return connect(fd, address->ai_addr, address->ai_addrlen)
			       ? -errno
			       : request_send(&request, fd);
	bytes = request_build(&request, &size, &head_size);
	if (!bytes)
		return -ENOMEM;
	sent = sendto(fd, bytes, size, MSG_FASTOPEN, address->ai_addr, address->ai_addrlen);
	free(bytes);
	if (sent < 0)
		return -errno;
	return (size_t)sent == size ? 0 : -EPIPE;
}

static int visit(int fd, const char *host, const char *port, bool fastopen)
{
	struct addrinfo *address = parse(host, port);
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	struct answer answer = {.problem = ""};
	char peer[NET_NAME_MAX];
	int error = start(fd, address, fastopen);

	freeaddrinfo(address);
	if (error) {
		printf("- %s\n", strerror(-error));
		return 0;
	}
	error = net_peer(fd, peer);
	http_reader_init(&reader, fd, WAIT_MS);
	if (!error)
		error = answer_read(&reader, &request, &answer);
	if (error) {
		fprintf(stderr, "%s %s: %s: %s\n", host, port, answer.problem, strerror(-error));
		return error;
	}
	printf("%s %s\n", peer, answer.server);
	return connect(fd, &nobody, sizeof(nobody)) ? -errno : 0;
}

int main(int argc, char **argv)
{
	bool fastopen = argc > 1 && strcmp(argv[1], "--fastopen") == 0;
	int fd, error = 0, first = fastopen ? 2 : 1;
	struct addrinfo *address;

	if (argc - first < 2 || (argc - first) % 2) {
		fprintf(stderr, "usage: %s [--fastopen] HOST PORT [HOST PORT]...\n", argv[0]);
		return 2;
	}
	address = parse(argv[first], argv[first + 1]);
	fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	freeaddrinfo(address);
	if (fd < 0) {
		perror("socket");
		return 1;
	}
	for (int i = first; !error && i < argc; i += 2)
		error = visit(fd, argv[i], argv[i + 1], fastopen);
	if (error)
		fprintf(stderr, "%s\n", strerror(-error));
	close(fd);
	return error ? 1 : 0;
}
