// SPDX-License-Identifier: Apache-2.0
/* The file that a root is kept in. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include "user/lib/directory.h"
#include "user/lib/keys.h"

#define DIGITS (2 * KEYS_ROOT_SIZE)

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse(const char *text, size_t length, struct keys *keys)
{
	struct keys parsed;

	if (length == DIGITS + 1 && text[DIGITS] == '\n')
		length--;
	if (length != DIGITS)
		return -EINVAL;
	for (size_t i = 0; i < KEYS_ROOT_SIZE; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		parsed.root[i] = (__u8)(high << 4 | low);
	}
	*keys = parsed;
	keys_forget(&parsed);
	return 0;
}

/*
 * Kubernetes gives a Secret to a container that is not root as root's file that a group may read,
 * which is that container's own; whoever owns a file needs no group.
 */
static bool is_private(const struct stat *status)
{
	mode_t others = status->st_mode & (S_IRWXG | S_IRWXO);

	if (!status->st_uid && geteuid())
		others &= ~(mode_t)S_IRGRP;
	return !others;
}

static int check(const char *path, const struct stat *status, struct problems *problems)
{
	if (!S_ISREG(status->st_mode)) {
		problems_add(problems, "%s: is not a file", path);
		return -EINVAL;
	}
	if (!is_private(status)) {
		problems_add(problems,
			     "%s: others than its owner may read or write it; chmod 600 it", path);
		return -EPERM;
	}
	return 0;
}

/* Reads up to size bytes, the end of the file included. */
static ssize_t read_text(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t got = 1;

	while (length < size && got) {
		got = read(fd, text + length, size - length);
		if (got < 0 && errno != EINTR)
			return -errno;
		length += got > 0 ? (size_t)got : 0;
	}
	return (ssize_t)length;
}

/* -ENOENT without a problem. */
static int read_file(const char *path, struct keys *keys, struct problems *problems)
{
	/* What is no file, such as a FIFO, is not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), error;
	char text[DIGITS + 2];
	struct stat status;
	ssize_t length = 0;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 || fstat(fd, &status)) {
		error = -errno;
		problems_add(problems, "%s: %s", path, strerror(-error));
		goto out;
	}
	error = check(path, &status, problems);
	if (error)
		goto out;
	length = read_text(fd, text, sizeof(text));
	error = length < 0 ? (int)length : parse(text, (size_t)length, keys);
	explicit_bzero(text, sizeof(text));
	if (error == -EINVAL)
		problems_add(problems,
			     "%s: has to hold %d hexadecimal digits, as openssl rand -hex %d "
			     "prints them",
			     path, DIGITS, KEYS_ROOT_SIZE);
	else if (error)
		problems_add(problems, "%s: %s", path, strerror(-error));
out:
	if (fd >= 0)
		close(fd);
	return error;
}

static int write_root(int fd, const struct keys *keys)
{
	char text[DIGITS + 2];
	ssize_t written;
	int error = 0;

	for (size_t i = 0; i < KEYS_ROOT_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", keys->root[i]);
	text[DIGITS] = '\n';
	written = write(fd, text, DIGITS + 1);
	if (written < 0)
		error = -errno;
	else if (written != DIGITS + 1)
		error = -ENOSPC;
	explicit_bzero(text, sizeof(text));
	return error;
}

static int write_new(int fd)
{
	struct keys keys;
	int error = keys_make(&keys);

	if (!error)
		error = write_root(fd, &keys);
	if (!error && (fchmod(fd, 0600) || fsync(fd)))
		error = -errno;
	keys_forget(&keys);
	return error;
}

/* Whoever links it first has made it; a file of this name is always whole. */
static int make_file(const char *path)
{
	char temporary[PATH_MAX];
	int directory, fd, error;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	directory = directory_open(path);
	if (directory < 0)
		return directory;
	fd = mkostemp(temporary, O_CLOEXEC);
	error = fd < 0 ? -errno : write_new(fd);
	if (fd >= 0 && close(fd) && !error)
		error = -errno;
	if (!error && link(temporary, path) && errno != EEXIST)
		error = -errno;
	if (fd >= 0)
		unlink(temporary);
	/* Markers that were signed have to outlast a loss of power. */
	if (!error && fsync(directory))
		error = -errno;
	close(directory);
	return error;
}

int keys_load(const char *path, struct keys *keys, struct problems *problems)
{
	int error = read_file(path, keys, problems);

	if (error != -ENOENT)
		return error;
	error = make_file(path);
	if (error) {
		problems_add(problems, "%s: is missing and cannot be made: %s", path,
			     strerror(-error));
		return error;
	}
	error = read_file(path, keys, problems);
	if (error == -ENOENT)
		problems_add(problems, "%s: %s", path, strerror(-error));
	return error;
}
