// SPDX-License-Identifier: Apache-2.0
#include "user/agent/mirror.h"

#include <stdlib.h>
#include <sys/random.h>

void mirror_init(struct mirror *mirror)
{
	*mirror = (struct mirror){.next_service_id = 1, .next_override_id = 1};
	mirror_table_init(&mirror->contexts, sizeof(struct mirror_context));
	mirror_table_init(&mirror->services, sizeof(struct mirror_service));
	mirror_table_init(&mirror->frontends, sizeof(struct mirror_endpoint));
	mirror_table_init(&mirror->offloaded, sizeof(struct mirror_endpoint));
	mirror_table_init(&mirror->overrides, sizeof(struct mirror_override));
	/* It does not fail for so few bytes; without it the hashes can be foreseen. */
	if (getrandom(&mirror->seed, sizeof(mirror->seed), GRND_NONBLOCK) < 0)
		mirror->seed = 1;
}

void mirror_clear(struct mirror *mirror)
{
	if (!mirror)
		return;
	for (__u32 i = 0; i < mirror->contexts.count; i++)
		if (mirror_context(mirror, i)->element.used)
			free(mirror_context(mirror, i)->name);
	for (__u32 i = 0; i < mirror->services.count; i++)
		if (mirror_service(mirror, i)->element.used)
			free(mirror_service(mirror, i)->name);
	for (__u32 i = 0; i < mirror->overrides.count; i++)
		if (mirror_override(mirror, i)->element.used)
			mirror_free_endpoints(mirror_override(mirror, i));
	mirror_table_clear(&mirror->contexts);
	mirror_table_clear(&mirror->services);
	mirror_table_clear(&mirror->frontends);
	mirror_table_clear(&mirror->offloaded);
	mirror_table_clear(&mirror->overrides);
	free(mirror->retired);
	*mirror = (struct mirror){0};
}

struct mirror_table *mirror_table(struct mirror *mirror, enum pins_map map)
{
	switch (map) {
	case PINS_SERVICES:
		return &mirror->services;
	case PINS_FRONTENDS:
		return &mirror->frontends;
	case PINS_OFFLOADED:
		return &mirror->offloaded;
	default:
		return &mirror->overrides;
	}
}

struct mirror_context *mirror_context(const struct mirror *mirror, __u32 slot)
{
	return mirror_table_get(&mirror->contexts, slot);
}

struct mirror_service *mirror_service(const struct mirror *mirror, __u32 slot)
{
	return mirror_table_get(&mirror->services, slot);
}

struct mirror_override *mirror_override(const struct mirror *mirror, __u32 slot)
{
	return mirror_table_get(&mirror->overrides, slot);
}

struct mirror_endpoint *mirror_endpoint(const struct mirror_table *table, __u32 slot)
{
	return mirror_table_get(table, slot);
}

bool mirror_is_to_write(enum pins_map map, const struct mirror_element *element)
{
	/* A frontend that is to go has to be tracked too as long as it is there. */
	return !element->current &&
	       (element->wanted || (map == PINS_FRONTENDS && element->present));
}

bool mirror_lingers(const struct mirror *mirror, const struct mirror_endpoint *frontend)
{
	return frontend->element.wanted && frontend->element.current && frontend->tracked &&
	       !mirror_service(mirror, frontend->service)->overridden;
}

void mirror_settle(struct mirror *mirror, enum pins_map map)
{
	struct mirror_table *table = mirror_table(mirror, map);
	size_t kept = 0;

	for (size_t i = 0; i < table->work_count; i++) {
		__u32 slot = table->work[i];
		struct mirror_element *element = mirror_table_get(table, slot);
		/* A service is dropped when nothing refers to it any more. */
		bool held = map == PINS_SERVICES && mirror_service(mirror, slot)->references;

		if (element->wanted ? mirror_is_to_write(map, element) ||
					      (map == PINS_FRONTENDS &&
					       mirror_lingers(mirror, mirror_endpoint(table, slot)))
				    : element->present || held) {
			table->work[kept++] = slot;
			continue;
		}
		element->queued = false;
		if (!element->wanted)
			mirror_drop(mirror, map, slot);
	}
	table->work_count = kept;
}
