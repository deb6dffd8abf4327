// SPDX-License-Identifier: Apache-2.0
#include "user/agent/mirror.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/address.h"

#define NONE ((size_t)-1)

struct merge {
	const struct mirror *old;
	const struct tables *tables;
	struct mirror *next;
	/* From the indexes of both sources to those of next->services. */
	__u32 *from_old;
	__u32 *from_tables;
};

/* < 0, 0 or > 0 as element i of the old sequence sorts before, with or after element j. */
typedef int (*compare_elements)(const struct merge *merge, size_t i, size_t j);

/* Adds what becomes of old element i and wanted element j, one of which may be NONE. */
typedef int (*take_elements)(struct merge *merge, size_t i, size_t j);

static int merge_sorted(struct merge *merge, size_t old_count, size_t count,
			compare_elements compare, take_elements take)
{
	size_t i = 0, j = 0;
	int error = 0;

	while (!error && (i < old_count || j < count)) {
		int order = i == old_count ? 1 : j == count ? -1 : compare(merge, i, j);

		error = take(merge, order <= 0 ? i : NONE, order >= 0 ? j : NONE);
		i += order <= 0;
		j += order >= 0;
	}
	return error;
}

/* What is left to do for an element of the old state that is wanted, changed or not. */
static __u8 wanted_state(__u8 old, bool changed)
{
	return changed || old == MIRROR_WRITE ? MIRROR_WRITE : MIRROR_SAME;
}

static int compare_services(const struct merge *merge, size_t i, size_t j)
{
	return strcmp(merge->old->services[i].name, merge->tables->services[j].name);
}

static int take_service(struct merge *merge, size_t i, size_t j)
{
	struct mirror *next = merge->next;
	struct mirror_service *service = &next->services[next->service_count];
	const struct mirror_service *old = i == NONE ? NULL : &merge->old->services[i];
	const char *name;

	if (old && old->state == MIRROR_REMOVED)
		old = NULL;
	if (!old && j == NONE)
		return 0;
	name = old ? old->name : merge->tables->services[j].name;
	service->name = arena_copy(&next->arena, name, strlen(name));
	if (!service->name)
		return -ENOMEM;
	service->id = old ? old->id : next->next_service_id++;
	if (j == NONE)
		service->state = MIRROR_REMOVE;
	else
		service->state = old ? wanted_state(old->state, false) : MIRROR_WRITE;
	if (i != NONE)
		merge->from_old[i] = (__u32)next->service_count;
	if (j != NONE)
		merge->from_tables[j] = (__u32)next->service_count;
	next->service_count++;
	return 0;
}

static int merge_services(struct merge *merge)
{
	const struct tables *tables = merge->tables;
	int error = merge_sorted(merge, merge->old->service_count, tables->service_count,
				 compare_services, take_service);

	for (size_t i = 0; !error && i < tables->override_count; i++) {
		__u32 service = merge->from_tables[tables->overrides[i].service];

		merge->next->services[service].overridden = true;
	}
	return error;
}

/* old is NULL for a new element; service is NONE for one that is not wanted any more. */
static void take_endpoint(struct mirror_endpoint *element, const struct merge *merge,
			  const struct mirror_endpoint *old, size_t service)
{
	if (!old) {
		element->service = merge->from_tables[service];
		element->state = MIRROR_WRITE;
		return;
	}
	*element = *old;
	if (service == NONE) {
		element->service = merge->from_old[old->service];
		element->state = MIRROR_REMOVE;
		return;
	}
	element->service = merge->from_tables[service];
	element->state =
		wanted_state(old->state, merge->from_old[old->service] != element->service);
}

static int compare_frontends(const struct merge *merge, size_t i, size_t j)
{
	return address_compare_endpoint(&merge->old->frontends[i].endpoint,
					&merge->tables->frontends[j].endpoint);
}

static int take_frontend(struct merge *merge, size_t i, size_t j)
{
	const struct mirror_endpoint *old = i == NONE ? NULL : &merge->old->frontends[i];
	const struct tables_frontend *new = j == NONE ? NULL : &merge->tables->frontends[j];
	struct mirror *next = merge->next;
	struct mirror_endpoint *element = &next->frontends[next->frontend_count];

	take_endpoint(element, merge, old, new ? new->service : NONE);
	if (new) {
		element->endpoint = new->endpoint;
		if (next->services[element->service].overridden && !element->tracked) {
			element->tracked = true;
			element->state = MIRROR_WRITE;
		}
	}
	next->frontend_count++;
	return 0;
}

static int compare_offloaded(const struct merge *merge, size_t i, size_t j)
{
	return address_compare_endpoint(&merge->old->offloaded[i].endpoint,
					&merge->tables->offloaded[j].endpoint);
}

static int take_offloaded(struct merge *merge, size_t i, size_t j)
{
	const struct mirror_endpoint *old = i == NONE ? NULL : &merge->old->offloaded[i];
	const struct tables_offloaded *new = j == NONE ? NULL : &merge->tables->offloaded[j];
	struct mirror *next = merge->next;
	struct mirror_endpoint *element = &next->offloaded[next->offloaded_count];

	take_endpoint(element, merge, old, new ? new->service : NONE);
	if (new)
		element->endpoint = new->endpoint;
	next->offloaded_count++;
	return 0;
}

static int compare_overrides(const struct merge *merge, size_t i, size_t j)
{
	const struct mirror_override *old = &merge->old->overrides[i];
	const struct tables_override *new = &merge->tables->overrides[j];
	int order = strcmp(old->context, new->context);
	__u32 a = merge->from_old[old->service], b = merge->from_tables[new->service];

	return order ? order : (a > b) - (a < b);
}

static bool is_changed(const struct mirror_override *old, const struct tables_override *new)
{
	return old->on_unreachable != new->on_unreachable ||
	       old->endpoint_count != new->endpoint_count ||
	       memcmp(old->endpoints, new->endpoints,
		      new->endpoint_count * sizeof(*new->endpoints)) != 0;
}

/* Copies name and endpoints; overrides of one context, which follow each other, share its name. */
static int copy_into(struct mirror *next, struct mirror_override *override)
{
	size_t size = override->endpoint_count * sizeof(*override->endpoints);
	const struct mirror_override *last =
		next->override_count ? &next->overrides[next->override_count - 1] : NULL;
	void *endpoints = arena_alloc(&next->arena, size);

	if (!endpoints)
		return -ENOMEM;
	override->endpoints = memcpy(endpoints, override->endpoints, size);
	if (last && strcmp(last->context, override->context) == 0)
		override->context = last->context;
	else
		override->context =
			arena_copy(&next->arena, override->context, strlen(override->context));
	return override->context ? 0 : -ENOMEM;
}

static int take_override(struct merge *merge, size_t i, size_t j)
{
	const struct mirror_override *old = i == NONE ? NULL : &merge->old->overrides[i];
	const struct tables_override *new = j == NONE ? NULL : &merge->tables->overrides[j];
	struct mirror *next = merge->next;
	struct mirror_override *override = &next->overrides[next->override_count];
	int error;

	if (new) {
		override->context = new->context;
		override->endpoints = new->endpoints;
		override->service = merge->from_tables[new->service];
		override->on_unreachable = new->on_unreachable;
		override->endpoint_count = new->endpoint_count;
		override->id = old ? old->id : next->next_override_id++;
		override->state =
			old ? wanted_state(old->state, is_changed(old, new)) : MIRROR_WRITE;
	} else {
		*override = *old;
		override->service = merge->from_old[old->service];
		override->state = MIRROR_REMOVE;
	}
	error = copy_into(next, override);
	if (!error)
		next->override_count++;
	return error;
}

static int reserve(struct mirror *next, const struct mirror *old, const struct tables *tables)
{
	next->services =
		calloc(old->service_count + tables->service_count + 1, sizeof(*next->services));
	next->frontends =
		calloc(old->frontend_count + tables->frontend_count + 1, sizeof(*next->frontends));
	next->offloaded = calloc(old->offloaded_count + tables->offloaded_count + 1,
				 sizeof(*next->offloaded));
	next->overrides =
		calloc(old->override_count + tables->override_count + 1, sizeof(*next->overrides));
	if (!next->services || !next->frontends || !next->offloaded || !next->overrides)
		return -ENOMEM;
	return 0;
}

/* The ids that are retired already, and room for those of the overrides to be removed. */
static int copy_retired(struct mirror *next, const struct mirror *old)
{
	size_t room = old->retired_count + 1;

	for (size_t i = 0; i < next->override_count; i++)
		room += next->overrides[i].state == MIRROR_REMOVE;
	next->retired = calloc(room, sizeof(*next->retired));
	if (!next->retired)
		return -ENOMEM;
	if (old->retired_count)
		memcpy(next->retired, old->retired, old->retired_count * sizeof(*next->retired));
	next->retired_count = old->retired_count;
	return 0;
}

static int merge_all(struct merge *merge)
{
	const struct mirror *old = merge->old;
	const struct tables *tables = merge->tables;
	int error;

	error = merge_services(merge);
	if (!error)
		error = merge_sorted(merge, old->frontend_count, tables->frontend_count,
				     compare_frontends, take_frontend);
	if (!error)
		error = merge_sorted(merge, old->offloaded_count, tables->offloaded_count,
				     compare_offloaded, take_offloaded);
	if (!error)
		error = merge_sorted(merge, old->override_count, tables->override_count,
				     compare_overrides, take_override);
	return error ? error : copy_retired(merge->next, old);
}

int mirror_next(const struct mirror *old, const struct tables *tables, struct mirror *next)
{
	struct mirror made = {
		.next_service_id = old->next_service_id,
		.next_override_id = old->next_override_id,
	};
	struct merge merge = {.old = old, .tables = tables, .next = &made};
	int error;

	merge.from_old = calloc(old->service_count + 1, sizeof(*merge.from_old));
	merge.from_tables = calloc(tables->service_count + 1, sizeof(*merge.from_tables));
	error = merge.from_old && merge.from_tables ? reserve(&made, old, tables) : -ENOMEM;
	if (!error)
		error = merge_all(&merge);
	free(merge.from_old);
	free(merge.from_tables);
	if (error)
		mirror_clear(&made);
	else
		*next = made;
	return error;
}
