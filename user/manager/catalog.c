// SPDX-License-Identifier: Apache-2.0
#include "user/manager/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/manager/catalog_state.h"

struct catalog *catalog_new(const struct catalog_events *events)
{
	struct catalog *catalog = calloc(1, sizeof(*catalog));

	if (!catalog)
		return NULL;
	catalog->cache = calloc(1, sizeof(*catalog->cache));
	if (!catalog->cache) {
		free(catalog);
		return NULL;
	}
	catalog->events = *events;
	return catalog;
}

void catalog_free(struct catalog *catalog)
{
	if (!catalog)
		return;
	catalog_cache_clear(catalog->cache);
	for (size_t i = 0; i < catalog->entry_count; i++)
		catalog_entry_free(catalog->entries[i]);
	free(catalog->entries);
	resolver_free(catalog->resolver);
	if (catalog->told != catalog->current)
		catalog_cluster_free(catalog->told);
	catalog_cluster_free(catalog->current);
	resolver_rows_clear(&catalog->scratch);
	problems_clear(&catalog->warnings);
	free(catalog->cache);
	free(catalog);
}

void catalog_set_signing(struct catalog *catalog, const struct keys *keys)
{
	catalog->signing = keys;
}

void catalog_set_keys(struct catalog *catalog, const struct shunt_keys *keys)
{
	const struct changes changes = {.keys = &catalog->keys};

	if (catalog->has_keys && memcmp(&catalog->keys, keys, sizeof(*keys)) == 0)
		return;
	catalog->keys = *keys;
	catalog->has_keys = true;
	/* What was put since has not been told yet, nor does this tell it. */
	if (catalog->told)
		catalog->events.changed(catalog->events.argument, &changes, catalog->told_revision);
}

bool catalog_is_ready(const struct catalog *catalog)
{
	return catalog->told != NULL;
}

static void note_revision(struct catalog *catalog, uint64_t revision)
{
	if (revision > catalog->revision)
		catalog->revision = revision;
}

static const char *name_of(json_t *object)
{
	const char *name =
		json_string_value(json_object_get(json_object_get(object, "metadata"), "name"));

	return name && *name && strlen(name) <= CATALOG_NAME_MAX ? name : NULL;
}

static void describe(struct catalog_entry *entry, uint64_t revision)
{
	const struct catalog_content *content = &entry->content;

	entry->about = (struct catalog_context){
		.name = entry->name,
		.version = content->version,
		.etag = content->etag,
		.owner = content->owner,
		.size = strlen(content->text),
		.revision = revision,
		.expires = content->context ? content->context->expires : 0,
		.last_used = entry->about.last_used,
		.valid = content->context != NULL,
	};
}

int catalog_put(struct catalog *catalog, json_t *object, uint64_t revision)
{
	const char *name = name_of(object);
	struct catalog_entry *entry = name ? catalog_entry_find(catalog, name) : NULL;
	bool added = name && !entry;
	int error = 0;

	if (!name)
		return -EINVAL;
	if (added)
		error = catalog_entry_add(catalog, name, &entry);
	if (error)
		return error;
	error = catalog_content_read(&entry->content, object, name);
	if (error && added)
		catalog_entry_drop(catalog, entry);
	if (error)
		return error;
	describe(entry, revision);
	entry->fresh = true;
	entry->removed = false;
	catalog_cache_object(catalog->cache, entry, object);
	note_revision(catalog, revision);
	catalog_entry_touch(catalog, entry);
	return 0;
}

int catalog_remove(struct catalog *catalog, const char *name, uint64_t revision)
{
	struct catalog_entry *entry = catalog_entry_find(catalog, name);

	note_revision(catalog, revision);
	if (entry && !entry->removed) {
		entry->removed = true;
		entry->about.last_used = entry->used_told = 0;
		catalog_entry_touch(catalog, entry);
	}
	return 0;
}

void catalog_settled(struct catalog *catalog, uint64_t revision)
{
	note_revision(catalog, revision);
	catalog->settled = true;
}

time_t catalog_now(const struct catalog *catalog)
{
	time_t now = time(NULL);

	return now > catalog->now ? now : catalog->now;
}

time_t catalog_next_expiry(const struct catalog *catalog)
{
	return catalog->next_expiry;
}

int catalog_expire(struct catalog *catalog, time_t now)
{
	time_t next = 0;

	catalog->now = now;
	for (size_t i = 0; i < catalog->entry_count; i++) {
		struct catalog_entry *entry = catalog->entries[i];
		time_t expires = entry->about.expires;

		if (!expires || !entry->resolution || entry->resolution->expired)
			continue;
		if (expires <= now)
			catalog_entry_touch(catalog, entry);
		else if (!next || expires < next)
			next = expires;
	}
	catalog->next_expiry = next;
	return catalog_flush(catalog);
}

static bool overrides_service(const struct catalog_entry *entry, const char *service)
{
	const struct catalog_resolution *resolution = entry->resolution;

	for (size_t i = 0; resolution && i < resolution->row_count; i++)
		if (strcmp(resolution->rows[i].service, service) == 0)
			return true;
	return false;
}

void catalog_used(struct catalog *catalog, const char *name, const char *service, time_t at)
{
	struct catalog_entry *entry = catalog_entry_find(catalog, name);
	time_t now = catalog_now(catalog);

	if (at > now)
		at = now;
	if (!entry || entry->removed || at <= entry->about.last_used ||
	    (service && !overrides_service(entry, service)))
		return;
	catalog_cache_drop_status(catalog->cache);
	entry->about.last_used = at;
	if (at < entry->used_told + CATALOG_USED_STEP)
		return;
	entry->used_told = at;
	if (entry->resolution) {
		catalog_entry_tell(catalog, entry);
		catalog_tell(catalog);
	}
}
