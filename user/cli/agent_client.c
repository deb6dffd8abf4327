// SPDX-License-Identifier: Apache-2.0
#include "user/cli/agent_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "user/lib/agent_socket.h"

#define PAUSE_MS 250 /* how often on_line() is asked whether to go on */
#define ANSWER_MAX (64 * 1024) /* bytes of a line */
#define REQUEST_MAX 2048

struct answer {
	agent_client_line on_line;
	void *argument;
	char text[ANSWER_MAX];
	size_t length; /* of what is not taken yet */
	bool body; /* the head is over */
	int status; /* -EAGAIN: not known yet */
};

static int connect_agent(const char *bpffs, int *fd)
{
	char path[AGENT_SOCKET_PATH_SIZE];
	int error = agent_socket_path(bpffs, path);

	if (!error)
		error = agent_socket_connect(path, fd);
	return error == -ECONNREFUSED ? -ENOENT : error;
}

static int send_request(int fd, const char *path)
{
	char request[REQUEST_MAX];
	int length = snprintf(request, sizeof(request),
			      "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", path);

	if (length < 0 || (size_t)length >= sizeof(request))
		return -E2BIG;
	return write(fd, request, (size_t)length) == length ? 0 : -EPIPE;
}

static int take_status(const char *line)
{
	if (strncmp(line, "HTTP/1.", 7) != 0 || strlen(line) < 12)
		return -EPROTO;
	if (strncmp(line + 9, "503", 3) == 0)
		return -EBUSY;
	return strncmp(line + 9, "200", 3) == 0 ? 0 : -EPROTO;
}

static int take_line(struct answer *answer, char *line)
{
	size_t length = strlen(line);
	json_t *object;
	int result;

	if (answer->body) {
		object = length ? json_loads(line, 0, NULL) : NULL;
		result = object ? answer->on_line(answer->argument, object) : length ? -EPROTO : 0;
		json_decref(object);
		return result;
	}
	if (answer->status == -EAGAIN) {
		answer->status = take_status(line);
		return answer->status;
	}
	answer->body = !length || strcmp(line, "\r") == 0;
	return 0;
}

/* Takes the lines that are there; at the end of the answer the last one too. */
static int take(struct answer *answer, bool is_end)
{
	char *line = answer->text, *end;
	int result = 0;

	while (!result &&
	       (end = memchr(line, '\n', answer->length - (size_t)(line - answer->text)))) {
		*end = 0;
		result = take_line(answer, line);
		line = end + 1;
	}
	answer->length -= (size_t)(line - answer->text);
	memmove(answer->text, line, answer->length);
	if (result || !is_end || !answer->length)
		return result;
	answer->text[answer->length] = 0;
	return take_line(answer, answer->text);
}

static int receive(struct answer *answer, int fd)
{
	struct pollfd source = {.fd = fd, .events = POLLIN};
	ssize_t length;
	int result;

	for (;;) {
		result = answer->on_line(answer->argument, NULL);
		if (result)
			return result;
		if (poll(&source, 1, PAUSE_MS) <= 0)
			continue;
		length = read(fd, answer->text + answer->length, ANSWER_MAX - 1 - answer->length);
		if (length < 0)
			return -errno;
		answer->length += (size_t)length;
		result = take(answer, length == 0);
		if (result || length == 0)
			return result ? result : answer->body ? 0 : -EPROTO;
		if (answer->length == ANSWER_MAX - 1)
			return -EPROTO;
	}
}

int agent_client_get(const char *bpffs, const char *path, agent_client_line on_line, void *argument)
{
	struct answer *answer;
	int error, fd;

	error = connect_agent(bpffs, &fd);
	if (error)
		return error;
	answer = calloc(1, sizeof(*answer));
	if (!answer) {
		close(fd);
		return -ENOMEM;
	}
	*answer = (struct answer){.on_line = on_line, .argument = argument, .status = -EAGAIN};
	error = send_request(fd, path);
	if (!error)
		error = receive(answer, fd);
	close(fd);
	free(answer);
	return error;
}
