// SPDX-License-Identifier: Apache-2.0
/* Pods by their labels, for services that no EndpointSlice lists. */
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

/* Pods on the host network have their node's address, which no service alone is behind. */
static bool is_ordinary(const struct object_pod *pod)
{
	return !pod->offloaded_service && !pod->host_network && !pod->finished &&
	       pod->addresses.count;
}

/* Made when first needed: where there are EndpointSlices, it is not. */
static int prepare(struct resolve_state *state)
{
	const struct object_set *objects = state->objects;
	size_t count = 0;

	if (state->labels_ready)
		return 0;
	for (size_t i = 0; i < objects->pod_count; i++)
		count += is_ordinary(&objects->pods[i]) ? objects->pods[i].labels.count : 0;
	state->labels = calloc(count ? count : 1, sizeof(*state->labels));
	if (!state->labels)
		return -ENOMEM;
	for (size_t i = 0; i < objects->pod_count; i++) {
		const struct object_pod *pod = &objects->pods[i];

		for (size_t j = 0; is_ordinary(pod) && j < pod->labels.count; j++) {
			state->labels[state->label_count].pod = pod;
			state->labels[state->label_count++].label = &pod->labels.items[j];
		}
	}
	array_sort(state->labels, state->label_count, sizeof(*state->labels), compare_labels);
	state->labels_ready = true;
	return 0;
}

static bool has_labels(const struct object_pod *pod, const struct object_labels *selector)
{
	for (size_t i = 0; i < selector->count; i++) {
		const char *value = object_label(&pod->labels, selector->items[i].key);

		if (!value || strcmp(value, selector->items[i].value))
			return false;
	}
	return true;
}

/* The pods that have the rarest label of the selector. */
static struct resolve_range find_rarest(const struct resolve_state *state, const char *namespace,
					const struct object_labels *selector)
{
	const struct object_pod like = {.meta = {.namespace = namespace}};
	struct resolve_range rarest = {.count = state->label_count};

	for (size_t i = 0; i < selector->count; i++) {
		struct resolve_label wanted = {.pod = &like, .label = &selector->items[i]};
		size_t size = sizeof(wanted);
		size_t first = array_lower_bound(&wanted, state->labels, state->label_count, size,
						 compare_labels);
		size_t end = array_upper_bound(&wanted, state->labels, state->label_count, size,
					       compare_labels);

		if (end - first <= rarest.count) {
			rarest.first = first;
			rarest.count = end - first;
		}
	}
	return rarest;
}

int resolve_select(struct resolve_state *state, const char *namespace,
		   const struct object_labels *selector,
		   int (*visit)(struct resolve_state *state, const struct object_pod *pod,
				void *context),
		   void *context)
{
	struct resolve_range range;
	int err;

	if (!selector->count)
		return 0;
	err = prepare(state);
	if (err)
		return err;
	range = find_rarest(state, namespace, selector);
	for (size_t i = 0; !err && i < range.count; i++) {
		const struct object_pod *pod = state->labels[range.first + i].pod;

		if (has_labels(pod, selector))
			err = visit(state, pod, context);
	}
	return err;
}
