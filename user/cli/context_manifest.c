// SPDX-License-Identifier: Apache-2.0
#include "user/cli/context_manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/document_to_json.h"
#include "user/lib/field.h"
#include "user/lib/object.h"

#define OWN_VERSION "shunt.dev/v1alpha1"

struct walk {
	struct context_manifest *manifest;
	struct field_reader reader;
	bool others;
};

/* An item of a ContextList need not say what it is. */
static int name_kind(json_t *object)
{
	int error = 0;

	if (!json_object_get(object, "apiVersion"))
		error = json_object_set_new(object, "apiVersion", json_string(OWN_VERSION));
	if (!error && !json_object_get(object, "kind"))
		error = json_object_set_new(object, "kind", json_string("Context"));
	return error ? -ENOMEM : 0;
}

static int add(struct walk *walk, const struct field *root)
{
	struct context_manifest *manifest = walk->manifest;
	json_t *object;
	int error;

	error = document_to_json(root->node, &object);
	if (error) {
		field_problem(&walk->reader, root, "has something that JSON cannot say");
		return error;
	}
	error = name_kind(object);
	if (!error)
		error = array_grow(&manifest->items, &manifest->capacity, manifest->count,
				   sizeof(*manifest->items));
	if (error) {
		json_decref(object);
		return error;
	}
	manifest->items[manifest->count++] =
		(struct context_manifest_item){.object = object, .line = root->node->line};
	return 0;
}

static int visit(struct walk *walk, const struct field *root, bool is_context);

static int visit_items(struct walk *walk, const struct field *root, bool are_contexts)
{
	struct field list = field_get(root, "items");
	size_t count = field_sequence(&walk->reader, &list);

	for (size_t i = 0; i < count; i++) {
		struct field item = field_item(&list, i);
		int error = visit(walk, &item, are_contexts);

		if (error)
			return error;
	}
	return 0;
}

/* What it is was checked before. is_context: it is in a ContextList. */
static int visit(struct walk *walk, const struct field *root, bool is_context)
{
	struct field kind = field_get(root, "kind"), version = field_get(root, "apiVersion");
	bool own = is_context || field_equals(&version, OWN_VERSION);

	if (!root->node)
		return 0;
	if (is_context || (own && field_equals(&kind, "Context")))
		return add(walk, root);
	if (own && field_equals(&kind, "ContextList"))
		return visit_items(walk, root, true);
	if (field_equals(&version, "v1") && field_equals(&kind, "List"))
		return visit_items(walk, root, false);
	if (walk->others)
		return 0;
	field_problem(&walk->reader, &kind,
		      "only contexts (" OWN_VERSION ", Context) can be applied, but this is %s",
		      kind.node && kind.node->type == DOCUMENT_SCALAR ? kind.node->text
								      : "something else");
	return -EINVAL;
}

/* All problems of all documents. */
static int check(const char *file, const struct document *document, struct problems *problems)
{
	struct object_set set = {0};
	int error = 0;

	for (size_t i = 0; i < document->root_count; i++) {
		int one = object_set_add(&set, &document->roots[i], file, problems);

		error = error ? error : one;
	}
	if (!error)
		error = object_set_finish(&set, problems);
	object_set_clear(&set);
	return error;
}

int context_manifest_read(const char *file, const struct document *document, bool others,
			  struct context_manifest *manifest, struct problems *problems)
{
	struct context_manifest read = {0};
	struct arena arena = {0};
	struct walk walk = {
		.manifest = &read,
		.reader = {.file = file, .arena = &arena, .problems = problems},
		.others = others,
	};
	int error = check(file, document, problems);

	for (size_t i = 0; i < document->root_count && !error; i++) {
		struct field root = {.node = &document->roots[i]};

		if (!document_is_null(root.node))
			error = visit(&walk, &root, false);
	}
	arena_clear(&arena);
	if (error) {
		context_manifest_clear(&read);
		return error;
	}
	read.alone = document->root_count == 1 && read.count == 1 &&
		     !document_get(&document->roots[0], "items");
	*manifest = read;
	return 0;
}

int context_manifest_check(const char *file, const json_t *object, struct problems *problems)
{
	char *text = json_dumps(object, JSON_COMPACT);
	struct document document = {0};
	int error;

	if (!text)
		return -ENOMEM;
	error = document_parse(file, text, strlen(text), &document, problems);
	if (!error)
		error = check(file, &document, problems);
	document_clear(&document);
	free(text);
	return error;
}

void context_manifest_clear(struct context_manifest *manifest)
{
	for (size_t i = 0; i < manifest->count; i++)
		json_decref(manifest->items[i].object);
	free(manifest->items);
	*manifest = (struct context_manifest){0};
}
