// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/object.h"

static char *copy_text(char **free_space, const char *text)
{
	char *copy = *free_space;
	size_t size = strlen(text) + 1;

	memcpy(copy, text, size);
	*free_space += size;
	return copy;
}

/* Neighbours mostly are of one namespace, whose name is there once then. */
static bool is_of_last_namespace(const struct object_context *context, size_t index)
{
	const struct object_override *overrides = context->overrides;

	return index && strcmp(overrides[index].namespace, overrides[index - 1].namespace) == 0;
}

static size_t texts_size(const struct object_context *context)
{
	size_t size = strlen(context->meta.namespace) + strlen(context->meta.name) + 2;

	for (size_t i = 0; i < context->override_count; i++) {
		const struct object_override *override = &context->overrides[i];

		if (!is_of_last_namespace(context, i))
			size += strlen(override->namespace) + 1;
		size += strlen(override->service) + strlen(override->target) + 2;
	}
	return size;
}

struct object_context *object_context_copy(const struct object_context *context, const char *file)
{
	size_t count = context->override_count;
	size_t overrides_size = count * sizeof(*context->overrides);
	struct object_override *overrides;
	struct object_context *copy;
	char *space;

	copy = malloc(sizeof(*copy) + overrides_size + texts_size(context));
	if (!copy)
		return NULL;
	*copy = *context;
	overrides = (void *)(copy + 1);
	space = (char *)(overrides + count);
	copy->meta.namespace = copy_text(&space, context->meta.namespace);
	copy->meta.name = copy_text(&space, context->meta.name);
	copy->meta.file = file;
	for (size_t i = 0; i < count; i++) {
		overrides[i] = context->overrides[i];
		overrides[i].namespace = is_of_last_namespace(context, i)
						 ? overrides[i - 1].namespace
						 : copy_text(&space, overrides[i].namespace);
		overrides[i].service = copy_text(&space, overrides[i].service);
		overrides[i].target = copy_text(&space, overrides[i].target);
	}
	copy->overrides = overrides;
	return copy;
}

/* Adds the items to an array from malloc(). */
static int append(void *array, size_t *capacity, size_t *count, const void *items, size_t added,
		  size_t size)
{
	char *old, *grown;

	if (!added)
		return 0;
	memcpy(&old, array, sizeof(old));
	if (*count + added > *capacity) {
		*capacity = *count + added > 2 * *capacity ? *count + added : 2 * *capacity;
		grown = reallocarray(old, *capacity, size);
		if (!grown)
			return -ENOMEM;
		memcpy(array, &grown, sizeof(grown));
		old = grown;
	}
	memcpy(old + *count * size, items, added * size);
	*count += added;
	return 0;
}

int object_set_refer(struct object_set *set, const struct object_set *other)
{
	int err;

	err = append(&set->services, &set->service_capacity, &set->service_count, other->services,
		     other->service_count, sizeof(*set->services));
	if (!err)
		err = append(&set->pods, &set->pod_capacity, &set->pod_count, other->pods,
			     other->pod_count, sizeof(*set->pods));
	if (!err)
		err = append(&set->slices, &set->slice_capacity, &set->slice_count, other->slices,
			     other->slice_count, sizeof(*set->slices));
	if (!err)
		err = append(&set->settings, &set->settings_capacity, &set->settings_count,
			     other->settings, other->settings_count, sizeof(*set->settings));
	return err;
}

static void trim(void *array, size_t *capacity, size_t count, size_t size)
{
	void *old, *less;

	if (!count || *capacity == count)
		return;
	memcpy(&old, array, sizeof(old));
	less = reallocarray(old, count, size);
	if (!less)
		return;
	memcpy(array, &less, sizeof(less));
	*capacity = count;
	/* cppcheck-suppress memleak ; *array has it now */
}

void object_set_trim(struct object_set *set)
{
	trim(&set->services, &set->service_capacity, set->service_count, sizeof(*set->services));
	trim(&set->pods, &set->pod_capacity, set->pod_count, sizeof(*set->pods));
	trim(&set->slices, &set->slice_capacity, set->slice_count, sizeof(*set->slices));
	trim(&set->settings, &set->settings_capacity, set->settings_count, sizeof(*set->settings));
}
