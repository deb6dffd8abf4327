// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "crowd.h"
#include "http.h"
#include "net.h"

#define WAIT_MS 30000
#define EVENTS_MAX 256

static int fail(struct crowd *crowd, const struct member *member, const char *what, int error)
{
	unsigned int number = member - crowd->members;

	snprintf(crowd->problem, sizeof(crowd->problem), "connection %u, port %d: %s: %s", number,
		 member->fd < 0 ? 0 : net_port(member->fd), what, strerror(-error));
	return error;
}

static struct turn turn_of(const struct crowd *crowd, const struct member *member)
{
	return crowd->turns[(member - crowd->members + crowd->round) % crowd->turns_count];
}

int crowd_init(struct crowd *crowd, const char *host, const char *port, unsigned int window,
	       unsigned int first_port)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *address;

	*crowd = (struct crowd){.window = window, .first_port = first_port, .epoll = -1};
	if (getaddrinfo(host, port, &hints, &address))
		return -EINVAL;
	memcpy(&crowd->server, address->ai_addr, address->ai_addrlen);
	crowd->server_size = address->ai_addrlen;
	freeaddrinfo(address);
	crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
	return crowd->epoll < 0 ? -errno : 0;
}

void crowd_free(struct crowd *crowd)
{
	crowd_end(crowd, crowd->count, false);
	free(crowd->members);
	if (crowd->epoll >= 0)
		close(crowd->epoll);
}

static int send_request(struct crowd *crowd, struct member *member)
{
	struct turn turn = turn_of(crowd, member);
	bool marked = strcmp(turn.context, "-") != 0;
	char request[256];
	int length = snprintf(request, sizeof(request),
			      "GET /quiet HTTP/1.1\r\nhost: users\r\n%s%s%s\r\n",
			      marked ? "x-shunt-context: " : "", marked ? turn.context : "",
			      marked ? "\r\n" : "");

	member->state = MEMBER_WAITING;
	member->length = 0;
	if (send(member->fd, request, length, MSG_NOSIGNAL) != length)
		return fail(crowd, member, "send", -errno);
	return 0;
}

/* Binds the connection to the port that is its own. */
static int take_port(const struct crowd *crowd, const struct member *member)
{
	struct sockaddr_in6 own = {
		.sin6_family = crowd->server.ss_family,
		.sin6_port = htons(crowd->first_port + (member - crowd->members)),
	}; /* a sockaddr_in has its port in the same place */

	return bind(member->fd, (struct sockaddr *)&own, crowd->server_size);
}

static int start_connecting(struct crowd *crowd, struct member *member)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLET,
		.data.u32 = member - crowd->members,
	};
	int one = 1;

	member->state = MEMBER_CONNECTING;
	member->fd = socket(crowd->server.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (member->fd < 0)
		return fail(crowd, member, "socket", -errno);
	if (setsockopt(member->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
	    setsockopt(member->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		return fail(crowd, member, "setsockopt", -errno);
	if (take_port(crowd, member))
		return fail(crowd, member, "bind", -errno);
	if (connect(member->fd, (struct sockaddr *)&crowd->server, crowd->server_size) &&
	    errno != EINPROGRESS)
		return fail(crowd, member, "connect", -errno);
	if (epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, member->fd, &event))
		return fail(crowd, member, "epoll_ctl", -errno);
	return 0;
}

static int connected(struct crowd *crowd, struct member *member)
{
	socklen_t size = sizeof(int);
	int error;

	if (getsockopt(member->fd, SOL_SOCKET, SO_ERROR, &error, &size))
		error = errno;
	return error ? fail(crowd, member, "connect", -error) : send_request(crowd, member);
}

/* Whether the answer, which is complete, is right: "SERVER CONTEXT", with status 200. */
static bool answer_is_right(const struct crowd *crowd, const struct member *member,
			    const char *body)
{
	struct turn turn = turn_of(crowd, member);
	char server[64], expected[160];

	if (strncmp(member->answer, "HTTP/1.1 200 ", 13) != 0 ||
	    !http_field(member->answer, "x-server", server, sizeof(server)) ||
	    !turn_accepts(&turn, server))
		return false;
	snprintf(expected, sizeof(expected), "%s %s\n", server,
		 strcmp(turn.context, "-") == 0 ? "" : turn.context);
	return strcmp(body, expected) == 0;
}

/* Whether all of the answer is there, and where its body begins then, or NULL. */
static const char *answer_body(const struct member *member)
{
	const char *end = strstr(member->answer, "\r\n\r\n");
	char length[16];

	if (!end || !http_field(member->answer, "content-length", length, sizeof(length)))
		return NULL;
	end += 4;
	return member->answer + member->length - end >= atol(length) ? end : NULL;
}

/* Looks at what has come of an answer. */
static int check_answer(struct crowd *crowd, struct member *member)
{
	const char *body = answer_body(member);
	char what[CROWD_ANSWER_MAX + 64];

	if (!body)
		return 0;
	member->state = MEMBER_IDLE;
	crowd->under_way--;
	if (answer_is_right(crowd, member, body))
		return 0;
	snprintf(what, sizeof(what), "wrong answer to a request of context %s: %s",
		 turn_of(crowd, member).context, member->answer);
	return fail(crowd, member, what, -EBADMSG);
}

static int receive(struct crowd *crowd, struct member *member)
{
	for (;;) {
		ssize_t got = recv(member->fd, member->answer + member->length,
				   CROWD_ANSWER_MAX - 1 - member->length, 0);
		int error;

		if (got < 0)
			return errno == EAGAIN ? 0 : fail(crowd, member, "receive", -errno);
		if (got == 0 || member->state != MEMBER_WAITING)
			return fail(crowd, member,
				    got ? "bytes that were not asked for" : "its end", -EPIPE);
		member->length += got;
		member->answer[member->length] = '\0';
		error = check_answer(crowd, member);
		if (error)
			return error;
	}
}

static int happened(struct crowd *crowd, struct member *member, uint32_t events)
{
	int error = 0;

	if (member->state == MEMBER_CONNECTING && events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		error = connected(crowd, member);
	if (!error && events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		error = receive(crowd, member);
	return error;
}

static int wait_some(struct crowd *crowd)
{
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_wait(crowd->epoll, events, EVENTS_MAX, WAIT_MS), error = 0;

	if (count <= 0) {
		error = count ? -errno : -ETIMEDOUT;
		snprintf(crowd->problem, sizeof(crowd->problem), "%u connections wait: %s",
			 crowd->under_way, strerror(-error));
		return error;
	}
	for (int i = 0; i < count && !error; i++)
		error = happened(crowd, crowd->members + events[i].data.u32, events[i].events);
	return error;
}

/* Has each connection from @from on do something, as many at a time as the window says. */
static int each(struct crowd *crowd, unsigned int from,
		int (*start)(struct crowd *crowd, struct member *member))
{
	unsigned int next = from;
	int error = 0;

	while (!error && (next < crowd->count || crowd->under_way)) {
		if (next < crowd->count && crowd->under_way < crowd->window) {
			crowd->under_way++;
			error = start(crowd, crowd->members + next++);
		} else {
			error = wait_some(crowd);
		}
	}
	return error;
}

int crowd_open(struct crowd *crowd, unsigned int count)
{
	struct member *grown;
	unsigned int from = crowd->count;

	grown = reallocarray(crowd->members, from + count, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	crowd->members = grown;
	for (crowd->count += count; count; count--)
		crowd->members[crowd->count - count] = (struct member){.fd = -1};
	return each(crowd, from, start_connecting);
}

int crowd_request(struct crowd *crowd)
{
	crowd->round++;
	return each(crowd, 0, send_request);
}

void crowd_end(struct crowd *crowd, unsigned int count, bool reset)
{
	for (; count && crowd->count; count--) {
		int fd = crowd->members[--crowd->count].fd;

		if (fd < 0)
			continue;
		if (reset)
			net_reset(fd);
		else
			close(fd);
	}
}
