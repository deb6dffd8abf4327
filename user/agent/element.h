/* SPDX-License-Identifier: Apache-2.0 */
/* One element of a mirrored table - services, offloaded, frontends or overrides - by its slot. */
#ifndef SHUNT_USER_AGENT_ELEMENT_H
#define SHUNT_USER_AGENT_ELEMENT_H

#include "user/agent/mirror.h"
#include "user/lib/pins.h"

#define ELEMENT_TEXT_SIZE (SHUNT_CONTEXT_NAME_MAX + SHUNT_SERVICE_NAME_MAX + 64)

union element_key {
	__u32 service;
	struct shunt_endpoint endpoint;
	struct shunt_override_key override;
};

union element_value {
	struct shunt_service service;
	struct shunt_frontend frontend;
	struct shunt_offloaded offloaded;
	struct shunt_override override;
};

size_t element_key_size(enum pins_map map);
size_t element_value_size(enum pins_map map);

/* The service that it belongs to; the service itself for one. */
const struct mirror_service *element_service(const struct mirror *mirror, enum pins_map map,
					     __u32 slot);

/* Fill in what the kernel's map should have, all of it. */
void element_encode_key(const struct mirror *mirror, enum pins_map map, __u32 slot, void *key);
void element_encode_value(const struct mirror *mirror, enum pins_map map, __u32 slot, void *value);

/* Writes what a person calls it. Returns text. */
const char *element_describe(const struct mirror *mirror, enum pins_map map, __u32 slot,
			     char text[ELEMENT_TEXT_SIZE]);

#endif
