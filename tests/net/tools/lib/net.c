// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/sockios.h>

#include "net.h"

#define POLL_STEP_MS 1

static int net_wait(int fd, short events, int limit_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};
	int ready = poll(&poll_fd, 1, limit_ms);

	if (ready < 0)
		return -errno;
	return ready == 0 ? -ETIMEDOUT : 0;
}

static int net_connect_finish(int fd, int limit_ms)
{
	socklen_t size = sizeof(int);
	int error = net_wait(fd, POLLOUT, limit_ms);

	if (error)
		return error;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size))
		return -errno;
	return -error;
}

int net_connect(const char *host, const char *port, const struct numbers *own, int limit_ms)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *address;
	int fd, error, one = 1;

	if (getaddrinfo(host, port, &hints, &address))
		return -EINVAL;
	fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		error = -errno;
		goto free_address;
	}
	error = setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ? -errno : 0;
	if (!error && own)
		error = numbers_set(fd, address->ai_family, own);
	if (!error && connect(fd, address->ai_addr, address->ai_addrlen))
		error = errno == EINPROGRESS ? net_connect_finish(fd, limit_ms) : -errno;
	if (error)
		close(fd);
free_address:
	freeaddrinfo(address);
	return error ? error : fd;
}

int net_listen(const char *port)
{
	struct addrinfo hints = {
		.ai_family = AF_INET6,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *address;
	int fd, error = 0, one = 1;

	if (getaddrinfo(NULL, port, &hints, &address))
		return -EINVAL;
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		error = -errno;
		goto free_address;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, address->ai_addr, address->ai_addrlen) || listen(fd, SOMAXCONN)) {
		error = -errno;
		close(fd);
	}
free_address:
	freeaddrinfo(address);
	return error ? error : fd;
}

int net_peer(int fd, char name[NET_NAME_MAX])
{
	char host[NET_NAME_MAX], port[8];
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	const char *start = host;
	int written;

	if (getpeername(fd, (struct sockaddr *)&peer, &size))
		return -errno;
	if (getnameinfo((struct sockaddr *)&peer, size, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		return -EINVAL;
	if (strncmp(host, "::ffff:", 7) == 0)
		start += 7;
	written =
		snprintf(name, NET_NAME_MAX, strchr(start, ':') ? "[%s]:%s" : "%s:%s", start, port);
	return written < NET_NAME_MAX ? 0 : -ENAMETOOLONG;
}

int net_port(int fd)
{
	struct sockaddr_in6 own = {0};
	socklen_t size = sizeof(own);

	if (getsockname(fd, (struct sockaddr *)&own, &size))
		return -errno;
	return ntohs(own.sin6_port); /* at the same place in sockaddr_in */
}

ssize_t net_read(int fd, void *buffer, size_t size, int limit_ms)
{
	int error = net_wait(fd, POLLIN, limit_ms);
	ssize_t count;

	if (error)
		return error;
	count = read(fd, buffer, size);
	return count < 0 ? -errno : count;
}

static int net_send(int fd, const void *buffer, size_t size, int flags, int limit_ms)
{
	const char *at = buffer;

	while (size) {
		int error = net_wait(fd, POLLOUT, limit_ms);
		ssize_t count;

		if (error)
			return error;
		count = send(fd, at, size, MSG_NOSIGNAL | MSG_DONTWAIT | flags);
		if (count < 0 && errno != EAGAIN)
			return -errno;
		if (count > 0) {
			at += count;
			size -= count;
		}
	}
	return 0;
}

int net_write(int fd, const void *buffer, size_t size, int limit_ms)
{
	return net_send(fd, buffer, size, 0, limit_ms);
}

int net_write_packet(int fd, const void *buffer, size_t size, int limit_ms)
{
	return net_send(fd, buffer, size, MSG_EOR, limit_ms);
}

int net_await(int fd, int size, int limit_ms)
{
	for (int waited = 0; waited < limit_ms; waited += POLL_STEP_MS) {
		int there;

		if (ioctl(fd, SIOCINQ, &there))
			return -errno;
		if (there >= size)
			return 0;
		poll(NULL, 0, POLL_STEP_MS);
	}
	return -ETIMEDOUT;
}

int net_drain(int fd, int limit_ms)
{
	for (int waited = 0; waited < limit_ms; waited += POLL_STEP_MS) {
		struct pollfd poll_fd = {.fd = fd};
		int left;

		if (ioctl(fd, SIOCOUTQ, &left))
			return -errno;
		if (left == 0)
			return 0;
		if (poll(&poll_fd, 1, POLL_STEP_MS) > 0 && poll_fd.revents & POLLERR)
			return -ECONNRESET;
	}
	return -ETIMEDOUT;
}

void net_reset(int fd)
{
	struct linger linger = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}
