// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/document.h"
#include "user/lib/field.h"
#include "user/manager/catalog_state.h"

/* What a client may not say, though an object of a directory may. */
static int check_root(const char *source, const struct document_node *root,
		      struct problems *problems)
{
	struct arena arena = {0};
	struct field_reader reader = {.file = source, .arena = &arena, .problems = problems};
	struct field field = {.node = root};
	struct field kind = field_get(&field, "kind");
	struct field metadata = field_get(&field, "metadata");
	struct field namespace = field_get(&metadata, "namespace");

	if (root->type != DOCUMENT_MAPPING)
		field_problem(&reader, &field, "has to be a Context");
	else if (!field_equals(&kind, "Context"))
		field_problem(&reader, &kind, "has to be Context");
	if (namespace.node)
		field_problem(&reader, &namespace,
			      "contexts have none here; remove it, and name services as "
			      "namespace/name");
	arena_clear(&arena);
	return reader.error;
}

static int check_object(const char *source, const char *text, size_t length,
			struct problems *problems)
{
	struct document document = {0};
	struct object_set set = {0};
	int error = document_parse(source, text, length, &document, problems);

	if (error)
		return error;
	if (document.root_count == 1) {
		error = check_root(source, &document.roots[0], problems);
		if (!error)
			error = object_set_add(&set, &document.roots[0], source, problems);
	}
	if (!error && set.context_count != 1) {
		problems_add(problems, "%s: has to be one Context of a version that is known",
			     source);
		error = -EINVAL;
	}
	object_set_clear(&set);
	document_clear(&document);
	return error;
}

json_t *catalog_read(const char *source, const char *text, size_t length, struct problems *problems)
{
	json_error_t where;
	json_t *object;
	int error;

	if (length > CATALOG_OBJECT_MAX) {
		problems_add(problems, "%s: larger than %u KiB", source, CATALOG_OBJECT_MAX >> 10);
		return NULL;
	}
	object = json_loadb(text, length, JSON_REJECT_DUPLICATES, &where);
	if (!object) {
		problems_add(problems, "%s:%d:%d: %s", source, where.line < 0 ? 1 : where.line,
			     where.column < 0 ? 1 : where.column, where.text);
		return NULL;
	}
	error = check_object(source, text, length, problems);
	if (!error)
		return object;
	if (!problems->count)
		problems_add(problems, "%s: %s", source, strerror(-error));
	json_decref(object);
	return NULL;
}

static void sort_out(const struct catalog *catalog, const struct object_context *context,
		     const struct resolver_rows *rows, struct problems *refused,
		     struct problems *warnings)
{
	for (size_t i = 0; i < context->override_count; i++) {
		const struct object_override *override = &context->overrides[i];
		bool hopeless = resolver_is_hopeless(catalog->resolver, override);

		for (size_t j = 0; j < rows->unresolved_count; j++)
			if (catalog_is_of_override(rows->unresolved[j].service, override))
				problems_add(hopeless ? refused : warnings,
					     "spec.overrides[%zu]: %s: %s", i,
					     rows->unresolved[j].service,
					     rows->unresolved[j].reason);
	}
}

void catalog_check(const struct catalog *catalog, json_t *object, struct problems *refused,
		   struct problems *warnings)
{
	const char *name =
		json_string_value(json_object_get(json_object_get(object, "metadata"), "name"));
	struct object_context *context = NULL;
	struct resolver_rows rows = {0};
	char *problem = NULL;
	int error = catalog_read_object(object, name ? name : "Context", &context, &problem);

	if (!error && !catalog->resolver) {
		error = -EAGAIN;
		problem = strdup("the cluster's services are not known yet; try again");
	}
	/* At the time 0, so that one that has expired is checked too. */
	if (!error)
		error = resolver_context(catalog->resolver, context, 0, warnings, &rows);
	if (error)
		problems_add(refused, "%s", problem ? problem : strerror(-error));
	else
		sort_out(catalog, context, &rows, refused, warnings);
	if (!error && context->expires && context->expires <= catalog_now(catalog))
		problems_add(warnings, "spec.expires is past; no request will be redirected");
	resolver_rows_clear(&rows);
	free(context);
	free(problem);
}
