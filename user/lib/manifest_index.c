// SPDX-License-Identifier: Apache-2.0
#include "user/lib/manifest_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"

/* The contexts that the changed files hold now. */
struct added {
	struct manifest_entry *items;
	size_t count;
	size_t capacity;
};

static int compare_entries(const void *a, const void *b)
{
	const struct manifest_entry *x = a, *y = b;

	return object_context_compare(x->context, y->context);
}

static int compare_name(const void *key, const void *item)
{
	const struct manifest_entry *entry = item;

	return strcmp(key, entry->context->meta.name);
}

static size_t find_index(const struct manifest_index *index, const char *name)
{
	return array_lower_bound(name, index->entries, index->count, sizeof(*index->entries),
				 compare_name);
}

struct manifest_entry *manifest_index_find(const struct manifest_index *index, const char *name)
{
	size_t i = find_index(index, name);

	return i < index->count && !compare_name(name, &index->entries[i]) ? &index->entries[i]
									   : NULL;
}

static int add_file(struct added *added, const struct manifest_file *file)
{
	int err = 0;

	for (size_t i = 0; !err && file->latest && i < file->latest->context_count; i++) {
		err = array_grow(&added->items, &added->capacity, added->count,
				 sizeof(*added->items));
		if (!err)
			added->items[added->count++] = (struct manifest_entry){
				.context = file->latest->contexts[i], .file = file};
	}
	return err;
}

static int find_added(const struct manifest_files *files, struct added *added)
{
	int err = 0;

	for (size_t i = 0; !err && i < files->count; i++)
		if (manifest_file_has_changed(files->items[i]))
			err = add_file(added, files->items[i]);
	array_sort(added->items, added->count, sizeof(*added->items), compare_entries);
	return err;
}

/* Copies those of the entries from first to end whose files have not changed. */
static void keep(const struct manifest_index *index, size_t first, size_t end,
		 struct manifest_index *next)
{
	for (size_t i = first; i < end; i++)
		if (!manifest_file_has_changed(index->entries[i].file))
			next->entries[next->count++] = index->entries[i];
}

/* Finds the place of each that is added; what is between is not compared. */
static int merge(const struct manifest_index *index, const struct added *added,
		 struct manifest_index *next)
{
	size_t done = 0;

	next->entries = calloc(index->count + added->count + 1, sizeof(*next->entries));
	if (!next->entries)
		return -ENOMEM;
	for (size_t i = 0; i < added->count; i++) {
		size_t place = find_index(index, added->items[i].context->meta.name);

		keep(index, done, place, next);
		done = place;
		next->entries[next->count++] = added->items[i];
	}
	keep(index, done, index->count, next);
	return 0;
}

static bool is_double(const struct manifest_index *index, size_t i)
{
	return strcmp(index->entries[i - 1].context->meta.name,
		      index->entries[i].context->meta.name) == 0;
}

/* A double is beside one that was added. */
static bool has_doubles(const struct manifest_index *next, const struct added *added)
{
	for (size_t i = 0; i < added->count; i++) {
		size_t place = find_index(next, added->items[i].context->meta.name);

		if (place + 1 < next->count && is_double(next, place + 1))
			return true;
	}
	return false;
}

static int refuse_doubles(struct manifest_index *next, struct problems *problems)
{
	array_sort(next->entries, next->count, sizeof(*next->entries), compare_entries);
	for (size_t i = 1; i < next->count; i++)
		if (is_double(next, i))
			object_context_refuse_double(next->entries[i - 1].context,
						     next->entries[i].context, problems);
	return -EINVAL;
}

static int make_entries(const struct manifest_index *index, const struct manifest_files *files,
			struct manifest_index *next, struct problems *problems)
{
	struct added added = {0};
	int err;

	err = find_added(files, &added);
	if (!err)
		err = merge(index, &added, next);
	if (!err && has_doubles(next, &added))
		err = refuse_doubles(next, problems);
	free(added.items);
	return err;
}

static bool has_cluster_changed(const struct manifest_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct manifest_file *file = files->items[i];

		if (manifest_file_has_changed(file) &&
		    (manifest_content_has_cluster(file->accepted) ||
		     manifest_content_has_cluster(file->latest)))
			return true;
	}
	return false;
}

static int make_cluster(const struct manifest_files *files, struct object_set **cluster,
			struct problems *problems)
{
	struct object_set *made = calloc(1, sizeof(*made));
	int err = made ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < files->count; i++)
		if (files->items[i]->latest)
			err = object_set_refer(made, &files->items[i]->latest->cluster);
	if (!err)
		err = object_set_finish(made, problems);
	*cluster = made;
	return err;
}

int manifest_index_next(const struct manifest_index *index, const struct manifest_files *files,
			struct manifest_index *next, struct problems *problems)
{
	struct manifest_index made = {0};
	int err = 0, context_err = 0;

	/* An empty directory has a cluster too: an empty one. */
	if (!index->cluster || has_cluster_changed(files))
		err = make_cluster(files, &made.cluster, problems);
	if (err != -ENOMEM)
		context_err = make_entries(index, files, &made, problems);
	err = context_err ? context_err : err;
	if (err)
		manifest_index_clear(&made);
	else
		*next = made;
	return err;
}

void manifest_index_replace(struct manifest_index *index, struct manifest_index *next)
{
	if (!next->cluster) {
		next->cluster = index->cluster;
		index->cluster = NULL;
	}
	manifest_index_clear(index);
	*index = *next;
	*next = (struct manifest_index){0};
}

void manifest_index_clear(struct manifest_index *index)
{
	object_set_clear(index->cluster);
	free(index->cluster);
	free(index->entries);
	*index = (struct manifest_index){0};
}
