// SPDX-License-Identifier: Apache-2.0
#include "user/agent/recover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/agent/recover_read.h"
#include "user/agent/uses.h"
#include "user/lib/address.h"
#include "user/lib/array.h"

/* Where the service of an id is. */
struct place {
	__u32 id;
	__u32 index;
};

static int compare_ids(const void *a, const void *b)
{
	const __u32 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int compare_names(const void *a, const void *b)
{
	const struct mirror_service *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int compare_endpoints(const void *a, const void *b)
{
	const struct mirror_endpoint *x = a, *y = b;

	return address_compare_endpoint(&x->endpoint, &y->endpoint);
}

static int compare_overrides(const void *a, const void *b)
{
	const struct mirror_override *x = a, *y = b;
	int order = strcmp(x->context, y->context);

	return order ? order : (x->service > y->service) - (x->service < y->service);
}

static int compare_override_ids(const void *a, const void *b)
{
	const struct mirror_override *x = a, *y = b;

	return compare_ids(&x->id, &y->id);
}

static int compare_service_ids(const void *a, const void *b)
{
	const struct mirror_service *x = a, *y = b;

	return compare_ids(&x->id, &y->id);
}

static bool has_service(const struct mirror *mirror, size_t sorted, __u32 id)
{
	const struct mirror_service key = {.id = id};
	size_t found =
		array_lower_bound(&key, mirror->services, sorted, sizeof(key), compare_service_ids);

	return found < sorted && mirror->services[found].id == id;
}

/*
 * Elements of a service that has no name, which somebody must have removed by hand, get one that
 * nothing wants, so that they go away with it.
 */
static int add_missing_services(struct recover_reading *reading)
{
	struct mirror *mirror = &reading->mirror;
	size_t sorted = mirror->service_count;
	int error = 0;

	array_sort(mirror->services, sorted, sizeof(*mirror->services), compare_service_ids);
	for (size_t i = 0; !error && i < mirror->frontend_count; i++)
		if (!has_service(mirror, sorted, mirror->frontends[i].service))
			error = recover_add_service(reading, mirror->frontends[i].service, "", 0);
	for (size_t i = 0; !error && i < mirror->offloaded_count; i++)
		if (!has_service(mirror, sorted, mirror->offloaded[i].service))
			error = recover_add_service(reading, mirror->offloaded[i].service, "", 0);
	for (size_t i = 0; !error && i < mirror->override_count; i++)
		if (!has_service(mirror, sorted, mirror->overrides[i].service))
			error = recover_add_service(reading, mirror->overrides[i].service, "", 0);
	array_sort(mirror->services, mirror->service_count, sizeof(*mirror->services),
		   compare_service_ids);
	mirror->service_count = array_unique(mirror->services, mirror->service_count,
					     sizeof(*mirror->services), compare_service_ids);
	return error;
}

static __u32 find_index(const struct place *places, size_t count, __u32 id)
{
	return places[array_lower_bound(&id, places, count, sizeof(*places), compare_ids)].index;
}

/* Sorts the services by name and gives the elements the indexes of theirs. */
static int link_services(struct mirror *mirror)
{
	size_t count = mirror->service_count;
	struct place *places = calloc(count + 1, sizeof(*places));

	if (!places)
		return -ENOMEM;
	array_sort(mirror->services, count, sizeof(*mirror->services), compare_names);
	for (size_t i = 0; i < count; i++)
		places[i] = (struct place){mirror->services[i].id, (__u32)i};
	/* An id begins a place, so that one compares as the other. */
	array_sort(places, count, sizeof(*places), compare_ids);
	for (size_t i = 0; i < mirror->frontend_count; i++)
		mirror->frontends[i].service =
			find_index(places, count, mirror->frontends[i].service);
	for (size_t i = 0; i < mirror->offloaded_count; i++)
		mirror->offloaded[i].service =
			find_index(places, count, mirror->offloaded[i].service);
	for (size_t i = 0; i < mirror->override_count; i++) {
		__u32 service = find_index(places, count, mirror->overrides[i].service);

		mirror->overrides[i].service = service;
		mirror->services[service].overridden = true;
	}
	free(places);
	return 0;
}

/* Leaves those of the ids that have counts for which there is no override. */
static void keep_retired(struct mirror *mirror)
{
	size_t kept = 0;

	array_sort(mirror->overrides, mirror->override_count, sizeof(*mirror->overrides),
		   compare_override_ids);
	for (size_t i = 0; i < mirror->retired_count; i++) {
		const struct mirror_override key = {.id = mirror->retired[i]};
		size_t found = array_lower_bound(&key, mirror->overrides, mirror->override_count,
						 sizeof(key), compare_override_ids);

		if (found == mirror->override_count || mirror->overrides[found].id != key.id)
			mirror->retired[kept++] = key.id;
	}
	mirror->retired_count = kept;
}

static void raise_above(__u32 *next, __u32 used)
{
	if (*next <= used)
		*next = used + 1;
}

/* Ids start at 1: 0 stands for the origin. */
static int find_next_ids(const struct backend *backend, struct mirror *mirror)
{
	struct uses uses;
	int error;

	error = uses_read(backend, &uses);
	if (error)
		return error;
	mirror->next_service_id = mirror->next_override_id = 1;
	for (size_t i = 0; i < mirror->service_count; i++)
		raise_above(&mirror->next_service_id, mirror->services[i].id);
	for (size_t i = 0; i < uses.service_count; i++)
		raise_above(&mirror->next_service_id, uses.services[i]);
	for (size_t i = 0; i < mirror->override_count; i++)
		raise_above(&mirror->next_override_id, mirror->overrides[i].id);
	for (size_t i = 0; i < mirror->retired_count; i++)
		raise_above(&mirror->next_override_id, mirror->retired[i]);
	for (size_t i = 0; i < uses.override_count; i++)
		raise_above(&mirror->next_override_id, uses.overrides[i]);
	uses_clear(&uses);
	return 0;
}

int recover_mirror(const struct backend *backend, struct mirror *mirror)
{
	struct recover_reading reading;
	struct mirror *read = &reading.mirror;
	int error;

	error = recover_read(backend, &reading);
	if (!error)
		error = add_missing_services(&reading);
	if (!error)
		error = find_next_ids(backend, read);
	if (!error)
		error = link_services(read);
	if (error) {
		mirror_clear(read);
		return error;
	}
	keep_retired(read);
	array_sort(read->frontends, read->frontend_count, sizeof(*read->frontends),
		   compare_endpoints);
	array_sort(read->offloaded, read->offloaded_count, sizeof(*read->offloaded),
		   compare_endpoints);
	array_sort(read->overrides, read->override_count, sizeof(*read->overrides),
		   compare_overrides);
	*mirror = *read;
	return 0;
}
