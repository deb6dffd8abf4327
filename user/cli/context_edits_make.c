// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>
#include "user/cli/context_edits.h"
#include "user/cli/context_object.h"
#include "user/lib/log.h"

/* The member of a mapping that is one itself, made where it is not there; NULL: no memory. */
static json_t *get_map(json_t *parent, const char *name)
{
	json_t *map = json_object_get(parent, name);

	if (json_is_object(map))
		return map;
	map = json_object();
	return json_object_set_new(parent, name, map) ? NULL : map;
}

static int merge_map(json_t *parent, const char *name, json_t *changes)
{
	json_t *map, *value;
	const char *key;

	if (!json_object_size(changes))
		return 0;
	map = get_map(parent, name);
	if (!map)
		return -ENOMEM;
	json_object_foreach(changes, key, value)
	{
		if (json_is_null(value))
			json_object_del(map, key);
		else if (json_object_set(map, key, value))
			return -ENOMEM;
	}
	if (!json_object_size(map))
		json_object_del(parent, name);
	return 0;
}

/* Where the override of the service is; the array's size where it is not there. */
static size_t find(const json_t *object, const json_t *list, const char *service)
{
	json_t *override;
	size_t i;

	json_array_foreach(list, i, override)
	{
		if (context_object_is_service(object, override, service))
			return i;
	}
	return json_array_size(list);
}

static int remove_overrides(const struct context_edits *edits, const json_t *object, json_t *list)
{
	json_t *service;
	size_t i, at;

	json_array_foreach(edits->removed, i, service)
	{
		at = find(object, list, json_string_value(service));
		if (at == json_array_size(list)) {
			log_line("context %s has no override of %s", edits->name,
				 json_string_value(service));
			return -EINVAL;
		}
		json_array_remove(list, at);
	}
	return 0;
}

/* The policy of an override stays where another target is set. */
static int add_overrides(const struct context_edits *edits, const json_t *object, json_t *list)
{
	json_t *given;
	size_t i;

	json_array_foreach(edits->overrides, i, given)
	{
		size_t at =
			find(object, list, json_string_value(json_object_get(given, "service")));
		json_t *policy = json_object_get(json_array_get(list, at), "onUnreachable");
		json_t *override = json_deep_copy(given);
		int error = !override;

		if (edits->on_unreachable)
			error |= json_object_set_new(override, "onUnreachable",
						     json_string(edits->on_unreachable));
		else if (policy)
			error |= json_object_set(override, "onUnreachable", policy);
		if (error)
			json_decref(override);
		else if (at == json_array_size(list))
			error = json_array_append_new(list, override);
		else
			error = json_array_set_new(list, at, override);
		if (error)
			return -ENOMEM;
	}
	return 0;
}

/* Without an override that it would be of, the policy is that of all. */
static int set_policy(const struct context_edits *edits, json_t *list)
{
	json_t *override;
	size_t i;

	if (!edits->on_unreachable || json_array_size(edits->overrides))
		return 0;
	json_array_foreach(list, i, override)
	{
		if (json_object_set_new(override, "onUnreachable",
					json_string(edits->on_unreachable)))
			return -ENOMEM;
	}
	return 0;
}

static int edit_spec(const struct context_edits *edits, const json_t *object, json_t *spec)
{
	json_t *list = json_object_get(spec, "overrides");
	int error = 0;

	if (edits->replace)
		json_object_del(spec, "config");
	if (edits->replace || !json_is_array(list)) {
		list = json_array();
		if (json_object_set_new(spec, "overrides", list))
			return -ENOMEM;
	}
	error = remove_overrides(edits, object, list);
	if (!error)
		error = add_overrides(edits, object, list);
	if (!error)
		error = set_policy(edits, list);
	if (!error)
		error = merge_map(spec, "config", edits->config);
	if (edits->unlimited)
		json_object_del(spec, "expires");
	else if (!error && edits->expires[0])
		error = json_object_set_new(spec, "expires", json_string(edits->expires)) ? -ENOMEM
											  : 0;
	return error;
}

static int set_description(const struct context_edits *edits, json_t *spec)
{
	if (!edits->description)
		return 0;
	if (!*edits->description)
		json_object_del(spec, "description");
	else if (json_object_set_new(spec, "description", json_string(edits->description)))
		return -ENOMEM;
	return 0;
}

static int set_signed(const struct context_edits *edits, json_t *spec)
{
	if (edits->unsign)
		json_object_del(spec, "signed");
	else if (edits->sign && json_object_set_new(spec, "signed", json_true()))
		return -ENOMEM;
	return 0;
}

int context_edits_make(void *argument, json_t *present, json_t **wanted)
{
	const struct context_edits *edits = argument;
	json_t *object =
		present ? context_object_written(present, NULL) : context_object_new(edits->name);
	json_t *spec = get_map(object, "spec");
	int error = -ENOMEM;

	if (spec)
		error = edit_spec(edits, object, spec);
	if (!error)
		error = merge_map(json_object_get(object, "metadata"), "labels", edits->labels);
	if (!error)
		error = set_description(edits, spec);
	if (!error)
		error = set_signed(edits, spec);
	if (error == -ENOMEM)
		log_line("%s", strerror(ENOMEM));
	if (error)
		json_decref(object);
	else
		*wanted = object;
	return error;
}
