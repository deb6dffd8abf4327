// SPDX-License-Identifier: Apache-2.0
#include "user/manager/cluster_object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/document_from_json.h"

#define BLOCK_BYTES 1024 /* of an object's arena: most are small, and there are many */

struct cluster_object {
	struct cluster_object *next; /* of the retired */
	unsigned int kind;
	bool viewed; /* by the view that was handed out last */
	char *namespace; /* "" where it has none */
	char *name;
	char *problem; /* NULL: it could be read */
	struct object_set set; /* the one object as it was read last, or empty */
};

struct key {
	unsigned int kind;
	const char *namespace;
	const char *name;
};

static int compare(const void *wanted, const void *item)
{
	const struct cluster_object *object = *(struct cluster_object *const *)item;
	const struct key *key = wanted;
	int order = (key->kind > object->kind) - (key->kind < object->kind);

	order = order ? order : strcmp(key->namespace, object->namespace);
	return order ? order : strcmp(key->name, object->name);
}

static void object_free(struct cluster_object *object)
{
	object_set_clear(&object->set);
	free(object->namespace);
	free(object->name);
	free(object->problem);
	free(object);
}

static void retire(struct cluster_objects *objects, struct cluster_object *object)
{
	object->next = objects->retired;
	objects->retired = object;
}

/* Reads it into object->set, or notes why that is not possible. -ENOMEM. */
static int read_object(struct cluster_object *object, json_t *json)
{
	const char *kind = json_string_value(json_object_get(json, "kind"));
	struct problems problems = {0};
	struct document document;
	char source[600];
	int error;

	snprintf(source, sizeof(source), "%s %s%s%s", kind ? kind : "object", object->namespace,
		 *object->namespace ? "/" : "", object->name);
	error = document_from_json(json, &document);
	if (!error) {
		error = object_set_add(&object->set, document.roots, source, &problems);
		document_clear(&document);
	}
	if (error == -EINVAL) {
		object_set_clear(&object->set);
		object->problem = strdup(problems.count ? problems.texts[0] : source);
		error = object->problem ? 0 : -ENOMEM;
	}
	problems_clear(&problems);
	return error;
}

/* NULL for want of memory. */
static struct cluster_object *object_new(const struct key *key, json_t *json)
{
	struct cluster_object *object = calloc(1, sizeof(*object));

	if (!object)
		return NULL;
	object->set.arena.block_bytes = BLOCK_BYTES;
	object->kind = key->kind;
	object->namespace = strdup(key->namespace);
	object->name = strdup(key->name);
	if (!object->namespace || !object->name || read_object(object, json)) {
		object_free(object);
		return NULL;
	}
	return object;
}

/* What cannot be read does not undo what it was to replace. */
static void keep_settings(struct cluster_object *object, struct cluster_object *earlier)
{
	if (!object->problem || !earlier->set.settings_count)
		return;
	object->set = earlier->set;
	object->viewed = earlier->viewed;
	earlier->set = (struct object_set){0};
}

int cluster_objects_put(struct cluster_objects *objects, unsigned int kind, json_t *json)
{
	json_t *metadata = json_object_get(json, "metadata");
	const char *namespace = json_string_value(json_object_get(metadata, "namespace"));
	const char *name = json_string_value(json_object_get(metadata, "name"));
	const struct key key = {kind, namespace ? namespace : "", name ? name : ""};
	struct cluster_object *object;
	size_t at;

	if (array_grow(&objects->items, &objects->capacity, objects->count,
		       sizeof(*objects->items)))
		return -ENOMEM;
	object = object_new(&key, json);
	if (!object)
		return -ENOMEM;
	at = array_lower_bound(&key, objects->items, objects->count, sizeof(*objects->items),
			       compare);
	if (at < objects->count && compare(&key, &objects->items[at]) == 0) {
		keep_settings(object, objects->items[at]);
		retire(objects, objects->items[at]);
	} else {
		memmove(&objects->items[at + 1], &objects->items[at],
			(objects->count - at) * sizeof(*objects->items));
		objects->count++;
	}
	objects->items[at] = object;
	return 0;
}

void cluster_objects_remove(struct cluster_objects *objects, unsigned int kind,
			    const char *namespace, const char *name)
{
	const struct key key = {kind, namespace, name};
	size_t at = array_lower_bound(&key, objects->items, objects->count, sizeof(*objects->items),
				      compare);

	if (at == objects->count || compare(&key, &objects->items[at]))
		return;
	retire(objects, objects->items[at]);
	objects->count--;
	memmove(&objects->items[at], &objects->items[at + 1],
		(objects->count - at) * sizeof(*objects->items));
}

void cluster_objects_remove_all(struct cluster_objects *objects, unsigned int kind,
				const char *namespace)
{
	size_t kept = 0;

	for (size_t i = 0; i < objects->count; i++) {
		struct cluster_object *object = objects->items[i];

		if (object->kind == kind && !strcmp(object->namespace, namespace))
			retire(objects, object);
		else
			objects->items[kept++] = object;
	}
	objects->count = kept;
}

const char *cluster_objects_unread(const struct cluster_objects *objects, unsigned int kind)
{
	for (size_t i = 0; i < objects->count; i++)
		if (objects->items[i]->kind == kind && objects->items[i]->problem &&
		    !objects->items[i]->set.settings_count)
			return objects->items[i]->problem;
	return NULL;
}

const struct object_settings *cluster_objects_settings(const struct cluster_objects *objects)
{
	for (size_t i = 0; i < objects->count; i++)
		if (objects->items[i]->set.settings_count)
			return &objects->items[i]->set.settings[0];
	return NULL;
}

static int append(void *array, size_t *count, size_t *capacity, const void *item, size_t size)
{
	char **items = array;
	int error = array_grow(array, capacity, *count, size);

	if (!error)
		memcpy(*items + (*count)++ * size, item, size);
	return error;
}

/* Of the kinds that an object may be, it is one. */
static int add_to_view(struct object_set *view, const struct object_set *set)
{
	if (set->service_count)
		return append(&view->services, &view->service_count, &view->service_capacity,
			      set->services, sizeof(*set->services));
	if (set->pod_count)
		return append(&view->pods, &view->pod_count, &view->pod_capacity, set->pods,
			      sizeof(*set->pods));
	if (set->slice_count)
		return append(&view->slices, &view->slice_count, &view->slice_capacity, set->slices,
			      sizeof(*set->slices));
	if (set->settings_count)
		return append(&view->settings, &view->settings_count, &view->settings_capacity,
			      set->settings, sizeof(*set->settings));
	return 0;
}

int cluster_objects_view(const struct cluster_objects *objects, struct object_set *view)
{
	struct problems problems = {0};
	struct object_set made = {0};
	int error = 0;

	for (size_t i = 0; !error && i < objects->count; i++)
		error = add_to_view(&made, &objects->items[i]->set);
	/* Sorts; no name is there twice, as the API server has each only once. */
	if (!error)
		object_set_finish(&made, &problems);
	problems_clear(&problems);
	if (error)
		object_set_clear(&made);
	else
		*view = made;
	return error;
}

static void free_retired(struct cluster_objects *objects, bool viewed)
{
	struct cluster_object **link = &objects->retired;

	while (*link) {
		struct cluster_object *object = *link;

		if (object->viewed && !viewed) {
			link = &object->next;
			continue;
		}
		*link = object->next;
		object_free(object);
	}
}

void cluster_objects_forget(struct cluster_objects *objects)
{
	free_retired(objects, true);
	for (size_t i = 0; i < objects->count; i++)
		objects->items[i]->viewed = true;
}

void cluster_objects_trim(struct cluster_objects *objects)
{
	free_retired(objects, false);
}

void cluster_objects_problems(const struct cluster_objects *objects, struct problems *problems)
{
	for (size_t i = 0; i < objects->count; i++)
		if (objects->items[i]->problem)
			problems_add(problems, "%s; %s", objects->items[i]->problem,
				     objects->items[i]->set.settings_count
					     ? "what it was before holds"
					     : "it is left out");
}

void cluster_objects_clear(struct cluster_objects *objects)
{
	cluster_objects_forget(objects);
	for (size_t i = 0; i < objects->count; i++)
		object_free(objects->items[i]);
	free(objects->items);
	*objects = (struct cluster_objects){0};
}
