// SPDX-License-Identifier: Apache-2.0
/* Elements of the mirror by their keys: found, added and dropped. */
#include "user/agent/mirror.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/address.h"

static __u64 mix(__u64 a, __u64 b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (__u64)product ^ (__u64)(product >> 64);
}

static __u32 hash_bytes(const struct mirror *mirror, const void *bytes, size_t length)
{
	__u64 hash = mirror->seed ^ length;
	__u64 word;

	for (size_t i = 0; i < length; i += sizeof(word)) {
		word = 0;
		memcpy(&word, (const char *)bytes + i,
		       length - i < sizeof(word) ? length - i : sizeof(word));
		hash = mix(hash ^ word, (mirror->seed << 1) | 0x9e3779b97f4a7c15);
	}
	return (__u32)(hash ^ hash >> 32);
}

static __u32 hash_text(const struct mirror *mirror, const char *text)
{
	return hash_bytes(mirror, text, strlen(text));
}

static __u32 hash_override(const struct mirror *mirror, __u32 context, __u32 service)
{
	const __u32 key[2] = {context, service};

	return hash_bytes(mirror, key, sizeof(key));
}

static bool is_recent(const struct mirror *mirror, const char *name)
{
	__u32 slot = mirror->recent_context;

	return slot < mirror->contexts.count && mirror_context(mirror, slot)->element.used &&
	       strcmp(mirror_context(mirror, slot)->name, name) == 0;
}

static __u32 find_context(const struct mirror *mirror, const char *name)
{
	__u32 slot;

	if (is_recent(mirror, name))
		return mirror->recent_context;
	slot = mirror_table_first(&mirror->contexts, hash_text(mirror, name));

	while (slot != MIRROR_NONE && strcmp(mirror_context(mirror, slot)->name, name) != 0)
		slot = mirror_table_next(&mirror->contexts, slot);
	return slot;
}

__u32 mirror_find_service(const struct mirror *mirror, const char *name)
{
	__u32 slot = mirror_table_first(&mirror->services, hash_text(mirror, name));

	while (slot != MIRROR_NONE && strcmp(mirror_service(mirror, slot)->name, name) != 0)
		slot = mirror_table_next(&mirror->services, slot);
	return slot;
}

__u32 mirror_find_endpoint(const struct mirror *mirror, const struct mirror_table *table,
			   const struct shunt_endpoint *endpoint)
{
	__u32 slot = mirror_table_first(table, hash_bytes(mirror, endpoint, sizeof(*endpoint)));

	while (slot != MIRROR_NONE &&
	       address_compare_endpoint(&mirror_endpoint(table, slot)->endpoint, endpoint) != 0)
		slot = mirror_table_next(table, slot);
	return slot;
}

__u32 mirror_find_override(const struct mirror *mirror, const char *context, __u32 service)
{
	__u32 name = find_context(mirror, context), slot;

	if (name == MIRROR_NONE)
		return MIRROR_NONE;
	slot = mirror_table_first(&mirror->overrides, hash_override(mirror, name, service));
	while (slot != MIRROR_NONE && (mirror_override(mirror, slot)->context != name ||
				       mirror_override(mirror, slot)->service != service))
		slot = mirror_table_next(&mirror->overrides, slot);
	return slot;
}

static int add_context(struct mirror *mirror, const char *name, __u32 *slot)
{
	char *copy = strdup(name);

	if (!copy || mirror_table_add(&mirror->contexts, hash_text(mirror, name), slot)) {
		free(copy);
		return -ENOMEM;
	}
	mirror_context(mirror, *slot)->name = copy;
	return 0;
}

static __u16 *stats_users(struct mirror *mirror, __u32 id)
{
	return &mirror->service_stats[id % SHUNT_SERVICE_STATS_MAX];
}

__u32 mirror_next_service_id(const struct mirror *mirror)
{
	__u32 id = mirror->next_service_id;

	if (mirror->services.used < SHUNT_SERVICE_STATS_MAX)
		while (mirror->service_stats[id % SHUNT_SERVICE_STATS_MAX])
			id++;
	return id;
}

int mirror_add_service(struct mirror *mirror, const char *name, __u32 id, __u32 *slot)
{
	struct mirror_service *service;
	char *copy = strdup(name);

	if (!copy || mirror_table_add(&mirror->services, hash_text(mirror, name), slot)) {
		free(copy);
		return -ENOMEM;
	}
	service = mirror_service(mirror, *slot);
	service->id = id;
	service->name = copy;
	service->frontends = MIRROR_NONE;
	++*stats_users(mirror, id);
	return 0;
}

static void link_endpoint(struct mirror *mirror, struct mirror_table *table, __u32 slot,
			  __u32 service)
{
	struct mirror_endpoint *endpoint = mirror_endpoint(table, slot);
	struct mirror_service *owner = mirror_service(mirror, service);

	endpoint->service = service;
	owner->references++;
	if (table != &mirror->frontends)
		return;
	endpoint->previous = MIRROR_NONE;
	endpoint->next = owner->frontends;
	if (endpoint->next != MIRROR_NONE)
		mirror_endpoint(table, endpoint->next)->previous = slot;
	owner->frontends = slot;
}

static void unlink_endpoint(struct mirror *mirror, struct mirror_table *table, __u32 slot)
{
	struct mirror_endpoint *endpoint = mirror_endpoint(table, slot);
	struct mirror_service *owner = mirror_service(mirror, endpoint->service);

	owner->references--;
	if (table != &mirror->frontends)
		return;
	if (endpoint->next != MIRROR_NONE)
		mirror_endpoint(table, endpoint->next)->previous = endpoint->previous;
	if (endpoint->previous != MIRROR_NONE)
		mirror_endpoint(table, endpoint->previous)->next = endpoint->next;
	else
		owner->frontends = endpoint->next;
}

int mirror_add_endpoint(struct mirror *mirror, struct mirror_table *table,
			const struct shunt_endpoint *endpoint, __u32 service, __u32 *slot)
{
	int error = mirror_table_add(table, hash_bytes(mirror, endpoint, sizeof(*endpoint)), slot);

	if (error)
		return error;
	mirror_endpoint(table, *slot)->endpoint = *endpoint;
	link_endpoint(mirror, table, *slot, service);
	return 0;
}

void mirror_move_endpoint(struct mirror *mirror, struct mirror_table *table, __u32 slot,
			  __u32 service)
{
	unlink_endpoint(mirror, table, slot);
	link_endpoint(mirror, table, slot, service);
}

static void release_context(struct mirror *mirror, __u32 slot)
{
	if (mirror_context(mirror, slot)->references)
		return;
	free(mirror_context(mirror, slot)->name);
	mirror_table_remove(&mirror->contexts, slot);
}

int mirror_add_override(struct mirror *mirror, const char *context, __u32 service, __u32 id,
			__u32 *slot)
{
	__u32 name = find_context(mirror, context);
	struct mirror_override *override;
	int error = 0;

	if (name == MIRROR_NONE)
		error = add_context(mirror, context, &name);
	if (error)
		return error;
	error = mirror_table_add(&mirror->overrides, hash_override(mirror, name, service), slot);
	if (error) {
		release_context(mirror, name);
		return error;
	}
	override = mirror_override(mirror, *slot);
	mirror->recent_context = name;
	override->context = name;
	override->service = service;
	override->id = id;
	mirror_context(mirror, name)->references++;
	mirror_service(mirror, service)->references++;
	return 0;
}

int mirror_set_endpoints(struct mirror_override *override, const struct shunt_endpoint *endpoints,
			 __u8 count)
{
	size_t size = count * sizeof(*endpoints);
	struct shunt_endpoint *copy = NULL;

	if (count > 1) {
		copy = malloc(size);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, endpoints, size);
	}
	mirror_free_endpoints(override);
	if (copy)
		override->several = copy;
	else if (count)
		override->only = *endpoints;
	override->endpoint_count = count;
	return 0;
}

void mirror_free_endpoints(struct mirror_override *override)
{
	if (override->endpoint_count > 1)
		free(override->several);
	override->endpoint_count = 0;
}

static void drop_override(struct mirror *mirror, __u32 slot)
{
	struct mirror_override *override = mirror_override(mirror, slot);

	mirror_service(mirror, override->service)->references--;
	mirror_context(mirror, override->context)->references--;
	release_context(mirror, override->context);
	mirror_free_endpoints(override);
	mirror_table_remove(&mirror->overrides, slot);
}

void mirror_drop(struct mirror *mirror, enum pins_map map, __u32 slot)
{
	struct mirror_table *table = mirror_table(mirror, map);

	switch (map) {
	case PINS_SERVICES:
		--*stats_users(mirror, mirror_service(mirror, slot)->id);
		free(mirror_service(mirror, slot)->name);
		mirror_table_remove(table, slot);
		break;
	case PINS_FRONTENDS:
	case PINS_OFFLOADED:
		unlink_endpoint(mirror, table, slot);
		mirror_table_remove(table, slot);
		break;
	default:
		drop_override(mirror, slot);
	}
}
