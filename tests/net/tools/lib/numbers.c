// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "numbers.h"

#define REPAIR_OFF_SILENT (-1) /* TCP_REPAIR_OFF_NO_WP: sends no probe */
#define QUEUE_RECEIVE 1
#define QUEUE_SEND 2

static int set(int fd, int option, int value)
{
	return setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value)) ? -errno : 0;
}

int numbers_set(int fd, int family, const struct numbers *own)
{
	struct sockaddr_in6 local6 = {.sin6_family = AF_INET6, .sin6_port = htons(own->port)};
	struct sockaddr_in local4 = {.sin_family = AF_INET, .sin_port = htons(own->port)};
	int error, one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		return -errno;
	if (family == AF_INET6)
		error = bind(fd, (struct sockaddr *)&local6, sizeof(local6));
	else
		error = bind(fd, (struct sockaddr *)&local4, sizeof(local4));
	if (error)
		return -errno;
	error = set(fd, TCP_REPAIR, 1);
	if (!error)
		error = set(fd, TCP_REPAIR_QUEUE, QUEUE_SEND);
	if (!error)
		error = set(fd, TCP_QUEUE_SEQ, own->initial);
	return error ? error : set(fd, TCP_REPAIR, 0);
}

int numbers_expected(int fd, uint32_t *number)
{
	socklen_t size = sizeof(*number);
	int error = set(fd, TCP_REPAIR, 1), off;

	if (!error)
		error = set(fd, TCP_REPAIR_QUEUE, QUEUE_RECEIVE);
	if (!error && getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, number, &size))
		error = -errno;
	off = set(fd, TCP_REPAIR, REPAIR_OFF_SILENT);
	return error ? error : off;
}
