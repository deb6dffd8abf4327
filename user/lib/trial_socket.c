// SPDX-License-Identifier: Apache-2.0
#include "user/lib/trial_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "user/lib/trial_wire.h"

union socket_address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static socklen_t encode(int family, const char *address, __u16 port, union socket_address *out)
{
	*out = (union socket_address){0};
	out->any.sa_family = (sa_family_t)trial_families[family];
	if (trial_families[family] == AF_INET) {
		inet_pton(AF_INET, address, &out->ipv4.sin_addr);
		out->ipv4.sin_port = htons(port);
		return sizeof(out->ipv4);
	}
	inet_pton(AF_INET6, address, &out->ipv6.sin6_addr);
	out->ipv6.sin6_port = htons(port);
	return sizeof(out->ipv6);
}

static int wait_for(int socket, short events, int limit)
{
	struct pollfd waited = {.fd = socket, .events = events};
	int ready;

	do
		ready = poll(&waited, 1, limit);
	while (ready < 0 && errno == EINTR);
	return ready < 0 ? -errno : ready ? 0 : -ETIMEDOUT;
}

static int open_socket(int family)
{
	int fd = socket(trial_families[family], SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

int trial_socket_listen(int family, const char *address, __u16 port)
{
	union socket_address own;
	socklen_t length = encode(family, address, port, &own);
	int fd = open_socket(family), error;

	if (fd < 0)
		return fd;
	if (bind(fd, &own.any, length) == 0 && listen(fd, 4) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static int finish_connect(int fd, int limit)
{
	socklen_t length;
	int error = wait_for(fd, POLLOUT, limit), result;

	length = sizeof(result);
	if (!error && getsockopt(fd, SOL_SOCKET, SO_ERROR, &result, &length))
		error = -errno;
	return error ? error : -result;
}

static __u16 get_port(int socket)
{
	union socket_address own = {0};
	socklen_t length = sizeof(own);

	/* In both families it is at the same place. */
	return getsockname(socket, &own.any, &length) ? 0 : ntohs(own.ipv4.sin_port);
}

int trial_socket_connect(int family, const char *address, __u16 port, int limit, __u16 *own)
{
	union socket_address to;
	socklen_t length = encode(family, address, port, &to);
	int fd = open_socket(family), error = 0;

	if (fd < 0)
		return fd;
	if (connect(fd, &to.any, length))
		error = -errno;
	*own = get_port(fd);
	if (error == -EINPROGRESS)
		error = finish_connect(fd, limit);
	if (!error)
		return fd;
	close(fd);
	return error;
}

int trial_socket_accept(int listener, int limit)
{
	int error = wait_for(listener, POLLIN, limit), fd;

	if (error)
		return error;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int trial_socket_send(int socket, const char *text)
{
	ssize_t sent = send(socket, text, strlen(text), MSG_NOSIGNAL);

	return sent < 0 ? -errno : (size_t)sent == strlen(text) ? 0 : -EAGAIN;
}

int trial_socket_receive(int socket, char *text, size_t size, int limit)
{
	size_t length = 0;
	ssize_t got;
	int error;

	text[0] = '\0';
	while (!strstr(text, "\r\n\r\n")) {
		error = wait_for(socket, POLLIN, limit);
		if (error)
			return error;
		got = recv(socket, text + length, size - 1 - length, 0);
		if (got < 0)
			return -errno;
		if (!got)
			return -ECONNRESET;
		length += (size_t)got;
		text[length] = '\0';
	}
	return 0;
}
