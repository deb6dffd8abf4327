// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/object_read.h"
#include "user/lib/text.h"

#define OWN_GROUP "shunt.dev/"
#define OWN_VERSION OWN_GROUP "v1alpha1"

static int add_service(struct object_set *set, struct field_reader *reader,
		       const struct field *root)
{
	struct object_service service = {0};
	int err;

	object_read_service(reader, root, &service);
	if (reader->error)
		return reader->error;
	err = array_grow(&set->services, &set->service_capacity, set->service_count,
			 sizeof(service));
	if (!err)
		set->services[set->service_count++] = service;
	return err;
}

static int add_pod(struct object_set *set, struct field_reader *reader, const struct field *root)
{
	struct object_pod pod = {0};
	int err;

	object_read_pod(reader, root, &pod);
	if (reader->error)
		return reader->error;
	err = array_grow(&set->pods, &set->pod_capacity, set->pod_count, sizeof(pod));
	if (!err)
		set->pods[set->pod_count++] = pod;
	return err;
}

static int add_slice(struct object_set *set, struct field_reader *reader, const struct field *root)
{
	struct object_slice slice = {0};
	int err;

	object_read_slice(reader, root, &slice);
	if (reader->error || !slice.service)
		return reader->error;
	err = array_grow(&set->slices, &set->slice_capacity, set->slice_count, sizeof(slice));
	if (!err)
		set->slices[set->slice_count++] = slice;
	return err;
}

static int add_context(struct object_set *set, struct field_reader *reader,
		       const struct field *root)
{
	struct object_context context = {0};
	struct arena *arena = reader->arena;
	int err;

	reader->arena = &set->context_arena;
	object_read_context(reader, root, &context);
	reader->arena = arena;
	if (reader->error)
		return reader->error;
	err = array_grow(&set->contexts, &set->context_capacity, set->context_count,
			 sizeof(context));
	if (!err)
		set->contexts[set->context_count++] = context;
	return err;
}

static int add_settings(struct object_set *set, struct field_reader *reader,
			const struct field *root)
{
	struct object_settings settings = {0};
	int err;

	object_read_settings(reader, root, &settings);
	if (reader->error)
		return reader->error;
	err = array_grow(&set->settings, &set->settings_capacity, set->settings_count,
			 sizeof(settings));
	if (!err)
		set->settings[set->settings_count++] = settings;
	return err;
}

/* Every list is a kind with "List" after its items' kind; a plain List has items of any kind. */
static const struct kind {
	const char *api_version;
	const char *name;
	int (*add)(struct object_set *set, struct field_reader *reader, const struct field *root);
} kinds[] = {
	{"v1", "Service", add_service},
	{"v1", "Pod", add_pod},
	{"discovery.k8s.io/v1", "EndpointSlice", add_slice},
	{"discovery.k8s.io/v1beta1", "EndpointSlice", add_slice},
	{OWN_VERSION, "Context", add_context},
	{OWN_VERSION, "Settings", add_settings},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* Of the name's first length characters. */
static const struct kind *find_kind(const char *api_version, const char *name, size_t length)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (!strcmp(kinds[i].api_version, api_version) && strlen(kinds[i].name) == length &&
		    !memcmp(kinds[i].name, name, length))
			return &kinds[i];
	}
	return NULL;
}

static int add_any(struct object_set *set, struct field_reader *reader, const struct field *root,
		   const struct kind *listed);

/* item_kind is NULL for a plain List, whose items say what they are. All items are looked at. */
static int add_list(struct object_set *set, struct field_reader *reader, const struct field *root,
		    const struct kind *item_kind)
{
	struct field items = field_get(root, "items");
	size_t count;
	int err;

	reader->error = 0;
	count = field_sequence(reader, &items);
	err = reader->error;
	for (size_t i = 0; i < count; i++) {
		struct field item = field_item(&items, i);
		int item_err = add_any(set, reader, &item, item_kind);

		if (item_err == -ENOMEM)
			return item_err;
		if (item_err)
			err = item_err;
	}
	return err;
}

/* The kind of a list's items, or NULL where it is no list of a kind. */
static const struct kind *find_item_kind(const char *api_version, const char *list)
{
	const char *suffix = strstr(list, "List");

	if (!suffix || strcmp(suffix, "List"))
		return NULL;
	return find_kind(api_version, list, (size_t)(suffix - list));
}

/* Kinds of others are skipped, but in our own group they are a mistake. */
static int skip(struct field_reader *reader, const struct field *root, const char *api_version,
		const char *kind)
{
	struct field field;

	if (strncmp(api_version, OWN_GROUP, strlen(OWN_GROUP)))
		return 0;
	if (find_kind(OWN_VERSION, kind, strlen(kind)) || find_item_kind(OWN_VERSION, kind)) {
		field = field_get(root, "apiVersion");
		field_problem(reader, &field, "unknown version %s; write " OWN_VERSION,
			      api_version);
	} else {
		field = field_get(root, "kind");
		field_problem(reader, &field,
			      "unknown kind %s; in " OWN_VERSION " there are Context and Settings",
			      kind);
	}
	return reader->error;
}

/* Adds the object at root; listed is the kind of a list's items, which need not say it. */
static int add_any(struct object_set *set, struct field_reader *reader, const struct field *root,
		   const struct kind *listed)
{
	struct field api_version_field = field_get(root, "apiVersion");
	struct field kind_field = field_get(root, "kind");
	const char *api_version, *name;
	const struct kind *kind;

	reader->error = 0;
	if (!root->node || root->node->type != DOCUMENT_MAPPING) {
		field_problem(reader, root, "has to be an object with apiVersion and kind");
		return reader->error;
	}
	if (listed && !kind_field.node && !api_version_field.node)
		return listed->add(set, reader, root);
	api_version = field_required_string(reader, &api_version_field);
	name = field_required_string(reader, &kind_field);
	if (!api_version || !name)
		return reader->error;
	kind = find_kind(api_version, name, strlen(name));
	if (kind)
		return kind->add(set, reader, root);
	if (!strcmp(api_version, "v1") && !strcmp(name, "List"))
		return add_list(set, reader, root, NULL);
	kind = find_item_kind(api_version, name);
	return kind ? add_list(set, reader, root, kind) : skip(reader, root, api_version, name);
}

int object_set_add(struct object_set *set, const struct document_node *root, const char *file,
		   struct problems *problems)
{
	struct field_reader reader = {.arena = &set->arena, .problems = problems};
	struct field field = {.node = root};

	if (document_is_null(root))
		return 0;
	reader.file = arena_copy(&set->arena, file, strlen(file));
	if (!reader.file)
		return -ENOMEM;
	return add_any(set, &reader, &field, NULL);
}

void object_set_clear_contexts(struct object_set *set)
{
	arena_clear(&set->context_arena);
	free(set->contexts);
	set->contexts = NULL;
	set->context_count = set->context_capacity = 0;
}

void object_set_clear(struct object_set *set)
{
	if (!set)
		return;
	object_set_clear_contexts(set);
	arena_clear(&set->arena);
	free(set->services);
	free(set->pods);
	free(set->slices);
	free(set->settings);
	memset(set, 0, sizeof(*set));
}
