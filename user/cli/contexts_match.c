// SPDX-License-Identifier: Apache-2.0
#include "user/cli/contexts_match.h"

#include <string.h>
#include "user/cli/context_object.h"

/* "shop/users"; "users" is that of any namespace. */
static bool has_service(const json_t *object, const char *wanted)
{
	json_t *overrides = context_object_map(object, "spec", "overrides"), *override;
	size_t i;

	json_array_foreach(overrides, i, override)
	{
		const char *service = json_string_value(json_object_get(override, "service"));
		const char *slash = service ? strchr(service, '/') : NULL;

		if (service && (!strcmp(service, wanted) || (slash && !strcmp(slash + 1, wanted))))
			return true;
	}
	return false;
}

static bool has_label(const json_t *labels, const char *pair, size_t length)
{
	const char *equals = memchr(pair, '=', length);
	const char *key;
	json_t *value;

	if (!equals)
		return false;
	json_object_foreach((json_t *)labels, key, value)
	{
		const char *text = json_string_value(value);
		size_t key_length = (size_t)(equals - pair);

		if (text && strlen(key) == key_length && !memcmp(key, pair, key_length) &&
		    strlen(text) == length - key_length - 1 &&
		    !memcmp(text, equals + 1, strlen(text)))
			return true;
	}
	return false;
}

static bool has_labels(const json_t *object, const char *wanted)
{
	const json_t *labels = context_object_map(object, "metadata", "labels");

	for (;;) {
		size_t length = strcspn(wanted, ",");

		if (!has_label(labels, wanted, length))
			return false;
		if (!wanted[length])
			return true;
		wanted += length + 1;
	}
}

bool contexts_match(const json_t *object, const struct contexts_filter *filter)
{
	if (filter->owner &&
	    strcmp(context_object_annotation(object, CONTEXT_OBJECT_OWNER), filter->owner))
		return false;
	if (filter->service && !has_service(object, filter->service))
		return false;
	return !filter->label || has_labels(object, filter->label);
}
