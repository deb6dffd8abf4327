// SPDX-License-Identifier: Apache-2.0
#include "user/agent/cache_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "user/lib/directory.h"

#define CHECKSUM_SIZE 4
#define FILE_MAX ((off_t)1 << 30)

static void encode_checksum(const char *bytes, size_t length, unsigned char text[CHECKSUM_SIZE])
{
	unsigned long sum = crc32_z(0, (const unsigned char *)bytes, length);

	for (int i = 0; i < CHECKSUM_SIZE; i++)
		text[i] = (unsigned char)(sum >> (8 * i));
}

static int append_checksum(struct sync_buffer *buffer)
{
	char *grown = realloc(buffer->bytes, buffer->length + CHECKSUM_SIZE);

	if (!grown)
		return -ENOMEM;
	buffer->bytes = grown;
	buffer->capacity = buffer->length + CHECKSUM_SIZE;
	encode_checksum(grown, buffer->length, (unsigned char *)grown + buffer->length);
	buffer->length += CHECKSUM_SIZE;
	return 0;
}

int cache_file_encode(const struct sync *sync, const char *instance, const struct sync_done *done,
		      struct sync_buffer *buffer)
{
	const struct sync_hello hello = {SYNC_VERSION, instance, 1};
	struct sync_buffer made = {0};
	struct changes changes;
	int error;

	error = mirror_snapshot(&sync->mirror, &changes);
	if (error)
		return error;
	if (sync->has_markers)
		changes.markers = &sync->markers;
	if (sync->has_keys)
		changes.keys = &sync->keys;
	if (sync->policy.given)
		changes.policy = &sync->policy.policy;
	error = sync_encode_hello(&made, &hello);
	if (!error)
		error = sync_encode_generation(&made, &changes, done);
	if (!error)
		error = append_checksum(&made);
	changes_clear(&changes);
	if (error)
		sync_buffer_clear(&made);
	else
		*buffer = made;
	return error;
}

static int write_all(int fd, const struct sync_buffer *buffer)
{
	size_t done = 0;

	while (done < buffer->length) {
		ssize_t written = write(fd, buffer->bytes + done, buffer->length - done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		done += (size_t)written;
	}
	return fsync(fd) ? -errno : 0;
}

int cache_file_write(const char *path, const struct sync_buffer *buffer)
{
	char temporary[PATH_MAX];
	int directory, fd, error;

	if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	directory = directory_open(path);
	if (directory < 0)
		return directory;
	unlink(temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	error = fd < 0 ? -errno : write_all(fd, buffer);
	if (fd >= 0 && close(fd) && !error)
		error = -errno;
	if (!error && rename(temporary, path))
		error = -errno;
	/* The new name is as safe as the bytes only after this. */
	if (!error && fsync(directory))
		error = -errno;
	if (error && fd >= 0)
		unlink(temporary);
	close(directory);
	return error;
}

static int read_bytes(int fd, size_t length, char *bytes)
{
	size_t done = 0;

	while (done < length) {
		ssize_t got = read(fd, bytes + done, length - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return -EIO;
		done += (size_t)got;
	}
	return 0;
}

static int read_file(const char *path, struct sync_buffer *buffer)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;
	struct stat status;

	if (fd < 0)
		return -errno;
	error = fstat(fd, &status) ? -errno : 0;
	if (!error && (!S_ISREG(status.st_mode) || status.st_size > FILE_MAX))
		error = -EFBIG;
	if (!error) {
		buffer->length = (size_t)status.st_size;
		buffer->bytes = malloc(buffer->length + 1);
		error = buffer->bytes ? read_bytes(fd, buffer->length, buffer->bytes) : -ENOMEM;
	}
	close(fd);
	if (error)
		sync_buffer_clear(buffer);
	return error;
}

struct taking {
	cache_file_take take;
	void *argument;
	bool taken;
};

static int on_hello(void *argument, const struct sync_hello *hello)
{
	(void)argument;
	(void)hello;
	return 0;
}

static int on_generation(void *argument, struct changes *changes, const struct sync_done *done)
{
	struct taking *taking = argument;

	if (taking->taken || !changes->snapshot)
		return -EBADMSG;
	taking->taken = true;
	return taking->take(taking->argument, changes, done);
}

static int on_heartbeat(void *argument, uint64_t generation, uint64_t time_ms)
{
	(void)argument;
	(void)generation;
	(void)time_ms;
	return -EBADMSG;
}

static const struct sync_reader_events events = {on_hello, on_generation, on_heartbeat};

static int feed(const struct sync_buffer *buffer, struct taking *taking,
		char problem[SYNC_PROBLEM_SIZE])
{
	struct sync_reader *reader = sync_reader_new(&events, taking);
	int error;

	if (!reader)
		return -ENOMEM;
	error = sync_reader_feed(reader, buffer->bytes, buffer->length - CHECKSUM_SIZE);
	if (!error && !taking->taken)
		error = -EBADMSG;
	if (error == -EBADMSG)
		snprintf(problem, SYNC_PROBLEM_SIZE, "%s",
			 sync_reader_problem(reader)[0] ? sync_reader_problem(reader)
							: "it is not one generation");
	sync_reader_free(reader);
	return error;
}

static bool has_checksum(const struct sync_buffer *buffer)
{
	unsigned char expected[CHECKSUM_SIZE];
	size_t length;

	if (buffer->length <= CHECKSUM_SIZE)
		return false;
	length = buffer->length - CHECKSUM_SIZE;
	encode_checksum(buffer->bytes, length, expected);
	return memcmp(buffer->bytes + length, expected, CHECKSUM_SIZE) == 0;
}

int cache_file_read(const char *path, cache_file_take take, void *argument,
		    char problem[SYNC_PROBLEM_SIZE])
{
	struct taking taking = {.take = take, .argument = argument};
	struct sync_buffer buffer = {0};
	int error;

	error = read_file(path, &buffer);
	if (error)
		return error;
	if (has_checksum(&buffer)) {
		error = feed(&buffer, &taking, problem);
	} else {
		snprintf(problem, SYNC_PROBLEM_SIZE, "its checksum is wrong");
		error = -EBADMSG;
	}
	sync_buffer_clear(&buffer);
	return error;
}
