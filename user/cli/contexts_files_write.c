// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "user/cli/contexts_files.h"
#include "user/lib/log.h"

#define MODE 0644 /* the agent may run as another user */

/* The first bytes hide it from readers of the directory until it is renamed. */
static char *make_hidden(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *hidden;

	return asprintf(&hidden, "%.*s/.%s.XXXXXX", (int)(slash - path), path, slash + 1) < 0
		       ? NULL
		       : hidden;
}

static int fill(int fd, const char *text)
{
	size_t length = strlen(text);

	while (length) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text += written;
		length -= (size_t)written;
	}
	return fchmod(fd, MODE) || fsync(fd) ? -errno : 0;
}

static int replace(const char *path, char *hidden, const char *text)
{
	int fd = mkostemp(hidden, O_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	error = fill(fd, text);
	if (close(fd) && !error)
		error = -errno;
	if (!error && rename(hidden, path))
		error = -errno;
	if (error)
		unlink(hidden);
	return error;
}

int contexts_files_write(const char *path, const json_t *object)
{
	char *body = json_dumps(object, JSON_INDENT(2)), *text = NULL, *hidden = make_hidden(path);
	int error = -ENOMEM;

	if (body && hidden && asprintf(&text, "%s\n", body) >= 0)
		error = replace(path, hidden, text);
	if (error)
		log_line("%s: cannot be written: %s", path, strerror(-error));
	free(body);
	free(text);
	free(hidden);
	return error;
}
