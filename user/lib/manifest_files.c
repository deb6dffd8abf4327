// SPDX-License-Identifier: Apache-2.0
#include "user/lib/manifest_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "user/lib/array.h"
#include "user/lib/manifest.h"
#include "user/lib/manifest_content.h"

static int compare_name(const void *key, const void *item)
{
	return strcmp(key, (*(struct manifest_file *const *)item)->name);
}

/* The file of this name, or NULL; *index is where it is, or would be. */
static struct manifest_file *find_file(const struct manifest_files *files, const char *name,
				       size_t *index)
{
	*index = array_lower_bound(name, files->items, files->count, sizeof(struct manifest_file *),
				   compare_name);
	if (*index == files->count || strcmp(files->items[*index]->name, name) != 0)
		return NULL;
	return files->items[*index];
}

static struct manifest_file *find_or_add(struct manifest_files *files, const char *name)
{
	struct manifest_file *file, **at;
	size_t index;

	file = find_file(files, name, &index);
	if (file)
		return file;
	if (array_grow(&files->items, &files->capacity, files->count,
		       sizeof(struct manifest_file *)))
		return NULL;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->name = strdup(name);
	if (!file->name) {
		free(file);
		return NULL;
	}
	at = &files->items[index];
	memmove(at + 1, at, (files->count - index) * sizeof(struct manifest_file *));
	*at = file;
	files->count++;
	return file;
}

static void forget_latest(struct manifest_file *file)
{
	if (file->latest != file->accepted)
		manifest_content_free(file->latest);
	file->latest = NULL;
	file->refused = false;
}

/* Reads the file, which is there or was a moment ago. */
static int read_file(const struct manifest_files *files, struct manifest_file *file,
		     struct problems *problems)
{
	struct stat status = {0};
	char *path;
	int err = 0;

	if (asprintf(&path, "%s/%s", files->directory, file->name) < 0)
		return -ENOMEM;
	forget_latest(file);
	if (stat(path, &status) || !S_ISDIR(status.st_mode))
		err = manifest_content_read(path, (size_t)status.st_size, &file->latest, problems);
	file->refused = err != 0;
	free(path);
	return err;
}

static bool is_there(const struct manifest_files *files, const char *name)
{
	struct stat status;
	char *path;
	bool there;

	if (asprintf(&path, "%s/%s", files->directory, name) < 0)
		return true;
	there = lstat(path, &status) == 0 || errno != ENOENT;
	free(path);
	return there;
}

/* In the files' order, so that problems are told in it; goes on after one, so that all are. */
static int read_marked(struct manifest_files *files, struct problems *problems)
{
	int err = 0;

	for (size_t i = 0; i < files->count && err != -ENOMEM; i++) {
		struct manifest_file *file = files->items[i];
		int file_err = 0;

		if (file->seen || file->refused) {
			if (is_there(files, file->name))
				file_err = read_file(files, file, problems);
			else
				forget_latest(file);
		}
		if (file_err)
			err = file_err == -ENOMEM ? -ENOMEM : -EINVAL;
	}
	return err;
}

static int read_names(struct manifest_files *files, char *const *names, size_t count,
		      struct problems *problems)
{
	for (size_t i = 0; i < files->count; i++)
		files->items[i]->seen = false;
	for (size_t i = 0; i < count; i++) {
		struct manifest_file *file = find_or_add(files, names[i]);

		if (!file)
			return -ENOMEM;
		file->seen = true;
	}
	return read_marked(files, problems);
}

/* What is not in the directory any more is read too, and found not to be there. */
static int read_all(struct manifest_files *files, struct problems *problems)
{
	struct dirent **entries;
	int count, err = 0;

	count = manifest_list(files->directory, &entries, problems);
	if (count < 0)
		return count;
	for (int i = 0; i < count; i++) {
		if (!err && !find_or_add(files, entries[i]->d_name))
			err = -ENOMEM;
		free(entries[i]);
	}
	free(entries);
	for (size_t i = 0; i < files->count; i++)
		files->items[i]->seen = true;
	return err ? err : read_marked(files, problems);
}

int manifest_files_read(struct manifest_files *files, char *const *names, size_t count,
			struct problems *problems)
{
	int err = names && !files->unread ? read_names(files, names, count, problems)
					  : read_all(files, problems);

	files->unread = err && err != -EINVAL;
	return err;
}

static void free_file(struct manifest_file *file)
{
	if (file->accepted != file->latest)
		manifest_content_free(file->accepted);
	manifest_content_free(file->latest);
	free(file->name);
	free(file);
}

void manifest_files_accept(struct manifest_files *files)
{
	size_t kept = 0;

	for (size_t i = 0; i < files->count; i++) {
		struct manifest_file *file = files->items[i];

		if (manifest_file_has_changed(file)) {
			manifest_content_free(file->accepted);
			file->accepted = file->latest;
		}
		if (file->latest)
			files->items[kept++] = file;
		else
			free_file(file);
	}
	files->count = kept;
}

void manifest_files_clear(struct manifest_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free_file(files->items[i]);
	free(files->items);
	*files = (struct manifest_files){.directory = files->directory};
}
