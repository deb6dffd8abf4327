// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "user/lib/document.h"

/* Reads until the end of the file, or one byte beyond limit. */
static int read_all(int fd, size_t expected, size_t limit, char **text, size_t *length)
{
	size_t capacity = expected + 1, used = 0;
	char *buffer = malloc(capacity), *grown;
	ssize_t got;

	if (!buffer)
		return -ENOMEM;
	while ((got = read(fd, buffer + used, capacity - used)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int err = -errno;

			free(buffer);
			return err;
		}
		used += (size_t)got;
		if (used > limit)
			break;
		if (used < capacity)
			continue;
		grown = realloc(buffer, capacity * 2);
		if (!grown) {
			free(buffer);
			return -ENOMEM;
		}
		buffer = grown;
		capacity *= 2;
	}
	*text = buffer;
	*length = used;
	return 0;
}

static int read_file(const char *path, char **text, size_t *length)
{
	struct stat status;
	int fd, err;

	/* A named pipe must not block the caller. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status))
		err = -errno;
	else if (!S_ISREG(status.st_mode))
		err = S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
	else if (status.st_size > DOCUMENT_BYTES_MAX)
		err = -EFBIG;
	else
		err = read_all(fd, (size_t)status.st_size, DOCUMENT_BYTES_MAX, text, length);
	close(fd);
	return err;
}

int document_load(const char *path, struct document *document, struct problems *problems)
{
	char *text = NULL;
	size_t length = 0;
	int err;

	err = read_file(path, &text, &length);
	if (err) {
		problems_add(problems, "%s: cannot be read: %s", path, strerror(-err));
		return err;
	}
	err = document_parse(path, text, length, document, problems);
	free(text);
	return err;
}
