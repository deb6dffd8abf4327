// SPDX-License-Identifier: Apache-2.0
/* Pods by their labels. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/object_read.h"
#include "user/lib/resolve_state.h"

static int compare_keys(const struct resolve_label *a, const struct resolve_label *b)
{
	int order = strcmp(a->pod->meta.namespace, b->pod->meta.namespace);

	if (!order)
		order = strcmp(a->label->key, b->label->key);
	return order ? order : strcmp(a->label->value, b->label->value);
}

static int compare_labels(const void *a, const void *b)
{
	return compare_keys(a, b);
}

static bool is_of_kind(const struct object_pod *pod, bool offloaded)
{
	return !pod->finished && offloaded == (pod->offloaded_service != NULL);
}

/* Made when first needed: that of ordinary pods is large, and not where there are EndpointSlices. */
static int prepare(const struct object_set *objects, bool offloaded, struct resolve_labels *labels)
{
	size_t count = 0;

	if (labels->ready)
		return 0;
	for (size_t i = 0; i < objects->pod_count; i++)
		count += is_of_kind(&objects->pods[i], offloaded) ? objects->pods[i].labels.count
								  : 0;
	labels->items = calloc(count ? count : 1, sizeof(*labels->items));
	if (!labels->items)
		return -ENOMEM;
	for (size_t i = 0; i < objects->pod_count; i++) {
		const struct object_pod *pod = &objects->pods[i];

		for (size_t j = 0; is_of_kind(pod, offloaded) && j < pod->labels.count; j++) {
			labels->items[labels->count].pod = pod;
			labels->items[labels->count++].label = &pod->labels.items[j];
		}
	}
	array_sort(labels->items, labels->count, sizeof(*labels->items), compare_labels);
	labels->ready = true;
	return 0;
}

bool resolve_has_labels(const struct object_pod *pod, const struct object_labels *selector)
{
	for (size_t i = 0; i < selector->count; i++) {
		const char *value = object_label(&pod->labels, selector->items[i].key);

		if (!value || strcmp(value, selector->items[i].value))
			return false;
	}
	return true;
}

/* The pods that have the rarest label of the selector. */
static struct resolve_range find_rarest(const struct resolve_labels *labels, const char *namespace,
					const struct object_labels *selector)
{
	const struct object_pod like = {.meta = {.namespace = namespace}};
	struct resolve_range rarest = {.count = labels->count};

	for (size_t i = 0; i < selector->count; i++) {
		struct resolve_label wanted = {.pod = &like, .label = &selector->items[i]};
		size_t size = sizeof(wanted);
		size_t first = array_lower_bound(&wanted, labels->items, labels->count, size,
						 compare_labels);
		size_t end = array_upper_bound(&wanted, labels->items, labels->count, size,
					       compare_labels);

		if (end - first <= rarest.count) {
			rarest.first = first;
			rarest.count = end - first;
		}
	}
	return rarest;
}

int resolve_select(struct resolve_state *state, bool offloaded, const char *namespace,
		   const struct object_labels *selector,
		   int (*visit)(struct resolve_state *state, const struct object_pod *pod,
				void *context),
		   void *context)
{
	struct resolve_labels *labels =
		offloaded ? &state->offloaded_labels : &state->ordinary_labels;
	struct resolve_range range;
	int err;

	if (!selector->count)
		return 0;
	err = prepare(state->objects, offloaded, labels);
	if (err)
		return err;
	range = find_rarest(labels, namespace, selector);
	for (size_t i = 0; !err && i < range.count; i++) {
		const struct object_pod *pod = labels->items[range.first + i].pod;

		if (resolve_has_labels(pod, selector))
			err = visit(state, pod, context);
	}
	return err;
}
