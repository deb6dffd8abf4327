// SPDX-License-Identifier: Apache-2.0
#include "user/agent/mirror.h"

#include <errno.h>
#include <string.h>
#include "user/lib/array.h"

/* Notes that the element is wanted; what is left to do for it goes on the list. */
static int want(struct mirror_table *table, enum pins_map map, __u32 slot)
{
	struct mirror_element *element = mirror_table_get(table, slot);

	element->wanted = true;
	element->seen = true;
	return mirror_is_to_write(map, element) ? mirror_table_queue(table, slot) : 0;
}

static int unwant(struct mirror_table *table, __u32 slot)
{
	struct mirror_element *element = mirror_table_get(table, slot);

	element->wanted = false;
	return mirror_table_queue(table, slot);
}

static int want_service(struct mirror *mirror, const char *name)
{
	__u32 slot = mirror_find_service(mirror, name);
	int error = 0;

	if (slot == MIRROR_NONE) {
		__u32 id = mirror_next_service_id(mirror);

		error = mirror_add_service(mirror, name, id, &slot);
		if (!error)
			mirror->next_service_id = id + 1;
	}
	return error ? error : want(&mirror->services, PINS_SERVICES, slot);
}

/* The slot of a service that elements may belong to. -EBADMSG. */
static int find_wanted(const struct mirror *mirror, bool snapshot, const char *name, __u32 *slot)
{
	const struct mirror_element *element;

	*slot = mirror_find_service(mirror, name);
	if (*slot == MIRROR_NONE)
		return -EBADMSG;
	element = &mirror_service(mirror, *slot)->element;
	return element->wanted && (element->seen || !snapshot) ? 0 : -EBADMSG;
}

static void track(struct mirror_endpoint *frontend)
{
	if (frontend->tracked)
		return;
	frontend->tracked = true;
	frontend->element.current = false;
}

static void set_flags(struct mirror_endpoint *endpoint, const struct change_endpoint *change)
{
	const __u8 target = SHUNT_OFFLOADED_TARGET;

	if (change->flags & target)
		endpoint->withdrawn = false;
	else if (endpoint->flags & target)
		endpoint->withdrawn = endpoint->element.present;
	endpoint->fence = change->fence;
	endpoint->flags = change->flags;
	endpoint->element.current = false;
}

static int change_endpoint(struct mirror *mirror, struct mirror_table *table, enum pins_map map,
			   bool snapshot, const struct change_endpoint *change)
{
	__u32 slot = mirror_find_endpoint(mirror, table, &change->endpoint), service;
	struct mirror_endpoint *endpoint;
	int error;

	if (!change->service)
		return slot == MIRROR_NONE ? 0 : unwant(table, slot);
	error = find_wanted(mirror, snapshot, change->service, &service);
	if (!error && slot == MIRROR_NONE)
		error = mirror_add_endpoint(mirror, table, &change->endpoint, service, &slot);
	if (error)
		return error;
	endpoint = mirror_endpoint(table, slot);
	if (endpoint->service != service) {
		mirror_move_endpoint(mirror, table, slot, service);
		endpoint->element.current = false;
	}
	if (endpoint->fence != change->fence || endpoint->flags != change->flags)
		set_flags(endpoint, change);
	if (map == PINS_FRONTENDS && mirror_service(mirror, service)->overridden)
		track(endpoint);
	return want(table, map, slot);
}

/* Puts the frontends of a service on the list: they have to be tracked, or need it no longer. */
static int queue_frontends(struct mirror *mirror, const struct mirror_service *service)
{
	__u32 slot = service->frontends;
	int error = 0;

	while (!error && slot != MIRROR_NONE) {
		struct mirror_endpoint *frontend = mirror_endpoint(&mirror->frontends, slot);

		if (service->overridden)
			track(frontend);
		error = mirror_table_queue(&mirror->frontends, slot);
		slot = frontend->next;
	}
	return error;
}

/* Room to retire every override that is on the list and one more, so that this cannot fail later. */
static int reserve_retired(struct mirror *mirror)
{
	size_t needed = mirror->retired_count + mirror->overrides.work_count + 1;
	int error = 0;

	while (!error && mirror->retired_capacity < needed)
		error = array_grow(&mirror->retired, &mirror->retired_capacity,
				   mirror->retired_capacity, sizeof(*mirror->retired));
	return error;
}

static int unwant_override(struct mirror *mirror, __u32 slot)
{
	struct mirror_override *override = mirror_override(mirror, slot);
	struct mirror_service *service = mirror_service(mirror, override->service);
	int error;

	if (!override->element.wanted)
		return 0;
	error = reserve_retired(mirror);
	if (error)
		return error;
	service->overridden--;
	error = unwant(&mirror->overrides, slot);
	return error || service->overridden ? error : queue_frontends(mirror, service);
}

bool mirror_is_barred(const struct mirror *mirror, const struct mirror_override *override)
{
	for (int i = 0; i < override->endpoint_count; i++) {
		__u32 found = mirror_find_endpoint(mirror, &mirror->offloaded,
						   &mirror_endpoints(override)[i]);

		if (found != MIRROR_NONE && mirror_endpoint(&mirror->offloaded, found)->refusal)
			return true;
	}
	return false;
}

int mirror_bar_override(struct mirror *mirror, __u32 slot)
{
	int error = reserve_retired(mirror);

	if (error)
		return error;
	mirror_override(mirror, slot)->element.current = false;
	return mirror_table_queue(&mirror->overrides, slot);
}

static bool is_same(const struct mirror_override *override, const struct change_override *change)
{
	return override->on_unreachable == change->on_unreachable &&
	       override->flags == change->flags && override->tag == change->tag &&
	       override->endpoint_count == change->endpoint_count &&
	       memcmp(mirror_endpoints(override), change->endpoints,
		      change->endpoint_count * sizeof(*change->endpoints)) == 0;
}

static int want_override(struct mirror *mirror, __u32 slot, const struct change_override *change)
{
	struct mirror_override *override = mirror_override(mirror, slot);
	struct mirror_service *service = mirror_service(mirror, override->service);
	int error = 0;

	if (!is_same(override, change)) {
		/* It has to go where what it names now is refused. */
		error = reserve_retired(mirror);
		if (!error)
			error = mirror_set_endpoints(override, change->endpoints,
						     change->endpoint_count);
		if (error)
			return error;
		override->on_unreachable = change->on_unreachable;
		override->flags = change->flags;
		override->tag = change->tag;
		override->element.current = false;
	}
	if (!override->element.wanted && service->overridden++ == 0)
		error = queue_frontends(mirror, service);
	return error ? error : want(&mirror->overrides, PINS_OVERRIDES, slot);
}

/* Where fresh, no override was there before, and none is looked for. */
static int change_override(struct mirror *mirror, bool snapshot, bool fresh,
			   const struct change_override *change)
{
	__u32 service, slot = MIRROR_NONE;
	int error;

	if (!change->endpoint_count) {
		service = mirror_find_service(mirror, change->service);
		if (service != MIRROR_NONE)
			slot = mirror_find_override(mirror, change->context, service);
		return slot == MIRROR_NONE ? 0 : unwant_override(mirror, slot);
	}
	error = find_wanted(mirror, snapshot, change->service, &service);
	if (error)
		return error;
	if (!fresh)
		slot = mirror_find_override(mirror, change->context, service);
	if (slot == MIRROR_NONE) {
		error = mirror_add_override(mirror, change->context, service,
					    mirror->next_override_id, &slot);
		if (error)
			return error;
		mirror->next_override_id++;
	}
	return want_override(mirror, slot, change);
}

static int change_all(struct mirror *mirror, const struct changes *changes)
{
	bool snapshot = changes->snapshot, fresh = !mirror->overrides.used;
	int error = 0;

	/* No key is there twice, and with many elements each look costs cache misses. */
	if (fresh)
		error = mirror_table_reserve(&mirror->overrides, changes->override_count);
	/* A service that goes is looked at last, when nothing is of it any more. */
	for (size_t i = 0; !error && i < changes->service_count; i++)
		if (!changes->services[i].removed)
			error = want_service(mirror, changes->services[i].name);
	for (size_t i = 0; !error && i < changes->frontend_count; i++)
		error = change_endpoint(mirror, &mirror->frontends, PINS_FRONTENDS, snapshot,
					&changes->frontends[i]);
	for (size_t i = 0; !error && i < changes->offloaded_count; i++)
		error = change_endpoint(mirror, &mirror->offloaded, PINS_OFFLOADED, snapshot,
					&changes->offloaded[i]);
	for (size_t i = 0; !error && i < changes->override_count; i++)
		error = change_override(mirror, snapshot, fresh, &changes->overrides[i]);
	for (size_t i = 0; !error && i < changes->service_count; i++) {
		__u32 slot = changes->services[i].removed
				     ? mirror_find_service(mirror, changes->services[i].name)
				     : MIRROR_NONE;

		if (slot != MIRROR_NONE)
			error = unwant(&mirror->services, slot);
	}
	return error;
}

static const enum pins_map maps[] = {PINS_SERVICES, PINS_FRONTENDS, PINS_OFFLOADED, PINS_OVERRIDES};

static void forget_seen(struct mirror *mirror)
{
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		struct mirror_table *table = mirror_table(mirror, maps[i]);

		for (__u32 slot = 0; slot < table->count; slot++)
			((struct mirror_element *)mirror_table_get(table, slot))->seen = false;
	}
}

/* What a snapshot does not have is not wanted. */
static int unwant_unseen(struct mirror *mirror)
{
	int error = 0;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		struct mirror_table *table = mirror_table(mirror, maps[i]);

		for (__u32 slot = 0; !error && slot < table->count; slot++) {
			const struct mirror_element *element = mirror_table_get(table, slot);

			if (!element->used || element->seen || !element->wanted)
				continue;
			error = maps[i] == PINS_OVERRIDES ? unwant_override(mirror, slot)
							  : unwant(table, slot);
		}
	}
	return error;
}

int mirror_change(struct mirror *mirror, const struct changes *changes)
{
	int error;

	if (mirror->incomplete && !changes->snapshot)
		return -EBADMSG;
	mirror->incomplete = true;
	if (changes->snapshot)
		forget_seen(mirror);
	error = change_all(mirror, changes);
	if (!error && changes->snapshot)
		error = unwant_unseen(mirror);
	if (!error)
		mirror->incomplete = false;
	return error;
}
