// SPDX-License-Identifier: Apache-2.0
#include "user/agent/recover_read.h"

#include <errno.h>
#include <string.h>
#include "user/lib/array.h"

int recover_add_service(struct recover_reading *reading, __u32 id, const char *name, size_t length)
{
	struct mirror *mirror = &reading->mirror;
	struct mirror_service service = {.id = id, .state = MIRROR_SAME};
	int error;

	service.name = arena_copy(&mirror->arena, name, length);
	error = service.name ? array_grow(&mirror->services, &reading->service_capacity,
					  mirror->service_count, sizeof(service))
			     : -ENOMEM;
	if (!error)
		mirror->services[mirror->service_count++] = service;
	return error;
}

static int on_service(void *argument, const void *key, const void *value)
{
	const struct shunt_service *service = value;
	const __u32 *id = key;

	return recover_add_service(argument, *id, service->name,
				   strnlen(service->name, sizeof(service->name)));
}

static int on_frontend(void *argument, const void *key, const void *value)
{
	const struct shunt_frontend *frontend = value;
	struct recover_reading *reading = argument;
	struct mirror *mirror = &reading->mirror;
	struct mirror_endpoint element = {
		.service = frontend->service,
		.tracked = frontend->flags & SHUNT_FRONTEND_TRACKED,
	};
	int error;

	memcpy(&element.endpoint, key, sizeof(element.endpoint));
	error = array_grow(&mirror->frontends, &reading->frontend_capacity, mirror->frontend_count,
			   sizeof(element));
	if (!error)
		mirror->frontends[mirror->frontend_count++] = element;
	return error;
}

static int on_offloaded(void *argument, const void *key, const void *value)
{
	const struct shunt_offloaded *offloaded = value;
	struct recover_reading *reading = argument;
	struct mirror *mirror = &reading->mirror;
	struct mirror_endpoint element = {.service = offloaded->service};
	int error;

	memcpy(&element.endpoint, key, sizeof(element.endpoint));
	error = array_grow(&mirror->offloaded, &reading->offloaded_capacity,
			   mirror->offloaded_count, sizeof(element));
	if (!error)
		mirror->offloaded[mirror->offloaded_count++] = element;
	return error;
}

static int on_override(void *argument, const void *key, const void *value)
{
	const struct shunt_override_key *override_key = key;
	const struct shunt_override *read = value;
	struct recover_reading *reading = argument;
	struct mirror *mirror = &reading->mirror;
	struct mirror_override override = {
		.service = override_key->service,
		.id = read->id,
		.on_unreachable = read->on_unreachable,
	};
	struct shunt_endpoint *endpoints;

	if (read->endpoint_count <= SHUNT_ENDPOINTS_MAX)
		override.endpoint_count = read->endpoint_count;
	endpoints =
		arena_alloc(&mirror->arena, sizeof(read->endpoints[0]) * override.endpoint_count);
	override.context =
		arena_copy(&mirror->arena, override_key->context,
			   strnlen(override_key->context, sizeof(override_key->context)));
	if (!endpoints || !override.context ||
	    array_grow(&mirror->overrides, &reading->override_capacity, mirror->override_count,
		       sizeof(override)))
		return -ENOMEM;
	memcpy(endpoints, read->endpoints, sizeof(*endpoints) * override.endpoint_count);
	override.endpoints = endpoints;
	mirror->overrides[mirror->override_count++] = override;
	return 0;
}

static int on_counts(void *argument, const void *key, const void *value)
{
	struct recover_reading *reading = argument;
	struct mirror *mirror = &reading->mirror;
	int error;

	(void)value;
	error = array_grow(&mirror->retired, &reading->retired_capacity, mirror->retired_count,
			   sizeof(*mirror->retired));
	if (!error)
		memcpy(&mirror->retired[mirror->retired_count++], key, sizeof(*mirror->retired));
	return error;
}

int recover_read(const struct backend *backend, struct recover_reading *reading)
{
	static const struct {
		enum pins_map map;
		maps_visit visit;
	} readers[] = {
		{PINS_SERVICES, on_service},	  {PINS_FRONTENDS, on_frontend},
		{PINS_OFFLOADED, on_offloaded},	  {PINS_OVERRIDES, on_override},
		{PINS_OVERRIDE_STATS, on_counts},
	};
	int error = 0;

	*reading = (struct recover_reading){0};
	for (size_t i = 0; !error && i < sizeof(readers) / sizeof(readers[0]); i++)
		error = backend->each(backend->context, readers[i].map, readers[i].visit, reading);
	return error;
}
