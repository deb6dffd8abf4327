// SPDX-License-Identifier: Apache-2.0
#include "user/lib/sync_rows.h"

#include <errno.h>
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/array.h"
#include "user/lib/target.h"

#define IPV4_SIZE 4
#define IPV6_SIZE 16

void sync_rows_clear(struct sync_rows *rows)
{
	changes_clear(&rows->changes);
	policy_clear(&rows->policy);
	memset(&rows->contexts, 0, sizeof(rows->contexts));
	memset(&rows->services, 0, sizeof(rows->services));
}

void sync_rows_start(struct sync_rows *rows, bool snapshot)
{
	sync_rows_clear(rows);
	rows->changes.snapshot = snapshot;
}

/* What a table holds at most may be removed and added in one generation. */
static int check_room(struct sync_rows *rows, const char *table, size_t present, size_t added,
		      size_t table_max)
{
	if (added > 2 * table_max - present)
		return sync_rows_refuse(rows, "more than %zu rows of the table %s", 2 * table_max,
					table);
	return 0;
}

static int check_removals(struct sync_rows *rows, const Shunt__V1__SyncRows *message)
{
	if (rows->changes.snapshot &&
	    (message->n_removed_services || message->n_removed_frontends ||
	     message->n_removed_offloaded || message->n_removed_overrides))
		return sync_rows_refuse(rows, "a removal in a snapshot");
	return 0;
}

static int add_services(struct sync_rows *rows, char *const *names, size_t count, bool removed)
{
	int error = check_room(rows, "services", rows->changes.service_count, count,
			       SHUNT_SERVICES_MAX);

	for (size_t i = 0; i < count && !error; i++) {
		const char *name;

		error = sync_rows_service(rows, names[i], &name);
		if (!error)
			error = changes_add_service(&rows->changes, name, removed);
	}
	return error;
}

int sync_rows_address(struct sync_rows *rows, const ProtobufCBinaryData *from,
		      struct shunt_address *to)
{
	struct shunt_address address = {.bytes = {[10] = 0xff, [11] = 0xff}};

	if (from->len == IPV4_SIZE)
		memcpy(address.bytes + IPV6_SIZE - IPV4_SIZE, from->data, IPV4_SIZE);
	else if (from->len == IPV6_SIZE)
		memcpy(address.bytes, from->data, IPV6_SIZE);
	else
		return sync_rows_refuse(rows, "an address of %zu bytes", from->len);
	*to = address;
	return 0;
}

static int read_endpoint(struct sync_rows *rows, const Shunt__V1__SyncEndpoint *from,
			 bool is_target, struct shunt_endpoint *to)
{
	struct shunt_address address;
	int error = sync_rows_address(rows, &from->address, &address);

	if (error)
		return error;
	if (is_target ? target_refuse_address(&address) : !target_may_be_dialed(&address)) {
		char text[ADDRESS_TEXT_SIZE];

		return sync_rows_refuse(rows, "address %s is none that a pod can have",
					address_format(&address, text));
	}
	if (!from->port || from->port > 65535)
		return sync_rows_refuse(rows, "port %u is not 1 to 65535", from->port);
	*to = address_with_port(&address, (__u16)from->port);
	return 0;
}

struct endpoint_table {
	const char *name;
	size_t max;
	bool offloaded;
};

static const struct endpoint_table frontends = {"frontends", SHUNT_FRONTENDS_MAX, false};
static const struct endpoint_table offloaded = {"offloaded", SHUNT_OFFLOADED_MAX, true};

/* Only an offloaded endpoint has them. */
static int check_plain(struct sync_rows *rows, const Shunt__V1__SyncEndpoint *from,
		       const char *owner)
{
	if (from->fence || from->flags)
		return sync_rows_refuse(rows, "%s endpoint with fence %u, flags %#x", owner,
					from->fence, from->flags);
	return 0;
}

int sync_rows_endpoint(struct sync_rows *rows, const Shunt__V1__SyncEndpoint *from,
		       const char *owner, bool is_target, struct shunt_endpoint *to)
{
	int error = read_endpoint(rows, from, is_target, to);

	if (!error && *from->service)
		error = sync_rows_refuse(rows, "%s endpoint with a service", owner);
	return error ? error : check_plain(rows, from, owner);
}

static int read_offloaded(struct sync_rows *rows, const Shunt__V1__SyncEndpoint *from,
			  struct change_endpoint *to)
{
	if (from->fence > SHUNT_FENCE_ENFORCE)
		return sync_rows_refuse(rows, "fence is %u, not 0 to %d", from->fence,
					SHUNT_FENCE_ENFORCE);
	if (from->flags & ~(__u32)SHUNT_OFFLOADED_TARGET)
		return sync_rows_refuse(rows, "an offloaded endpoint with flags %#x", from->flags);
	to->fence = (__u8)from->fence;
	to->flags = (__u8)from->flags;
	return 0;
}

static int add_endpoint(struct sync_rows *rows, const Shunt__V1__SyncEndpoint *from, bool is_target,
			bool removed)
{
	struct change_endpoint change = {0};
	int error;

	if (removed) {
		error = sync_rows_endpoint(rows, from, "a removed", is_target, &change.endpoint);
	} else {
		error = read_endpoint(rows, from, is_target, &change.endpoint);
		if (!error)
			error = is_target ? read_offloaded(rows, from, &change)
					  : check_plain(rows, from, "a frontend's");
		if (!error)
			error = sync_rows_service(rows, from->service, &change.service);
	}
	if (error)
		return error;
	return is_target ? changes_add_offloaded(&rows->changes, &change)
			 : changes_add_frontend(&rows->changes, &change.endpoint, change.service);
}

static int add_endpoints(struct sync_rows *rows, const struct endpoint_table *table, size_t present,
			 Shunt__V1__SyncEndpoint *const *list, size_t count, bool removed)
{
	int error = check_room(rows, table->name, present, count, table->max);

	for (size_t i = 0; i < count && !error; i++)
		error = add_endpoint(rows, list[i], table->offloaded, removed);
	return error;
}

static int compare_endpoints(const void *a, const void *b)
{
	return address_compare_endpoint(a, b);
}

static int read_targets(struct sync_rows *rows, const Shunt__V1__SyncOverride *from,
			struct change_override *to)
{
	size_t count = from->n_endpoints;
	struct shunt_endpoint *targets;
	int error = 0;

	if (count < 1 || count > SHUNT_ENDPOINTS_MAX)
		return sync_rows_refuse(rows, "an override with %zu endpoints, not 1 to %d", count,
					SHUNT_ENDPOINTS_MAX);
	targets = arena_alloc(&rows->changes.arena, count * sizeof(*targets));
	if (!targets)
		return -ENOMEM;
	for (size_t i = 0; i < count && !error; i++)
		error = sync_rows_endpoint(rows, from->endpoints[i], "an override's", true,
					   &targets[i]);
	if (error)
		return error;
	array_sort(targets, count, sizeof(*targets), compare_endpoints);
	if (array_unique(targets, count, sizeof(*targets), compare_endpoints) != count)
		return sync_rows_refuse(rows, "an override with an endpoint twice");
	to->endpoints = targets;
	to->endpoint_count = (__u8)count;
	return 0;
}

static int add_override(struct sync_rows *rows, const Shunt__V1__SyncOverride *from, bool removed)
{
	struct change_override override = {0};
	int error;

	if (from->on_unreachable != SHUNT_UNREACHABLE_ERROR &&
	    from->on_unreachable != SHUNT_UNREACHABLE_MAIN)
		return sync_rows_refuse(rows, "on_unreachable is %u, not 0 or 1",
					from->on_unreachable);
	if (from->flags & ~(__u32)SHUNT_OVERRIDE_SIGNED)
		return sync_rows_refuse(rows, "an override with flags %#x", from->flags);
	override.on_unreachable = (__u8)from->on_unreachable;
	override.flags = (__u8)from->flags;
	override.tag = from->tag;
	error = sync_rows_context(rows, from->context, &override.context);
	if (!error)
		error = sync_rows_service(rows, from->service, &override.service);
	if (!error && removed && from->n_endpoints)
		error = sync_rows_refuse(rows, "a removed override with endpoints");
	else if (!error && !removed)
		error = read_targets(rows, from, &override);
	return error ? error : changes_add_override(&rows->changes, &override);
}

static int add_overrides(struct sync_rows *rows, Shunt__V1__SyncOverride *const *list, size_t count,
			 bool removed)
{
	int error = check_room(rows, "overrides", rows->changes.override_count, count,
			       SHUNT_OVERRIDES_MAX);

	for (size_t i = 0; i < count && !error; i++)
		error = add_override(rows, list[i], removed);
	return error;
}

int sync_rows_add(struct sync_rows *rows, const Shunt__V1__SyncRows *from)
{
	struct changes *changes = &rows->changes;
	int error;

	error = check_removals(rows, from);
	if (!error)
		error = add_services(rows, from->services, from->n_services, false);
	if (!error)
		error = add_services(rows, from->removed_services, from->n_removed_services, true);
	if (!error)
		error = add_endpoints(rows, &frontends, changes->frontend_count, from->frontends,
				      from->n_frontends, false);
	if (!error)
		error = add_endpoints(rows, &frontends, changes->frontend_count,
				      from->removed_frontends, from->n_removed_frontends, true);
	if (!error)
		error = add_endpoints(rows, &offloaded, changes->offloaded_count, from->offloaded,
				      from->n_offloaded, false);
	if (!error)
		error = add_endpoints(rows, &offloaded, changes->offloaded_count,
				      from->removed_offloaded, from->n_removed_offloaded, true);
	if (!error)
		error = add_overrides(rows, from->overrides, from->n_overrides, false);
	if (!error)
		error = add_overrides(rows, from->removed_overrides, from->n_removed_overrides,
				      true);
	if (!error && from->markers)
		error = sync_rows_set_markers(rows, from->markers);
	if (!error && from->keys)
		error = sync_rows_set_keys(rows, from->keys);
	if (!error && from->policy)
		error = sync_rows_add_policy(rows, from->policy);
	return error;
}
