// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/manager/catalog_state.h"

const struct catalog_entry *catalog_entry_of(const struct catalog_context *about)
{
	return (const void *)((const char *)about - offsetof(struct catalog_entry, about));
}

static int compare_name(const void *key, const void *item)
{
	const struct catalog_entry *const *entry = item;

	return strcmp(key, (*entry)->name);
}

size_t catalog_entry_index(const struct catalog *catalog, const char *name)
{
	return array_lower_bound(name, catalog->entries, catalog->entry_count,
				 sizeof(struct catalog_entry *), compare_name);
}

struct catalog_entry *catalog_entry_find(const struct catalog *catalog, const char *name)
{
	size_t i = catalog_entry_index(catalog, name);

	if (i == catalog->entry_count || strcmp(catalog->entries[i]->name, name) != 0)
		return NULL;
	return catalog->entries[i];
}

int catalog_entry_add(struct catalog *catalog, const char *name, struct catalog_entry **entry)
{
	struct catalog_entry *added = calloc(1, sizeof(*added) + strlen(name) + 1);
	size_t i = catalog_entry_index(catalog, name);
	size_t size = sizeof(struct catalog_entry *);

	if (!added)
		return -ENOMEM;
	strcpy(added->name, name);
	if (array_grow(&catalog->entries, &catalog->entry_capacity, catalog->entry_count, size)) {
		catalog_entry_free(added);
		return -ENOMEM;
	}
	memmove(catalog->entries + i + 1, catalog->entries + i, (catalog->entry_count - i) * size);
	catalog->entries[i] = added;
	catalog->entry_count++;
	*entry = added;
	return 0;
}

void catalog_entry_free(struct catalog_entry *entry)
{
	catalog_content_clear(&entry->content);
	free(entry->resolution);
	free(entry->next);
	free(entry);
}

void catalog_entry_drop(struct catalog *catalog, struct catalog_entry *entry)
{
	struct catalog_entry **link = &catalog->telling;
	size_t i = catalog_entry_index(catalog, entry->name);

	memmove(catalog->entries + i, catalog->entries + i + 1,
		(catalog->entry_count - i - 1) * sizeof(struct catalog_entry *));
	catalog->entry_count--;
	while (entry->telling && *link != entry)
		link = &(*link)->next_telling;
	if (entry->telling)
		*link = entry->next_telling;
	if (catalog->cache->entry == entry)
		catalog_cache_clear(catalog->cache);
	catalog_entry_free(entry);
}

void catalog_entry_touch(struct catalog *catalog, struct catalog_entry *entry)
{
	if (entry->dirty)
		return;
	entry->dirty = true;
	entry->next_dirty = catalog->dirty;
	catalog->dirty = entry;
}

void catalog_entry_tell(struct catalog *catalog, struct catalog_entry *entry)
{
	if (entry->telling)
		return;
	entry->telling = true;
	entry->next_telling = catalog->telling;
	catalog->telling = entry;
}

void catalog_tell(struct catalog *catalog)
{
	while (catalog->telling) {
		struct catalog_entry *entry = catalog->telling;
		char name[CATALOG_NAME_MAX + 1];

		catalog->telling = entry->next_telling;
		entry->telling = false;
		if (entry->removed)
			continue;
		/* What is called may remove the entry. */
		strcpy(name, entry->name);
		catalog->events.status(catalog->events.argument, name);
	}
}
