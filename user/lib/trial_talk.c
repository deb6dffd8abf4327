// SPDX-License-Identifier: Apache-2.0
#include "user/lib/trial_talk.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "user/lib/trial_socket.h"

#define STEP_MS 3000
#define END_MS 500
#define MOVE_MS 5000 /* the switch says within 4 s that an endpoint is silent */
#define PLAIN "GET / HTTP/1.1\r\nhost: shunt\r\n\r\n"
#define ANSWER(server) "HTTP/1.1 200 OK\r\nserver: " server "\r\ncontent-length: 0\r\n\r\n"

struct talk {
	const struct trial_bed *bed;
	const struct trial_order *order;
	struct trial_report *report;
	int client;
	int origin; /* the servers' ends; -1: not there yet */
	int offloaded;
};

static int fail(struct talk *talk, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int fail(struct talk *talk, const char *format, ...)
{
	char *text = talk->report->text;
	va_list arguments;
	int length = snprintf(text, TRIAL_TEXT_SIZE, "IPv%d: ", talk->order->family ? 6 : 4);

	va_start(arguments, format);
	vsnprintf(text + length, TRIAL_TEXT_SIZE - (size_t)length, format, arguments);
	va_end(arguments);
	return -1;
}

/* The server has a request: it answers it, and the client gets that. */
static int answer(struct talk *talk, int server, const char *text, const char *what)
{
	char received[1024];
	int error = trial_socket_receive(server, received, sizeof(received), STEP_MS);

	if (!error)
		error = trial_socket_send(server, text);
	if (error)
		return fail(talk, "%s did not reach its server whole: %s", what, strerror(-error));
	error = trial_socket_receive(talk->client, received, sizeof(received), STEP_MS);
	if (error)
		return fail(talk, "the answer to %s did not reach the client: %s", what,
			    strerror(-error));
	if (strcmp(received, text) != 0)
		return fail(talk, "the answer to %s is not what its server sent", what);
	return 0;
}

static int begin(struct talk *talk)
{
	unsigned int family = talk->order->family;
	int error;

	talk->client = trial_socket_connect((int)family, trial_origin[family], TRIAL_ORIGIN_PORT,
					    STEP_MS, &talk->report->port);
	if (talk->client < 0)
		return fail(talk, "cannot connect to the origin: %s", strerror(-talk->client));
	talk->origin = trial_socket_accept(talk->bed->origin[family], STEP_MS);
	if (talk->origin < 0)
		return fail(talk, "the origin gets no connection: %s", strerror(-talk->origin));
	error = trial_socket_send(talk->client, PLAIN);
	if (error)
		return fail(talk, "cannot send: %s", strerror(-error));
	return answer(talk, talk->origin, ANSWER("origin"), "an ordinary request");
}

/* What the client was told in place of an answer: the first line, and the field that says why. */
static int tell_answer(struct talk *talk)
{
	char received[1024], *line, *field = NULL;
	int error = trial_socket_receive(talk->client, received, sizeof(received), STEP_MS);

	if (error)
		return fail(talk, "the marked request's connection was ended: %s",
			    strerror(-error));
	line = strtok_r(received, "\r\n", &field);
	field = field ? strstr(field, "x-shunt: ") : NULL;
	if (field)
		field[strcspn(field, "\r\n")] = '\0';
	return fail(talk, "a marked request was answered with '%s' (%s)", line ? line : "",
		    field ? field : "not by Shunt");
}

/* Who hears of a request first. -1: nobody in time. */
static int wait_for_one(const int sockets[3])
{
	struct pollfd waited[3];
	int ready;

	for (int i = 0; i < 3; i++)
		waited[i] = (struct pollfd){.fd = sockets[i], .events = POLLIN};
	do
		ready = poll(waited, 3, MOVE_MS);
	while (ready < 0 && errno == EINTR);
	for (int i = 0; ready > 0 && i < 3; i++)
		if (waited[i].revents)
			return i;
	return -1;
}

static int move(struct talk *talk)
{
	int listener = talk->bed->offloaded[talk->order->family];
	const int sockets[] = {listener, talk->origin, talk->client};
	int error = trial_socket_send(talk->client, talk->order->marked);

	if (error)
		return fail(talk, "cannot send: %s", strerror(-error));
	switch (wait_for_one(sockets)) {
	case 0:
		talk->offloaded = trial_socket_accept(listener, STEP_MS);
		if (talk->offloaded < 0)
			return fail(talk, "the offloaded server gets no connection: %s",
				    strerror(-talk->offloaded));
		return answer(talk, talk->offloaded, ANSWER("offloaded"), "a marked request");
	case 1:
		return fail(talk, "a marked request was not moved: it went to its origin");
	case 2:
		return tell_answer(talk);
	default:
		return fail(talk, "a marked request reached nobody");
	}
}

static int move_back(struct talk *talk)
{
	const int sockets[] = {talk->offloaded, talk->origin, talk->client};
	int error = trial_socket_send(talk->client, PLAIN);

	if (error)
		return fail(talk, "cannot send: %s", strerror(-error));
	switch (wait_for_one(sockets)) {
	case 0:
		return fail(talk, "an ordinary request behind a moved one went to the offloaded "
				  "server");
	case 1:
		return answer(talk, talk->origin, ANSWER("origin"),
			      "an ordinary request behind a moved one");
	case 2:
		return tell_answer(talk);
	default:
		return fail(talk, "an ordinary request behind a moved one reached nobody");
	}
}

/* Waits until the server's end of a connection, if there is one, hears that the client has ended its own. */
static void end_server(int socket)
{
	char rest[256];

	if (socket < 0)
		return;
	trial_socket_receive(socket, rest, sizeof(rest), END_MS);
	close(socket);
}

/* In order: packets that are under way when the link goes with the process could not be sent. */
static void end(const struct talk *talk)
{
	if (talk->client >= 0)
		close(talk->client);
	end_server(talk->offloaded);
	end_server(talk->origin);
}

void trial_talk(const struct trial_bed *bed, const struct trial_order *order,
		struct trial_report *report)
{
	struct talk talk = {bed, order, report, -1, -1, -1};

	*report = (struct trial_report){0};
	report->passed = !begin(&talk) && !move(&talk) && !move_back(&talk);
	end(&talk);
}
