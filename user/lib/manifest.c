// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "user/lib/manifest.h"

bool manifest_is_name(const char *name)
{
	static const char *const endings[] = {".yaml", ".yml", ".json"};
	size_t length = strlen(name);

	/* Hidden files: Kubernetes' ..data, vim's .x.swp, emacs' lock .#x. Emacs' #x# and x~ end so. */
	if (name[0] == '.' || name[0] == '#')
		return false;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t ending = strlen(endings[i]);

		if (length > ending && !strcmp(name + length - ending, endings[i]))
			return true;
	}
	return false;
}

static int is_manifest(const struct dirent *entry)
{
	return manifest_is_name(entry->d_name);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int manifest_load_file(const char *path, struct object_set *set, struct problems *problems)
{
	struct document document = {0};
	int err;

	err = document_load(path, &document, problems);
	if (err)
		return err;
	for (size_t i = 0; i < document.root_count; i++) {
		int root_err = object_set_add(set, &document.roots[i], path, problems);

		err = root_err ? root_err : err;
		if (err == -ENOMEM)
			break;
	}
	document_clear(&document);
	return err;
}

/* Goes on after a problem, so that all are listed. */
static int load_entry(const char *directory, const char *name, struct object_set *set,
		      struct problems *problems)
{
	struct stat status;
	char *path;
	int err;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		return -ENOMEM;
	if (!stat(path, &status) && S_ISDIR(status.st_mode))
		err = 0;
	else
		err = manifest_load_file(path, set, problems);
	free(path);
	return err;
}

int manifest_list(const char *directory, struct dirent ***entries, struct problems *problems)
{
	int count = scandir(directory, entries, is_manifest, compare_names);

	if (count >= 0)
		return count;
	count = -errno;
	problems_add(problems, "%s: cannot be read: %s", directory, strerror(-count));
	return count;
}

int manifest_load(const char *directory, struct object_set *set, struct problems *problems)
{
	struct object_set loaded = {0};
	struct dirent **entries;
	int count, err = 0;

	count = manifest_list(directory, &entries, problems);
	if (count < 0)
		return count;
	for (int i = 0; i < count; i++) {
		int entry_err = 0;

		if (err != -ENOMEM)
			entry_err = load_entry(directory, entries[i]->d_name, &loaded, problems);
		if (entry_err)
			err = entry_err == -ENOMEM ? -ENOMEM : -EINVAL;
		free(entries[i]);
	}
	free(entries);
	if (err != -ENOMEM && object_set_finish(&loaded, problems))
		err = -EINVAL;
	if (err)
		object_set_clear(&loaded);
	else
		*set = loaded;
	return err;
}
