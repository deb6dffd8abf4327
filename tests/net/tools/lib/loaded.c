// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "loaded.h"

uint64_t load_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

double load_cpu_seconds(void)
{
	unsigned long long user = 0, nice = 0, system = 0, idle, wait, hard = 0, soft = 0;
	FILE *file = fopen("/proc/stat", "re");

	if (!file)
		return 0;
	if (fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle,
		   &wait, &hard, &soft) != 7)
		user = 0;
	fclose(file);
	return (double)(user + nice + system + hard + soft) / sysconf(_SC_CLK_TCK);
}

/* As many bytes as the request of an ordinary client that is traced: about 200. */
static int make_request(struct load *load, unsigned int turn)
{
	const char *context = load->turns[turn].context;
	char marker[128] = "";
	int length;

	if (strcmp(context, "-"))
		snprintf(marker, sizeof(marker), "x-shunt-context: %s\r\n", context);
	length = snprintf(load->requests[turn], LOADED_REQUEST_MAX,
			  "GET %s HTTP/1.1\r\n"
			  "Host: users.shop\r\n"
			  "User-Agent: load/1.0\r\n"
			  "Accept: */*\r\n"
			  "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
			  "%s%s\r\n",
			  load->path, marker, load->close ? "Connection: close\r\n" : "");
	if (length >= LOADED_REQUEST_MAX)
		return -ENAMETOOLONG;
	load->lengths[turn] = length;
	return 0;
}

int load_prepare(struct load *load)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct rlimit files;
	int error = 0;

	for (unsigned int i = 0; i < load->turns_count && !error; i++)
		error = make_request(load, i);
	if (error)
		return error;
	if (getaddrinfo(load->host, load->port, &hints, &load->address))
		return -EINVAL;
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	return load->epoll < 0 ? -errno : 0;
}

static int watch(struct load *load, struct loaded *connection, int operation, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u32 = connection->number};

	return epoll_ctl(load->epoll, operation, connection->fd, &event) ? -errno : 0;
}

int loaded_connect(struct load *load, struct loaded *connection)
{
	const struct addrinfo *address = load->address;
	int one = 1;

	connection->state = LOADED_CONNECTING;
	connection->used = false;
	connection->connecting = load_now();
	connection->fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (connection->fd < 0)
		return -errno;
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(connection->fd, address->ai_addr, address->ai_addrlen) && errno != EINPROGRESS)
		return -errno;
	return watch(load, connection, EPOLL_CTL_ADD, EPOLLOUT);
}

/* Makes another connection instead of one that has ended. */
static void again(struct load *load, struct loaded *connection)
{
	int error;

	close(connection->fd);
	error = loaded_connect(load, connection);
	if (error) {
		fprintf(stderr, "load: cannot connect: %s\n", strerror(-error));
		exit(1);
	}
}

static void broken(struct load *load, struct loaded *connection)
{
	load->errors++;
	again(load, connection);
}

static void send_request(struct load *load, struct loaded *connection)
{
	size_t length = load->lengths[connection->turn];

	connection->state = LOADED_HEAD;
	connection->head_length = 0;
	connection->sent = load_now();
	if (send(connection->fd, load->requests[connection->turn], length, MSG_NOSIGNAL) !=
	    (ssize_t)length)
		broken(load, connection);
}

static void established(struct load *load, struct loaded *connection)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size) || error ||
	    watch(load, connection, EPOLL_CTL_MOD, EPOLLIN)) {
		broken(load, connection);
		return;
	}
	connection->connected = load_now();
	send_request(load, connection);
}

/* The answer is complete. */
static void answered(struct load *load, struct loaded *connection)
{
	uint64_t now = load_now(), begin = load->close ? connection->connecting : connection->sent;

	/* What began before is not measured: 256 connections need a while to be made. */
	if (load->result && begin >= load->result->began) {
		histogram_add(&load->result->latency, now - begin);
		if (!connection->used) {
			histogram_add(&load->result->first, now - connection->sent);
			histogram_add(&load->result->connect,
				      connection->connected - connection->connecting);
		}
	}
	connection->used = true;
	connection->turn = (connection->turn + 1) % load->turns_count;
	if (load->close)
		connection->state = LOADED_ENDING;
	else
		send_request(load, connection);
}

/* Copies the value of a field, of which `name` is how its line begins. */
static bool field(const char *head, const char *name, char *value, size_t size)
{
	const char *at = strcasestr(head, name);
	size_t length;

	if (!at)
		return false;
	at += strlen(name);
	length = strcspn(at, "\r");
	snprintf(value, size, "%.*s", (int)length, at);
	return true;
}

/* The head is complete: who answered, and how much follows. */
static void head_done(struct load *load, struct loaded *connection)
{
	char server[64], length[24];

	if (strncmp(connection->head, "HTTP/1.1 200", 12) ||
	    !field(connection->head, "\r\nx-server: ", server, sizeof(server)) ||
	    !turn_names(&load->turns[connection->turn], server) ||
	    !field(connection->head, "\r\ncontent-length: ", length, sizeof(length))) {
		if (!load->wrong++)
			fprintf(stderr, "load: turn %u got a wrong answer: %s\n", connection->turn,
				connection->head);
		connection->left = 0;
		return;
	}
	connection->left = strtoull(length, NULL, 10);
}

/* Takes bytes of the head; returns how many belong to it, all while it is incomplete. */
static size_t take_head(struct load *load, struct loaded *connection, const char *bytes,
			size_t count)
{
	size_t had = connection->head_length, room = LOADED_HEAD_MAX - had;
	char *end;

	if (count > room)
		count = room;
	memcpy(connection->head + had, bytes, count);
	connection->head_length += count;
	connection->head[connection->head_length] = '\0';
	end = strstr(connection->head, "\r\n\r\n");
	if (!end)
		return count;
	connection->state = LOADED_BODY;
	end[2] = '\0';
	head_done(load, connection);
	return end + 4 - (connection->head + had);
}

static void take(struct load *load, struct loaded *connection, const char *bytes, size_t count)
{
	if (connection->state == LOADED_HEAD) {
		size_t head = take_head(load, connection, bytes, count);

		if (connection->state == LOADED_HEAD) {
			if (connection->head_length == LOADED_HEAD_MAX)
				broken(load, connection);
			return;
		}
		count -= head;
	}
	connection->left -= count < connection->left ? count : connection->left;
	if (!connection->left)
		answered(load, connection);
}

void loaded_serve(struct load *load, struct loaded *connection)
{
	static char buffer[256 * 1024];
	ssize_t count;

	if (connection->state == LOADED_CONNECTING) {
		established(load, connection);
		return;
	}
	count = recv(connection->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	if (count < 0 && errno == EAGAIN)
		return;
	if (count <= 0 && connection->state == LOADED_ENDING)
		again(load, connection);
	else if (count <= 0)
		broken(load, connection);
	else if (connection->state != LOADED_ENDING)
		take(load, connection, buffer, count);
}
