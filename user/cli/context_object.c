// SPDX-License-Identifier: Apache-2.0
#include "user/cli/context_object.h"

#include <stdio.h>
#include <string.h>
#include "user/lib/text.h"

json_t *context_object_new(const char *name)
{
	return json_pack("{s:s, s:s, s:{s:s}, s:{s:[]}}", "apiVersion", "shunt.dev/v1alpha1",
			 "kind", "Context", "metadata", "name", name, "spec", "overrides");
}

/* An empty map says the same as none. */
static int copy_map(const json_t *from, json_t *to, const char *name)
{
	const json_t *map = json_object_get(from, name);

	if (!map || (json_is_object(map) && !json_object_size(map)))
		return 0;
	return json_object_set_new(to, name, json_deep_copy(map));
}

json_t *context_object_written(const json_t *object, const char *name)
{
	const json_t *metadata = json_object_get(object, "metadata");
	const json_t *namespace = json_object_get(metadata, "namespace");
	const json_t *spec = json_object_get(object, "spec");
	json_t *copy = context_object_new(name ? name : context_object_name(object));
	json_t *copied = json_object_get(copy, "metadata");
	int error = !copy;

	if (namespace)
		error |= json_object_set_new(copied, "namespace", json_copy((json_t *)namespace));
	error |= copy_map(metadata, copied, "labels");
	error |= copy_map(metadata, copied, "annotations");
	if (spec)
		error |= json_object_set_new(copy, "spec", json_deep_copy(spec));
	if (error) {
		json_decref(copy);
		return NULL;
	}
	return copy;
}

bool context_object_same(const json_t *a, const json_t *b)
{
	json_t *x = context_object_written(a, NULL), *y = context_object_written(b, NULL);
	bool same = x && y && json_equal(x, y);

	json_decref(x);
	json_decref(y);
	return same;
}

const char *context_object_name(const json_t *object)
{
	const char *name =
		json_string_value(json_object_get(json_object_get(object, "metadata"), "name"));

	return name ? name : "";
}

json_t *context_object_map(const json_t *object, const char *part, const char *name)
{
	return json_object_get(json_object_get(object, part), name);
}

const char *context_object_annotation(const json_t *object, const char *key)
{
	const char *value = json_string_value(
		json_object_get(context_object_map(object, "metadata", "annotations"), key));

	return value ? value : "";
}

const char *context_object_target(const json_t *override, char *text, size_t size)
{
	static const char *const kinds[] = {"sha", "pod", "address"};

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *target = json_string_value(json_object_get(override, kinds[i]));

		if (target)
			snprintf(text, size, "%s:%s", kinds[i], target);
	}
	return text;
}

/* "users" is in the context's own namespace. */
static const char *split_service(const char *service, const char *own, size_t *length,
				 const char **name)
{
	const char *slash = strchr(service, '/');

	*length = slash ? (size_t)(slash - service) : strlen(own);
	*name = slash ? slash + 1 : service;
	return slash ? service : own;
}

bool context_object_is_service(const json_t *object, const json_t *override, const char *service)
{
	const char *own = json_string_value(
		json_object_get(json_object_get(object, "metadata"), "namespace"));
	const char *theirs = json_string_value(json_object_get(override, "service"));
	const char *a, *b, *a_name, *b_name;
	size_t a_length, b_length;

	if (!theirs)
		return false;
	own = own ? own : "default";
	a = split_service(theirs, own, &a_length, &a_name);
	b = split_service(service, own, &b_length, &b_name);
	return a_length == b_length && !memcmp(a, b, a_length) && !strcmp(a_name, b_name);
}

json_t *context_object_override_status(const json_t *object, const char *service)
{
	json_t *list = context_object_map(object, "status", "overrides"), *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (context_object_is_service(object, item, service))
			return item;
	}
	return NULL;
}

const char *context_object_expires(const json_t *object)
{
	return json_string_value(context_object_map(object, "spec", "expires"));
}

bool context_object_is_expired(const json_t *object, time_t now)
{
	const char *text = context_object_expires(object);
	time_t expires;

	return text && !text_parse_time(text, &expires) && expires <= now;
}

bool context_object_is_signed(const json_t *object)
{
	return json_is_true(context_object_map(object, "spec", "signed"));
}

bool context_object_is_resolved(const json_t *status)
{
	const char *state = json_string_value(json_object_get(status, "state"));

	return state && !strcmp(state, "Resolved");
}

size_t context_object_unresolved(const json_t *object)
{
	json_t *list = context_object_map(object, "status", "overrides"), *item;
	size_t count = 0, i;

	json_array_foreach(list, i, item)
	{
		count += !context_object_is_resolved(item);
	}
	return count;
}
