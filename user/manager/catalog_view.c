// SPDX-License-Identifier: Apache-2.0
/* What others are shown of the catalog. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/changes_tables.h"
#include "user/manager/catalog_state.h"

struct catalog_view {
	struct catalog_context context;
};

/* Before it was resolved, what was stored is all that is known. */
static json_t *status_of(const struct catalog_entry *entry, json_t *object)
{
	json_t *stored = json_object_get(object, "status");

	if (entry->resolution)
		return catalog_status(entry, entry->resolution);
	return stored ? json_incref(stored) : json_object();
}

static bool fill(const struct catalog_entry *entry, struct catalog_context *context)
{
	json_t *object = json_loads(entry->text, JSON_ALLOW_NUL, NULL);
	json_t *status = object ? status_of(entry, object) : NULL;

	if (!status) {
		json_decref(object);
		return false;
	}
	*context = (struct catalog_context){
		.name = entry->name,
		.object = object,
		.status = status,
		.revision = entry->revision,
		.owner = entry->owner,
		.expires = entry->context ? entry->context->expires : 0,
		.last_used = entry->last_used,
		.valid = entry->context != NULL,
	};
	memcpy(context->etag, entry->etag, sizeof(context->etag));
	return true;
}

static void clear(struct catalog_context *context)
{
	json_decref(context->object);
	json_decref(context->status);
}

void catalog_forget_views(struct catalog *catalog)
{
	while (catalog->cache->viewed) {
		struct catalog_entry *entry = catalog->cache->viewed;

		catalog->cache->viewed = entry->next_viewed;
		clear(&entry->view->context);
		free(entry->view);
		entry->view = NULL;
	}
}

const struct catalog_context *catalog_find(const struct catalog *catalog, const char *name)
{
	struct catalog_entry *entry = catalog_entry_find(catalog, name);

	if (!entry || entry->removed)
		return NULL;
	if (entry->view)
		return &entry->view->context;
	entry->view = calloc(1, sizeof(*entry->view));
	if (!entry->view)
		return NULL;
	if (!fill(entry, &entry->view->context)) {
		free(entry->view);
		entry->view = NULL;
		return NULL;
	}
	entry->next_viewed = catalog->cache->viewed;
	catalog->cache->viewed = entry;
	return &entry->view->context;
}

int catalog_each(const struct catalog *catalog, const struct catalog_filter *filter,
		 const char *after,
		 int (*visit)(void *argument, const struct catalog_context *context),
		 void *argument)
{
	const char *name = catalog_next(catalog, filter, after);
	int result = 0;

	for (; !result && name; name = catalog_next(catalog, filter, name)) {
		struct catalog_context context;

		if (!fill(catalog_entry_find(catalog, name), &context))
			return -ENOMEM;
		result = visit(argument, &context);
		clear(&context);
	}
	return result;
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
