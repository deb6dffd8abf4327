// SPDX-License-Identifier: Apache-2.0
#include "user/lib/pins.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>

#define PROGRAMS "programs"
#define ATTACHMENTS "attachments"
#define UPLINKS "uplinks"
#define TRACER "tracer"

/* A dot, the usual mark of a temporary name, is not allowed in a BPF file system. */
#define NEW_SUFFIX "-new"

const char *const pins_map_names[PINS_MAP_COUNT] = {
#define X(NAME, name) [PINS_##NAME] = #name,
	PINS_MAPS(X)
#undef X
};

const char *const pins_program_names[PINS_PROGRAM_COUNT] = {
#define X(NAME, name) [PINS_##NAME] = #name,
	PINS_PROGRAMS(X)
#undef X
};

const enum pins_program pins_cgroup_programs[PINS_CGROUP_PROGRAM_COUNT] = {
	PINS_WATCH, PINS_CONNECT4, PINS_CONNECT6, PINS_GETPEERNAME4, PINS_GETPEERNAME6,
};

static const char *const directories[] = {PROGRAMS, ATTACHMENTS, UPLINKS, TRACER};
#define DIRECTORY_COUNT (sizeof(directories) / sizeof(directories[0]))

static int join(char *path, size_t size, const char *directory, const char *name)
{
	int length = snprintf(path, size, "%s/%s", directory, name);

	return length >= 0 && (size_t)length < size ? 0 : -ENAMETOOLONG;
}

int pins_map_path(const char *directory, enum pins_map map, char *path, size_t size)
{
	return join(path, size, directory, pins_map_names[map]);
}

int pins_program_path(const char *directory, enum pins_program program, char *path, size_t size)
{
	char name[64];

	snprintf(name, sizeof(name), PROGRAMS "/%s", pins_program_names[program]);
	return join(path, size, directory, name);
}

int pins_cgroup_link_path(const char *directory, enum pins_program program, char *path, size_t size)
{
	char name[64];

	snprintf(name, sizeof(name), ATTACHMENTS "/%s", pins_program_names[program]);
	return join(path, size, directory, name);
}

int pins_programs_path(const char *directory, char *path, size_t size)
{
	return join(path, size, directory, PROGRAMS);
}

int pins_uplinks_path(const char *directory, char *path, size_t size)
{
	return join(path, size, directory, UPLINKS);
}

int pins_uplink_path(const char *directory, int ifindex, char *path, size_t size)
{
	char name[64];

	snprintf(name, sizeof(name), UPLINKS "/%d", ifindex);
	return join(path, size, directory, name);
}

int pins_tracer_path(const char *directory, char *path, size_t size)
{
	return join(path, size, directory, TRACER);
}

int pins_make_directories(const char *directory)
{
	char path[PATH_MAX];
	int error;

	for (size_t i = 0; i < DIRECTORY_COUNT; i++) {
		error = join(path, sizeof(path), directory, directories[i]);
		if (error)
			return error;
		if (mkdir(path, 0700) && errno != EEXIST)
			return -errno;
	}
	return 0;
}

int pins_replace(int fd, const char *path)
{
	char temporary[PATH_MAX];
	int error;

	if (snprintf(temporary, sizeof(temporary), "%s" NEW_SUFFIX, path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	if (unlink(temporary) && errno != ENOENT)
		return -errno;
	error = bpf_obj_pin(fd, temporary);
	if (!error && rename(temporary, path)) {
		error = -errno;
		unlink(temporary);
	}
	return error;
}

/* Counts what there was to remove; that there was nothing is no error. */
static int unpin(const char *path, unsigned int *count)
{
	char temporary[PATH_MAX];

	if (snprintf(temporary, sizeof(temporary), "%s" NEW_SUFFIX, path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	if (unlink(temporary) && errno != ENOENT)
		return -errno;
	if (unlink(path) == 0)
		++*count;
	else if (errno != ENOENT)
		return -errno;
	return 0;
}

static int unpin_all(const char *directory, unsigned int *count)
{
	char path[PATH_MAX];
	int error = 0;

	for (unsigned int i = 0; !error && i < PINS_CGROUP_PROGRAM_COUNT; i++) {
		error = pins_cgroup_link_path(directory, pins_cgroup_programs[i], path,
					      sizeof(path));
		if (!error)
			error = unpin(path, count);
	}
	for (unsigned int i = 0; !error && i < PINS_PROGRAM_COUNT; i++) {
		error = pins_program_path(directory, i, path, sizeof(path));
		if (!error)
			error = unpin(path, count);
	}
	for (unsigned int i = 0; !error && i < PINS_MAP_COUNT; i++) {
		error = pins_map_path(directory, i, path, sizeof(path));
		if (!error)
			error = unpin(path, count);
	}
	return error;
}

int pins_remove(const char *directory, unsigned int *count)
{
	char path[PATH_MAX];
	int error;

	*count = 0;
	error = unpin_all(directory, count);
	for (size_t i = 0; !error && i < DIRECTORY_COUNT; i++) {
		error = join(path, sizeof(path), directory, directories[i]);
		if (!error && rmdir(path) && errno != ENOENT)
			error = -errno;
	}
	if (!error && rmdir(directory) && errno != ENOENT)
		error = -errno;
	return error;
}
