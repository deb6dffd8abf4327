// SPDX-License-Identifier: Apache-2.0
/* What others are shown of the catalog. */
#include <errno.h>
#include "user/lib/changes_tables.h"
#include "user/manager/catalog_state.h"

void catalog_cache_drop_status(struct catalog_cache *cache)
{
	json_decref(cache->status);
	cache->status = NULL;
}

void catalog_cache_clear(struct catalog_cache *cache)
{
	json_decref(cache->object);
	json_decref(cache->status);
	*cache = (struct catalog_cache){0};
}

void catalog_cache_object(struct catalog_cache *cache, const struct catalog_entry *entry,
			  json_t *object)
{
	/* It may be the cached one. */
	json_incref(object);
	catalog_cache_clear(cache);
	cache->entry = entry;
	cache->object = object;
}

const struct catalog_context *catalog_find(const struct catalog *catalog, const char *name)
{
	const struct catalog_entry *entry = catalog_entry_find(catalog, name);

	return entry && !entry->removed ? &entry->about : NULL;
}

json_t *catalog_object(const struct catalog *catalog, const struct catalog_context *context)
{
	const struct catalog_entry *entry = catalog_entry_of(context);
	struct catalog_cache *cache = catalog->cache;
	json_t *object;

	if (cache->entry == entry)
		return cache->object;
	object = json_loads(entry->content.text, JSON_ALLOW_NUL, NULL);
	if (object)
		catalog_cache_object(cache, entry, object);
	json_decref(object);
	return object;
}

/* Before it was resolved, what was stored is all that is known. */
static json_t *make_status(const struct catalog_entry *entry, json_t *object)
{
	json_t *stored = json_object_get(object, "status");

	if (entry->resolution)
		return catalog_status_json(entry, entry->resolution);
	return stored ? json_incref(stored) : json_object();
}

json_t *catalog_status(const struct catalog *catalog, const struct catalog_context *context)
{
	json_t *object = catalog_object(catalog, context);
	struct catalog_cache *cache = catalog->cache;

	if (object && !cache->status)
		cache->status = make_status(catalog_entry_of(context), object);
	return object ? cache->status : NULL;
}

int catalog_snapshot(const struct catalog *catalog, struct changes *changes)
{
	struct changes made = {.snapshot = true};
	int error = catalog->told ? changes_add_tables(&made, &catalog->told->tables) : -EAGAIN;

	if (catalog->has_keys)
		made.keys = &catalog->keys;
	for (size_t i = 0; !error && i < catalog->entry_count; i++)
		error = catalog_resolution_diff(catalog->entries[i]->name, NULL,
						catalog->entries[i]->resolution, &made);
	if (error)
		changes_clear(&made);
	else
		*changes = made;
	return error;
}
