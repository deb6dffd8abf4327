// SPDX-License-Identifier: Apache-2.0
/* Each context is a file of its own, context-NAME.json; those that a person keeps elsewhere are read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "user/cli/context_manifest.h"
#include "user/cli/context_object.h"
#include "user/cli/contexts.h"
#include "user/cli/contexts_files.h"
#include "user/cli/contexts_match.h"
#include "user/lib/log.h"

struct directory {
	struct contexts contexts;
	const char *path;
};

static const char *get_path(const struct contexts *contexts)
{
	return ((const struct directory *)contexts)->path;
}

static int get(struct contexts *contexts, const char *name, json_t **object,
	       char version[CONTEXTS_VERSION_SIZE])
{
	const struct contexts_file *file;
	struct contexts_files files;
	int error;

	error = contexts_files_read(get_path(contexts), &files);
	if (error)
		return error;
	file = contexts_files_find(&files, name);
	if (file) {
		*object = json_incref(file->object);
		strcpy(version, file->version);
	}
	contexts_files_clear(&files);
	return file ? 0 : -ENOENT;
}

static int list(struct contexts *contexts, const struct contexts_filter *filter, json_t **items)
{
	struct contexts_files files;
	json_t *found;
	int error;

	if (filter->state) {
		log_line("--state needs a manager: a manifest does not say whether it is resolved");
		return -EINVAL;
	}
	error = contexts_files_read(get_path(contexts), &files);
	if (error)
		return error;
	found = json_array();
	for (size_t i = 0; i < files.count; i++)
		if (contexts_match(files.items[i].object, filter))
			json_array_append(found, files.items[i].object);
	contexts_files_clear(&files);
	*items = found;
	return 0;
}

/* Writers of this program wait for each other. Returns a descriptor or -errno. */
static int lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;

	if (fd < 0 || flock(fd, LOCK_EX)) {
		error = -errno;
		log_line("%s: cannot be locked: %s", path, strerror(-error));
		if (fd >= 0)
			close(fd);
	}
	return error ? error : fd;
}

static int check(const json_t *object)
{
	struct problems problems = {0};
	char name[80];
	int error;

	snprintf(name, sizeof(name), "context %s", context_object_name(object));
	error = context_manifest_check(name, object, &problems);
	for (size_t i = 0; i < problems.count; i++)
		log_line("%s", problems.texts[i]);
	problems_clear(&problems);
	return error;
}

/* A file that holds more than the context is its owner's to edit. */
static int check_alone(const struct contexts_file *file)
{
	if (file->alone)
		return 0;
	log_line("context %s is at %s:%u, beside other objects; edit that file",
		 context_object_name(file->object), file->path, file->line);
	return -EBUSY;
}

/* A file of this name that does not have the context is somebody's. */
static int write_new(const char *directory, const json_t *object)
{
	char *path;
	int error;

	if (asprintf(&path, "%s/context-%s.json", directory, context_object_name(object)) < 0) {
		log_line("%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	if (access(path, F_OK)) {
		error = contexts_files_write(path, object);
	} else {
		log_line("%s is there already, but does not have context %s; move it away", path,
			 context_object_name(object));
		error = -EEXIST;
	}
	free(path);
	return error;
}

static int write_locked(const char *directory, const json_t *object, const char *version)
{
	const struct contexts_file *file;
	struct contexts_files files;
	int error;

	error = contexts_files_read(directory, &files);
	if (error)
		return error;
	file = contexts_files_find(&files, context_object_name(object));
	if (strcmp(file ? file->version : "", version))
		error = -EAGAIN;
	else if (!file)
		error = write_new(directory, object);
	else
		error = check_alone(file);
	if (!error && file)
		error = contexts_files_write(file->path, object);
	contexts_files_clear(&files);
	return error;
}

static int put(struct contexts *contexts, json_t *object, const char *version,
	       struct contexts_written *written)
{
	int fd, error;

	error = check(object);
	if (error)
		return error;
	fd = lock(get_path(contexts));
	if (fd < 0)
		return fd;
	error = write_locked(get_path(contexts), object, version);
	close(fd);
	if (!error)
		*written = (struct contexts_written){.object = json_incref(object)};
	return error;
}

static int remove_one(struct contexts *contexts, const char *name, struct contexts_written *written)
{
	const struct contexts_file *file;
	struct contexts_files files;
	int fd, error;

	fd = lock(get_path(contexts));
	if (fd < 0)
		return fd;
	error = contexts_files_read(get_path(contexts), &files);
	if (!error) {
		file = contexts_files_find(&files, name);
		error = file ? check_alone(file) : -ENOENT;
		if (!error && unlink(file->path)) {
			error = -errno;
			log_line("%s: cannot be removed: %s", file->path, strerror(-error));
		}
		contexts_files_clear(&files);
	}
	close(fd);
	if (!error)
		*written = (struct contexts_written){0};
	return error;
}

static void close_directory(struct contexts *contexts)
{
	free(contexts);
}

int contexts_open_directory(const char *path, struct contexts **opened)
{
	static const struct contexts_operations operations = {
		.get = get,
		.list = list,
		.put = put,
		.remove = remove_one,
		.close = close_directory,
	};
	struct directory *directory = calloc(1, sizeof(*directory));

	if (!directory) {
		log_line("%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	directory->contexts.operations = &operations;
	directory->path = path;
	*opened = &directory->contexts;
	return 0;
}
