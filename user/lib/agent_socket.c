// SPDX-License-Identifier: Apache-2.0
#include "user/lib/agent_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

int agent_socket_path(const char *bpffs, char path[AGENT_SOCKET_PATH_SIZE])
{
	size_t end = strlen(bpffs), start;
	int length;

	while (end && bpffs[end - 1] == '/')
		end--;
	for (start = end; start && bpffs[start - 1] != '/'; start--)
		;
	length = snprintf(path, AGENT_SOCKET_PATH_SIZE, AGENT_SOCKET_DIRECTORY "/%.*s.sock",
			  (int)(end - start), bpffs + start);
	return length > 0 && length < AGENT_SOCKET_PATH_SIZE ? 0 : -ENAMETOOLONG;
}

static int open_socket(const char *path, struct sockaddr_un *address, int *fd)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	strcpy(address->sun_path, path);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return *fd < 0 ? -errno : 0;
}

int agent_socket_connect(const char *path, int *fd)
{
	struct sockaddr_un address;
	int opened, error;

	error = open_socket(path, &address, &opened);
	if (error)
		return error;
	if (connect(opened, (struct sockaddr *)&address, sizeof(address))) {
		error = -errno;
		close(opened);
		return error;
	}
	*fd = opened;
	return 0;
}

static int make_directory(const char *path)
{
	char directory[AGENT_SOCKET_PATH_SIZE];
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return 0;
	snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path), path);
	return mkdir(directory, 0700) && errno != EEXIST ? -errno : 0;
}

/* A socket of an agent that is gone refuses, and is in the way. */
static int remove_old(const char *path)
{
	int fd = -1, error = agent_socket_connect(path, &fd);

	if (fd >= 0) {
		close(fd);
		return -EADDRINUSE;
	}
	if (error == -ECONNREFUSED && unlink(path))
		return -errno;
	return 0;
}

int agent_socket_listen(const char *path, int *fd)
{
	struct sockaddr_un address;
	int opened, error;
	mode_t mask;

	error = make_directory(path);
	if (!error)
		error = remove_old(path);
	if (!error)
		error = open_socket(path, &address, &opened);
	if (error)
		return error;
	/* From its first moment on it is for root only. */
	mask = umask(0177);
	if (bind(opened, (struct sockaddr *)&address, sizeof(address)) || listen(opened, BACKLOG))
		error = -errno;
	umask(mask);
	if (error)
		close(opened);
	else
		*fd = opened;
	return error;
}
