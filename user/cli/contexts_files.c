// SPDX-License-Identifier: Apache-2.0
#include "user/cli/contexts_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "user/cli/context_manifest.h"
#include "user/cli/context_object.h"
#include "user/lib/array.h"
#include "user/lib/log.h"
#include "user/lib/manifest.h"

static int compare(const void *a, const void *b)
{
	const struct contexts_file *x = a, *y = b;

	return strcmp(context_object_name(x->object), context_object_name(y->object));
}

static int add(struct contexts_files *files, const char *path, const struct stat *status,
	       const struct context_manifest *manifest)
{
	for (size_t i = 0; i < manifest->count; i++) {
		struct contexts_file *file;
		int error = array_grow(&files->items, &files->capacity, files->count,
				       sizeof(*files->items));

		if (error)
			return error;
		file = &files->items[files->count];
		*file = (struct contexts_file){
			.path = strdup(path),
			.object = json_incref(manifest->items[i].object),
			.line = manifest->items[i].line,
			.alone = manifest->alone,
		};
		snprintf(file->version, sizeof(file->version), "%llx:%llx:%lld.%09ld",
			 (unsigned long long)status->st_ino, (unsigned long long)status->st_size,
			 (long long)status->st_mtim.tv_sec, status->st_mtim.tv_nsec);
		files->count++;
		if (!file->path)
			return -ENOMEM;
	}
	return 0;
}

static int read_file(struct contexts_files *files, const char *path, struct problems *problems)
{
	struct context_manifest manifest = {0};
	struct document document = {0};
	struct stat status;
	int error;

	/* Before it is read: what changes later is another version. */
	if (stat(path, &status)) {
		error = -errno;
		problems_add(problems, "%s: cannot be read: %s", path, strerror(-error));
		return error;
	}
	if (S_ISDIR(status.st_mode))
		return 0;
	error = document_load(path, &document, problems);
	if (!error)
		error = context_manifest_read(path, &document, true, &manifest, problems);
	if (!error)
		error = add(files, path, &status, &manifest);
	context_manifest_clear(&manifest);
	document_clear(&document);
	return error;
}

static int read_all(DIR *open_directory, const char *directory, struct contexts_files *files,
		    struct problems *problems)
{
	const struct dirent *entry;
	int error = 0;

	while ((entry = readdir(open_directory))) {
		char *path;
		int one;

		if (!manifest_is_name(entry->d_name))
			continue;
		if (asprintf(&path, "%s/%s", directory, entry->d_name) < 0)
			return -ENOMEM;
		one = read_file(files, path, problems);
		error = error ? error : one;
		free(path);
	}
	return error;
}

int contexts_files_read(const char *directory, struct contexts_files *files)
{
	DIR *open_directory = opendir(directory);
	struct contexts_files read = {0};
	struct problems problems = {0};
	int error;

	if (!open_directory) {
		error = -errno;
		log_line("%s: cannot be read: %s", directory, strerror(-error));
		return error;
	}
	error = read_all(open_directory, directory, &read, &problems);
	closedir(open_directory);
	for (size_t i = 0; i < problems.count; i++)
		log_line("%s", problems.texts[i]);
	if (error && !problems.count)
		log_line("%s: cannot be read: %s", directory, strerror(-error));
	problems_clear(&problems);
	if (error) {
		contexts_files_clear(&read);
		return error;
	}
	array_sort(read.items, read.count, sizeof(*read.items), compare);
	*files = read;
	return 0;
}

const struct contexts_file *contexts_files_find(const struct contexts_files *files,
						const char *name)
{
	for (size_t i = 0; i < files->count; i++)
		if (!strcmp(context_object_name(files->items[i].object), name))
			return &files->items[i];
	return NULL;
}

void contexts_files_clear(struct contexts_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->items[i].path);
		json_decref(files->items[i].object);
	}
	free(files->items);
	*files = (struct contexts_files){0};
}
