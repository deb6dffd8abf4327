// SPDX-License-Identifier: Apache-2.0
/* Order among the objects of a set, and refusal of doubles. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/object.h"

int object_meta_compare(const struct object_meta *a, const struct object_meta *b)
{
	int order = strcmp(a->namespace, b->namespace);

	return order ? order : strcmp(a->name, b->name);
}

/* Of two places, so that doubles are always named in the same order. */
static int compare_places(const struct object_meta *a, const struct object_meta *b)
{
	int order = strcmp(a->file, b->file);

	return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* Every object begins with its object_meta. */
static int compare_objects(const void *a, const void *b)
{
	int order = object_meta_compare(a, b);

	return order ? order : compare_places(a, b);
}

/* Our own kinds, whose names all namespaces share. */
static int compare_own(const void *a, const void *b)
{
	const struct object_meta *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : compare_places(x, y);
}

_Static_assert(offsetof(struct object_service, meta) == 0, "compared as object_meta");
_Static_assert(offsetof(struct object_pod, meta) == 0, "compared as object_meta");
_Static_assert(offsetof(struct object_slice, meta) == 0, "compared as object_meta");
_Static_assert(offsetof(struct object_context, meta) == 0, "compared as object_meta");
_Static_assert(offsetof(struct object_settings, meta) == 0, "compared as object_meta");

static int refuse_doubles(const char *kind, const void *objects, size_t count, size_t size,
			  struct problems *problems)
{
	int err = 0;

	for (size_t i = 1; i < count; i++) {
		const struct object_meta *a =
			(const void *)((const char *)objects + (i - 1) * size);
		const struct object_meta *b = (const void *)((const char *)a + size);

		if (object_meta_compare(a, b))
			continue;
		problems_add(problems, "%s:%u: %s %s/%s is there already, at %s:%u; remove one",
			     b->file, b->line, kind, b->namespace, b->name, a->file, a->line);
		err = -EINVAL;
	}
	return err;
}

int object_context_compare(const struct object_context *a, const struct object_context *b)
{
	return compare_own(a, b);
}

/* A marker in a request names no namespace, so a context's name is unique among all. */
void object_context_refuse_double(const struct object_context *context,
				  const struct object_context *other, struct problems *problems)
{
	const struct object_meta *a = &context->meta, *b = &other->meta;

	problems_add(
		problems, "%s:%u: Context %s is there already, at %s:%u; remove or rename one%s",
		b->file, b->line, b->name, a->file, a->line,
		strcmp(a->namespace, b->namespace) ? " (namespaces share the names of contexts)"
						   : "");
}

static int refuse_double_contexts(const struct object_set *set, struct problems *problems)
{
	int err = 0;

	for (size_t i = 1; i < set->context_count; i++) {
		const struct object_context *context = &set->contexts[i];

		if (strcmp(context[-1].meta.name, context->meta.name))
			continue;
		object_context_refuse_double(&context[-1], context, problems);
		err = -EINVAL;
	}
	return err;
}

static int refuse_double_settings(const struct object_set *set, struct problems *problems)
{
	const struct object_settings *settings = set->settings;

	for (size_t i = 1; i < set->settings_count; i++)
		problems_add(problems, "%s:%u: Settings %s is there already, at %s:%u; remove one",
			     settings[i].meta.file, settings[i].meta.line, settings[i].meta.name,
			     settings[i - 1].meta.file, settings[i - 1].meta.line);
	return set->settings_count > 1 ? -EINVAL : 0;
}

int object_set_finish(struct object_set *set, struct problems *problems)
{
	int err = 0, kind_err;

	array_sort(set->services, set->service_count, sizeof(*set->services), compare_objects);
	array_sort(set->pods, set->pod_count, sizeof(*set->pods), compare_objects);
	array_sort(set->slices, set->slice_count, sizeof(*set->slices), compare_objects);
	array_sort(set->contexts, set->context_count, sizeof(*set->contexts), compare_own);
	array_sort(set->settings, set->settings_count, sizeof(*set->settings), compare_own);

	kind_err = refuse_doubles("Service", set->services, set->service_count,
				  sizeof(*set->services), problems);
	err = kind_err ? kind_err : err;
	kind_err = refuse_doubles("Pod", set->pods, set->pod_count, sizeof(*set->pods), problems);
	err = kind_err ? kind_err : err;
	kind_err = refuse_doubles("EndpointSlice", set->slices, set->slice_count,
				  sizeof(*set->slices), problems);
	err = kind_err ? kind_err : err;
	kind_err = refuse_double_contexts(set, problems);
	err = kind_err ? kind_err : err;
	kind_err = refuse_double_settings(set, problems);
	return kind_err ? kind_err : err;
}
