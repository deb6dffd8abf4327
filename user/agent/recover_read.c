// SPDX-License-Identifier: Apache-2.0
#include "user/agent/recover_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"

/* The kernel has the element, as it is. */
static void note_present(struct mirror_table *table, __u32 slot)
{
	struct mirror_element *element = mirror_table_get(table, slot);

	element->wanted = element->present = element->current = true;
	table->present++;
}

static int compare_places(const void *a, const void *b)
{
	const struct recover_place *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int add_service(struct recover_reading *reading, __u32 id, const char *name,
		       struct recover_place *place)
{
	struct recover_place added = {.id = id};
	int error;

	error = array_grow(&reading->places, &reading->place_capacity, reading->place_count,
			   sizeof(*reading->places));
	if (!error)
		error = mirror_add_service(&reading->mirror, name, id, &added.slot);
	if (error)
		return error;
	note_present(&reading->mirror.services, added.slot);
	reading->places[reading->place_count++] = added;
	*place = added;
	return 0;
}

static int on_service(void *argument, const void *key, const void *value)
{
	const struct shunt_service *service = value;
	char name[sizeof(service->name) + 1] = "";
	struct recover_place place;
	__u32 id;

	memcpy(&id, key, sizeof(id));
	memcpy(name, service->name, sizeof(service->name));
	return add_service(argument, id, name, &place);
}

/* The slot of the service of that id. */
static int find_service(struct recover_reading *reading, __u32 id, __u32 *slot)
{
	struct recover_place key = {.id = id};
	size_t found = array_lower_bound(&key, reading->places, reading->place_count, sizeof(key),
					 compare_places);
	int error = 0;

	if (found == reading->place_count || reading->places[found].id != id) {
		error = add_service(reading, id, "", &key);
		if (error)
			return error;
		memmove(&reading->places[found + 1], &reading->places[found],
			(reading->place_count - 1 - found) * sizeof(key));
		reading->places[found] = key;
	}
	*slot = reading->places[found].slot;
	return 0;
}

static int add_endpoint(struct recover_reading *reading, struct mirror_table *table,
			const void *key, __u32 id, __u32 *slot)
{
	struct shunt_endpoint endpoint;
	__u32 service;
	int error;

	memcpy(&endpoint, key, sizeof(endpoint));
	error = find_service(reading, id, &service);
	if (!error)
		error = mirror_add_endpoint(&reading->mirror, table, &endpoint, service, slot);
	if (!error)
		note_present(table, *slot);
	return error;
}

static int on_frontend(void *argument, const void *key, const void *value)
{
	const struct shunt_frontend *frontend = value;
	struct recover_reading *reading = argument;
	struct mirror_table *table = &reading->mirror.frontends;
	__u32 slot;
	int error = add_endpoint(reading, table, key, frontend->service, &slot);

	if (!error)
		mirror_endpoint(table, slot)->tracked = frontend->flags & SHUNT_FRONTEND_TRACKED;
	return error;
}

static int on_offloaded(void *argument, const void *key, const void *value)
{
	const struct shunt_offloaded *offloaded = value;
	struct recover_reading *reading = argument;
	struct mirror_table *table = &reading->mirror.offloaded;
	__u32 slot;
	int error = add_endpoint(reading, table, key, offloaded->service, &slot);

	if (!error) {
		mirror_endpoint(table, slot)->fence = offloaded->fence;
		mirror_endpoint(table, slot)->flags = offloaded->flags;
	}
	return error;
}

static int on_override(void *argument, const void *key, const void *value)
{
	const struct shunt_override_key *override_key = key;
	char context[sizeof(override_key->context) + 1] = "";
	const struct shunt_override *read = value;
	struct recover_reading *reading = argument;
	struct mirror *mirror = &reading->mirror;
	struct mirror_override *override;
	__u32 service, slot;
	__u8 count = 0;
	int error;

	if (read->endpoint_count <= SHUNT_ENDPOINTS_MAX)
		count = read->endpoint_count;
	memcpy(context, override_key->context, sizeof(override_key->context));
	error = find_service(reading, override_key->service, &service);
	if (!error)
		error = mirror_add_override(mirror, context, service, read->id, &slot);
	if (error)
		return error;
	note_present(&mirror->overrides, slot);
	mirror_service(mirror, service)->overridden++;
	override = mirror_override(mirror, slot);
	override->on_unreachable = read->on_unreachable;
	override->flags = read->flags;
	override->tag = read->tag;
	return mirror_set_endpoints(override, read->endpoints, count);
}

static int on_counts(void *argument, const void *key, const void *value)
{
	static const __u32 by_address = SHUNT_OVERRIDE_BY_ADDRESS;
	struct recover_reading *reading = argument;
	int error;

	(void)value;
	/* The count of all that requests asked for themselves is no override's. */
	if (memcmp(key, &by_address, sizeof(by_address)) == 0)
		return 0;
	error = array_grow(&reading->counted, &reading->counted_capacity, reading->counted_count,
			   sizeof(*reading->counted));
	if (!error)
		memcpy(&reading->counted[reading->counted_count++], key, sizeof(*reading->counted));
	return error;
}

int recover_read(const struct backend *backend, struct recover_reading *reading)
{
	static const struct {
		enum pins_map map;
		maps_visit visit;
	} readers[] = {
		{PINS_FRONTENDS, on_frontend},
		{PINS_OFFLOADED, on_offloaded},
		{PINS_OVERRIDES, on_override},
		{PINS_OVERRIDE_STATS, on_counts},
	};
	int error;

	*reading = (struct recover_reading){0};
	mirror_init(&reading->mirror);
	error = backend->each(backend->context, PINS_SERVICES, on_service, reading);
	array_sort(reading->places, reading->place_count, sizeof(*reading->places), compare_places);
	for (size_t i = 0; !error && i < sizeof(readers) / sizeof(readers[0]); i++)
		error = backend->each(backend->context, readers[i].map, readers[i].visit, reading);
	return error;
}

void recover_read_clear(struct recover_reading *reading)
{
	mirror_clear(&reading->mirror);
	free(reading->places);
	free(reading->counted);
	*reading = (struct recover_reading){0};
}
