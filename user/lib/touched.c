// SPDX-License-Identifier: Apache-2.0
#include "user/lib/touched.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/target.h"

static int add_key(struct touched_keys *keys, const char *namespace, const char *name)
{
	int error = array_grow(&keys->items, &keys->capacity, keys->count, sizeof(*keys->items));

	if (!error)
		keys->items[keys->count++] =
			(struct touched_key){.namespace = namespace, .name = name};
	return error;
}

static int compare_keys(const void *a, const void *b)
{
	const struct touched_key *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : strcmp(x->namespace, y->namespace);
}

static void sort_keys(struct touched_keys *keys)
{
	array_sort(keys->items, keys->count, sizeof(*keys->items), compare_keys);
	keys->count = array_unique(keys->items, keys->count, sizeof(*keys->items), compare_keys);
}

static bool has_key(const struct touched_keys *keys, const char *namespace, const char *name)
{
	struct touched_key wanted = {.namespace = namespace, .name = name};
	size_t i;

	if (!keys->items)
		return false;
	i = array_lower_bound(&wanted, keys->items, keys->count, sizeof(wanted), compare_keys);
	return i < keys->count && !compare_keys(&wanted, &keys->items[i]);
}

static bool texts_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool services_equal(const struct object_service *a, const struct object_service *b)
{
	if (a->port_count != b->port_count)
		return false;
	for (size_t i = 0; i < a->port_count; i++) {
		const struct object_service_port *x = &a->ports[i], *y = &b->ports[i];

		if (x->number != y->number || x->target_number != y->target_number ||
		    !texts_equal(x->name, y->name) || !texts_equal(x->target_name, y->target_name))
			return false;
	}
	return true;
}

static bool pods_equal(const struct object_pod *a, const struct object_pod *b)
{
	if (!texts_equal(a->offloaded_service, b->offloaded_service) ||
	    !texts_equal(a->offloaded_sha, b->offloaded_sha) ||
	    a->host_network != b->host_network || a->ready != b->ready || a->probed != b->probed ||
	    a->finished != b->finished || a->addresses.count != b->addresses.count ||
	    a->ports.count != b->ports.count)
		return false;
	for (size_t i = 0; i < a->addresses.count; i++)
		if (address_compare(&a->addresses.items[i], &b->addresses.items[i]) != 0)
			return false;
	for (size_t i = 0; i < a->ports.count; i++)
		if (a->ports.items[i].number != b->ports.items[i].number ||
		    strcmp(a->ports.items[i].name, b->ports.items[i].name) != 0)
			return false;
	return true;
}

static int add_pod(struct touched *touched, const struct object_pod *pod)
{
	int error = add_key(&touched->pods, pod->meta.namespace, pod->meta.name);

	if (!error && pod->offloaded_service)
		error = add_key(&touched->services, pod->meta.namespace, pod->offloaded_service);
	return error;
}

static int compare_services(const struct object_set *old, const struct object_set *new,
			    struct touched *touched)
{
	size_t i = 0, j = 0;
	int error = 0;

	while (!error && (i < old->service_count || j < new->service_count)) {
		const struct object_service *a = &old->services[i], *b = &new->services[j];
		int order = i == old->service_count   ? 1
			    : j == new->service_count ? -1
						      : object_meta_compare(&a->meta, &b->meta);

		if (order || !services_equal(a, b)) {
			const struct object_meta *meta = order < 0 ? &a->meta : &b->meta;

			error = add_key(&touched->services, meta->namespace, meta->name);
		}
		i += order <= 0;
		j += order >= 0;
	}
	return error;
}

static int compare_pods(const struct object_set *old, const struct object_set *new,
			struct touched *touched)
{
	size_t i = 0, j = 0;
	int error = 0;

	while (!error && (i < old->pod_count || j < new->pod_count)) {
		const struct object_pod *a = &old->pods[i], *b = &new->pods[j];
		int order = i == old->pod_count	  ? 1
			    : j == new->pod_count ? -1
						  : object_meta_compare(&a->meta, &b->meta);
		bool differ = order || !pods_equal(a, b);

		if (differ && order <= 0)
			error = add_pod(touched, a);
		if (!error && differ && order >= 0)
			error = add_pod(touched, b);
		i += order <= 0;
		j += order >= 0;
	}
	return error;
}

static bool targets_equal(const struct object_settings *a, const struct object_settings *b)
{
	if (a->target_count != b->target_count)
		return false;
	for (size_t i = 0; i < a->target_count; i++) {
		const struct object_target *x = &a->targets[i], *y = &b->targets[i];

		if (address_compare_endpoint(&x->endpoint, &y->endpoint) ||
		    !texts_equal(x->namespace, y->namespace) ||
		    !texts_equal(x->service, y->service) || !texts_equal(x->port, y->port))
			return false;
	}
	return true;
}

static const struct object_settings *settings_of(const struct object_set *objects)
{
	static const struct object_settings none = {.fence = SHUNT_FENCE_ENFORCE};

	return objects->settings_count ? &objects->settings[0] : &none;
}

/* The reasons of what waits for a pod to become Ready depend on them. */
static bool fences_equal(const struct object_set *old, const struct object_set *new)
{
	const struct object_settings *a = settings_of(old), *b = settings_of(new);

	if (a->fence != b->fence || a->fence_count != b->fence_count)
		return false;
	for (size_t i = 0; i < a->fence_count; i++) {
		const struct object_fence *x = &a->fences[i], *y = &b->fences[i];

		if (x->mode != y->mode || !texts_equal(x->namespace, y->namespace) ||
		    !texts_equal(x->service, y->service))
			return false;
	}
	return true;
}

static int compare_targets(const struct object_set *old, const struct object_set *new,
			   struct touched *touched)
{
	const struct object_settings *both[] = {settings_of(old), settings_of(new)};
	int error = 0;

	if (targets_equal(both[0], both[1]))
		return 0;
	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; !error && j < both[i]->target_count; j++)
			error = add_key(&touched->services, both[i]->targets[j].namespace,
					both[i]->targets[j].service);
	return error;
}

/* Where an address has become one that is refused, or is refused no more. */
static int add_guarded(const struct target_guarded *old, const struct target_guarded *new,
		       const struct object_set *objects, struct touched *touched)
{
	const struct object_settings *settings = settings_of(objects);
	int error = 0;

	for (size_t i = 0; !error && i < objects->pod_count; i++) {
		const struct object_pod *pod = &objects->pods[i];

		for (size_t j = 0; !error && pod->offloaded_service && j < pod->addresses.count;
		     j++)
			if (target_check(old, &pod->addresses.items[j]) !=
			    target_check(new, &pod->addresses.items[j]))
				error = add_pod(touched, pod);
	}
	for (size_t i = 0; !error && i < settings->target_count; i++) {
		const struct object_target *target = &settings->targets[i];

		if (target_check(old, &target->endpoint.address) !=
		    target_check(new, &target->endpoint.address))
			error = add_key(&touched->services, target->namespace, target->service);
	}
	return error;
}

static int compare_guarded(const struct object_set *old, const struct object_set *new,
			   struct touched *touched)
{
	struct target_guarded before, after;
	int error = target_guarded_find(old, &before);

	if (!error) {
		error = target_guarded_find(new, &after);
		if (!error)
			error = add_guarded(&before, &after, new, touched);
		target_guarded_clear(&after);
	}
	target_guarded_clear(&before);
	return error;
}

bool touched_has(const struct touched *touched, const struct object_context *context)
{
	if (touched->all)
		return true;
	for (size_t i = 0; i < context->override_count; i++) {
		const struct object_override *override = &context->overrides[i];

		if (has_key(&touched->services, override->namespace, override->service) ||
		    (override->kind == OBJECT_OVERRIDE_POD &&
		     has_key(&touched->pods, override->namespace, override->target)))
			return true;
	}
	return false;
}

void touched_find(const struct object_set *old, const struct object_set *new,
		  struct touched *touched)
{
	*touched = (struct touched){0};
	/* Where they cannot be compared, everything counts as touched. */
	touched->all = !old || !fences_equal(old, new) || compare_services(old, new, touched) ||
		       compare_pods(old, new, touched) || compare_targets(old, new, touched) ||
		       compare_guarded(old, new, touched);
	sort_keys(&touched->services);
	sort_keys(&touched->pods);
}

bool touched_is_empty(const struct touched *touched)
{
	return !touched->all && !touched->services.count && !touched->pods.count;
}

void touched_clear(struct touched *touched)
{
	free(touched->services.items);
	free(touched->pods.items);
	*touched = (struct touched){0};
}
