// SPDX-License-Identifier: Apache-2.0
/* What was put, removed or touched is resolved, compared with what was told, and told. */
#include <errno.h>
#include <stdlib.h>
#include "user/manager/catalog_state.h"

/* What a flush replaces, to be freed when its changes were told. */
struct replaced {
	struct catalog_entry *entries; /* by next_dirty; their next is what was told before */
	struct catalog_cluster *cluster;
};

static void undo(struct catalog *catalog)
{
	for (struct catalog_entry *entry = catalog->dirty; entry; entry = entry->next_dirty) {
		free(entry->next);
		entry->next = NULL;
	}
}

/* The times of a new object's status, and whether that status is to be written. */
static int compare_stored(struct catalog *catalog, struct catalog_entry *entry, time_t now)
{
	json_t *object = catalog_object(catalog, &entry->about), *status;
	json_t *stored = json_object_get(object, "status");

	if (!object)
		return -ENOMEM;
	catalog_status_used(entry, stored);
	catalog_status_date(entry, stored, now);
	status = catalog_status_json(entry, entry->next);
	if (status && !json_equal(status, stored))
		catalog_entry_tell(catalog, entry);
	json_decref(status);
	return status ? 0 : -ENOMEM;
}

static int resolve(struct catalog *catalog, struct catalog_entry *entry, time_t now)
{
	int error = catalog_resolution_make(catalog, entry, now);

	if (error)
		return error;
	if (entry->fresh)
		return compare_stored(catalog, entry, now);
	catalog_status_date(entry, NULL, now);
	if (!entry->resolution || !catalog_resolution_equals(entry->resolution, entry->next))
		catalog_entry_tell(catalog, entry);
	return 0;
}

static int resolve_all(struct catalog *catalog)
{
	time_t now = catalog_now(catalog);
	int error = 0;

	for (struct catalog_entry *entry = catalog->dirty; !error && entry;
	     entry = entry->next_dirty)
		if (!entry->removed)
			error = resolve(catalog, entry, now);
	return error;
}

static int diff(const struct catalog *catalog, struct changes *changes)
{
	int error = 0;

	if (catalog->told != catalog->current)
		error = catalog_cluster_diff(catalog->told, catalog->current, changes);
	for (const struct catalog_entry *entry = catalog->dirty; !error && entry;
	     entry = entry->next_dirty)
		error = catalog_resolution_diff(entry->name, entry->resolution, entry->next,
						changes);
	return error;
}

static void note_expiry(struct catalog *catalog, const struct catalog_entry *entry)
{
	time_t expires = entry->about.expires;

	if (!expires || entry->removed || entry->resolution->expired)
		return;
	if (!catalog->next_expiry || expires < catalog->next_expiry)
		catalog->next_expiry = expires;
}

/* From here on the catalog is as it is told to be. */
static struct replaced commit(struct catalog *catalog)
{
	struct replaced replaced = {.entries = catalog->dirty};

	for (struct catalog_entry *entry = catalog->dirty; entry; entry = entry->next_dirty) {
		struct catalog_resolution *former = entry->resolution;

		entry->resolution = entry->next;
		entry->next = former;
		entry->fresh = false;
		note_expiry(catalog, entry);
	}
	catalog->dirty = NULL;
	if (catalog->told != catalog->current)
		replaced.cluster = catalog->told;
	catalog->told = catalog->current;
	return replaced;
}

static void release(struct catalog *catalog, struct replaced *replaced)
{
	struct catalog_entry *entry = replaced->entries;

	while (entry) {
		struct catalog_entry *next = entry->next_dirty;

		free(entry->next);
		entry->next = NULL;
		entry->dirty = false;
		if (entry->removed)
			catalog_entry_drop(catalog, entry);
		entry = next;
	}
	catalog_cluster_free(replaced->cluster);
}

static void tell_changes(struct catalog *catalog, const struct changes *changes)
{
	if (changes_is_empty(changes) && catalog->told_revision == catalog->revision)
		return;
	catalog->told_revision = catalog->revision;
	catalog->events.changed(catalog->events.argument, changes, catalog->revision);
}

int catalog_flush(struct catalog *catalog)
{
	bool first = !catalog->told;
	struct changes changes = {0};
	struct replaced replaced;
	int error;

	if (!catalog->settled || !catalog->resolver)
		return 0;
	catalog_cache_drop_status(catalog->cache);
	error = resolve_all(catalog);
	if (!error && !first)
		error = diff(catalog, &changes);
	if (error) {
		undo(catalog);
		changes_clear(&changes);
		return error;
	}
	replaced = commit(catalog);
	if (first)
		error = catalog_snapshot(catalog, &changes);
	if (!error)
		tell_changes(catalog, &changes);
	else
		catalog->told = NULL;
	changes_clear(&changes);
	release(catalog, &replaced);
	catalog_tell(catalog);
	return error;
}
