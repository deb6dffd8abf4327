// SPDX-License-Identifier: Apache-2.0
#include "user/agent/element.h"

#include <stdio.h>
#include <string.h>
#include "user/lib/address.h"

static struct mirror_endpoint *get_endpoint(const struct mirror *mirror, enum pins_map map,
					    __u32 slot)
{
	return mirror_endpoint(map == PINS_FRONTENDS ? &mirror->frontends : &mirror->offloaded,
			       slot);
}

size_t element_key_size(enum pins_map map)
{
	switch (map) {
	case PINS_SERVICES:
		return sizeof(__u32);
	case PINS_FRONTENDS:
	case PINS_OFFLOADED:
		return sizeof(struct shunt_endpoint);
	default:
		return sizeof(struct shunt_override_key);
	}
}

size_t element_value_size(enum pins_map map)
{
	switch (map) {
	case PINS_SERVICES:
		return sizeof(struct shunt_service);
	case PINS_FRONTENDS:
		return sizeof(struct shunt_frontend);
	case PINS_OFFLOADED:
		return sizeof(struct shunt_offloaded);
	default:
		return sizeof(struct shunt_override);
	}
}

const struct mirror_service *element_service(const struct mirror *mirror, enum pins_map map,
					     __u32 slot)
{
	switch (map) {
	case PINS_SERVICES:
		return mirror_service(mirror, slot);
	case PINS_FRONTENDS:
	case PINS_OFFLOADED:
		return mirror_service(mirror, get_endpoint(mirror, map, slot)->service);
	default:
		return mirror_service(mirror, mirror_override(mirror, slot)->service);
	}
}

static const char *name_context(const struct mirror *mirror, __u32 slot)
{
	return mirror_context(mirror, mirror_override(mirror, slot)->context)->name;
}

void element_encode_key(const struct mirror *mirror, enum pins_map map, __u32 slot, void *key)
{
	struct shunt_override_key override_key = {0};

	switch (map) {
	case PINS_SERVICES:
		memcpy(key, &mirror_service(mirror, slot)->id, sizeof(__u32));
		break;
	case PINS_FRONTENDS:
	case PINS_OFFLOADED:
		memcpy(key, &get_endpoint(mirror, map, slot)->endpoint,
		       sizeof(struct shunt_endpoint));
		break;
	default:
		snprintf(override_key.context, sizeof(override_key.context), "%s",
			 name_context(mirror, slot));
		override_key.service = element_service(mirror, map, slot)->id;
		memcpy(key, &override_key, sizeof(override_key));
	}
}

static void encode_offloaded(const struct mirror_service *service,
			     const struct mirror_endpoint *endpoint, void *value)
{
	const struct shunt_offloaded encoded = {
		.service = service->id,
		.fence = endpoint->fence,
		.flags = endpoint->flags,
	};

	memcpy(value, &encoded, sizeof(encoded));
}

static void encode_override(const struct mirror *mirror, __u32 slot, void *value)
{
	const struct mirror_override *override = mirror_override(mirror, slot);
	struct shunt_override encoded = {
		.id = override->id,
		.service = mirror_service(mirror, override->service)->id,
		.tag = override->tag,
		.on_unreachable = override->on_unreachable,
		.endpoint_count = override->endpoint_count,
		.flags = override->flags,
	};

	memcpy(encoded.endpoints, mirror_endpoints(override),
	       override->endpoint_count * sizeof(encoded.endpoints[0]));
	memcpy(value, &encoded, sizeof(encoded));
}

void element_encode_value(const struct mirror *mirror, enum pins_map map, __u32 slot, void *value)
{
	const struct mirror_service *service = element_service(mirror, map, slot);
	struct shunt_frontend frontend = {.service = service->id};
	struct shunt_service named = {0};

	switch (map) {
	case PINS_SERVICES:
		snprintf(named.name, sizeof(named.name), "%s", service->name);
		memcpy(value, &named, sizeof(named));
		break;
	case PINS_FRONTENDS:
		if (get_endpoint(mirror, map, slot)->tracked)
			frontend.flags = SHUNT_FRONTEND_TRACKED;
		memcpy(value, &frontend, sizeof(frontend));
		break;
	case PINS_OFFLOADED:
		encode_offloaded(service, get_endpoint(mirror, map, slot), value);
		break;
	default:
		encode_override(mirror, slot, value);
	}
}

const char *element_describe(const struct mirror *mirror, enum pins_map map, __u32 slot,
			     char text[ELEMENT_TEXT_SIZE])
{
	const char *name = element_service(mirror, map, slot)->name;
	char endpoint[ADDRESS_ENDPOINT_TEXT_SIZE];

	switch (map) {
	case PINS_SERVICES:
		snprintf(text, ELEMENT_TEXT_SIZE, "%s", name);
		break;
	case PINS_FRONTENDS:
	case PINS_OFFLOADED:
		address_format_endpoint(&get_endpoint(mirror, map, slot)->endpoint, endpoint);
		snprintf(text, ELEMENT_TEXT_SIZE, "%s of %s", endpoint, name);
		break;
	default:
		snprintf(text, ELEMENT_TEXT_SIZE, "%s for %s", name_context(mirror, slot), name);
	}
	return text;
}
