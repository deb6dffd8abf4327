// SPDX-License-Identifier: Apache-2.0
/* Which contexts are meant, by what is known without reading their objects. */
#include <string.h>
#include "user/manager/catalog_state.h"

#define LABEL_KEY_SIZE 320 /* of a prefix, a slash and a name, as Kubernetes has them */

static bool has_label(json_t *labels, const char *pair, size_t length)
{
	const char *equals = memchr(pair, '=', length);
	const char *value;
	char key[LABEL_KEY_SIZE];

	if (!equals || (size_t)(equals - pair) >= sizeof(key))
		return false;
	memcpy(key, pair, (size_t)(equals - pair));
	key[equals - pair] = '\0';
	value = json_string_value(json_object_get(labels, key));
	return value && strlen(value) == length - strlen(key) - 1 &&
	       strncmp(value, equals + 1, strlen(value)) == 0;
}

static bool has_labels(const struct catalog_entry *entry, const char *wanted)
{
	while (*wanted) {
		size_t length = strcspn(wanted, ",");

		if (!has_label(entry->content.labels, wanted, length))
			return false;
		wanted += length + (wanted[length] == ',');
	}
	return true;
}

/* A service port is no service: an override is of all ports. */
static bool overrides(const struct catalog_entry *entry, const char *service)
{
	const struct object_context *context = entry->content.context;

	for (size_t i = 0; context && !strchr(service, ':') && i < context->override_count; i++)
		if (catalog_is_of_override(service, &context->overrides[i]))
			return true;
	return false;
}

static bool is_expired(const struct catalog_entry *entry, time_t now, unsigned long since_s)
{
	time_t expires = entry->about.expires;

	return expires && expires <= now && (unsigned long)(now - expires) >= since_s;
}

static bool is_state(const struct catalog *catalog, const struct catalog_entry *entry,
		     const struct catalog_filter *filter)
{
	time_t now = catalog_now(catalog);
	bool resolved = entry->resolution && entry->resolution->resolved;

	switch (filter->wanted) {
	case CATALOG_WANT_RESOLVED:
		return resolved && !is_expired(entry, now, 0);
	case CATALOG_WANT_UNRESOLVED:
		return !resolved && !is_expired(entry, now, 0);
	case CATALOG_WANT_EXPIRED:
		return is_expired(entry, now, filter->expired_since_s);
	case CATALOG_WANT_ANY:
		break;
	}
	return true;
}

static bool takes(const struct catalog *catalog, const struct catalog_entry *entry,
		  const struct catalog_filter *filter)
{
	return !entry->removed &&
	       (!filter->owner || strcmp(filter->owner, entry->content.owner) == 0) &&
	       (!filter->service || overrides(entry, filter->service)) &&
	       is_state(catalog, entry, filter) &&
	       (!filter->labels || has_labels(entry, filter->labels));
}

bool catalog_takes(const struct catalog *catalog, const struct catalog_filter *filter,
		   const struct catalog_context *context)
{
	return takes(catalog, catalog_entry_of(context), filter);
}

const struct catalog_context *catalog_next(const struct catalog *catalog,
					   const struct catalog_filter *filter, const char *after)
{
	size_t i = after ? catalog_entry_index(catalog, after) : 0;

	if (after && i < catalog->entry_count && strcmp(catalog->entries[i]->name, after) == 0)
		i++;
	while (i < catalog->entry_count && !takes(catalog, catalog->entries[i], filter))
		i++;
	return i < catalog->entry_count ? &catalog->entries[i]->about : NULL;
}
