// SPDX-License-Identifier: Apache-2.0
/* Markers, keys and the policy, as a reader of the sync stream collects and checks them. */
#include <errno.h>
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/array.h"
#include "user/lib/markers.h"
#include "user/lib/sync_rows.h"

#define IPV4_SIZE 4
#define IPV4_BITS 32
#define IPV6_BITS 128
#define KEY_SIZE sizeof(struct shunt_key)

static int read_marker(struct sync_rows *rows, const Shunt__V1__SyncMarker *from, struct marker *to)
{
	int form = markers_form_find(from->form);
	size_t length = strlen(from->name);

	if (form < 0)
		return sync_rows_refuse(rows, "a marker of a form that is not known");
	if (length > markers_name_max(form))
		return sync_rows_refuse(rows, "a marker whose name has %zu characters", length);
	to->form = form;
	memcpy(to->name, from->name, length + 1);
	return 0;
}

int sync_rows_set_markers(struct sync_rows *rows, const Shunt__V1__SyncMarkers *from)
{
	struct marker list[SHUNT_MARKERS_MAX];
	struct shunt_markers *table;
	size_t bad = 0;
	int error = 0;

	if (rows->changes.markers)
		return sync_rows_refuse(rows, "markers twice in a generation");
	if (from->n_markers > SHUNT_MARKERS_MAX)
		return sync_rows_refuse(rows, "%zu markers, more than %d", from->n_markers,
					SHUNT_MARKERS_MAX);
	for (size_t i = 0; i < from->n_markers && !error; i++)
		error = read_marker(rows, from->markers[i], &list[i]);
	if (error)
		return error;
	table = arena_alloc(&rows->changes.arena, sizeof(*table));
	if (!table)
		return -ENOMEM;
	error = markers_compile(list, from->n_markers, table, &bad);
	if (error)
		return sync_rows_refuse(rows, "marker %zu cannot be in the list: %s", bad,
					strerror(-error));
	rows->changes.markers = table;
	return 0;
}

static int add_key(struct sync_rows *rows, const Shunt__V1__SyncKey *from, struct shunt_keys *keys)
{
	__u32 place = from->epoch & 1;

	if (!from->epoch || from->key.len != KEY_SIZE)
		return sync_rows_refuse(rows, "a key of epoch %u with %zu bytes", from->epoch,
					from->key.len);
	if (keys->epochs[place])
		return sync_rows_refuse(rows, "keys of epochs %u and %u, which have one place",
					keys->epochs[place], from->epoch);
	keys->epochs[place] = from->epoch;
	for (size_t i = 0; i < KEY_SIZE; i++)
		keys->keys[place].words[i / 8] |= (__u64)from->key.data[i] << (8 * (i % 8));
	return 0;
}

int sync_rows_set_keys(struct sync_rows *rows, const Shunt__V1__SyncKeys *from)
{
	struct shunt_keys *keys;
	int error = 0;

	if (rows->changes.keys)
		return sync_rows_refuse(rows, "keys twice in a generation");
	keys = arena_alloc(&rows->changes.arena, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	for (size_t i = 0; i < from->n_keys && !error; i++)
		error = add_key(rows, from->keys[i], keys);
	if (error)
		return error;
	keys->current = from->current;
	if (keys->current && keys->epochs[keys->current & 1] != keys->current)
		return sync_rows_refuse(rows, "no key of the current epoch %u", keys->current);
	rows->changes.keys = keys;
	return 0;
}

static bool has_bits_beyond(const struct shunt_prefix *prefix)
{
	for (__u32 bit = prefix->length; bit < IPV6_BITS; bit++)
		if (prefix->address.bytes[bit / 8] & 0x80 >> bit % 8)
			return true;
	return false;
}

static int read_prefix(struct sync_rows *rows, const Shunt__V1__SyncPrefix *from,
		       struct shunt_prefix *to)
{
	__u32 bits = from->address.len == IPV4_SIZE ? IPV4_BITS : IPV6_BITS;
	char text[ADDRESS_TEXT_SIZE];
	int error = sync_rows_address(rows, &from->address, &to->address);

	if (error)
		return error;
	if (from->length > bits)
		return sync_rows_refuse(rows, "a prefix of %u bits, above %u", from->length, bits);
	to->length = from->length + IPV6_BITS - bits;
	if (has_bits_beyond(to))
		return sync_rows_refuse(rows, "prefix %s/%u has bits beyond its length",
					address_format(&to->address, text), from->length);
	return 0;
}

static int check_room(struct sync_rows *rows, const char *table, size_t present, size_t added,
		      size_t max)
{
	if (added > max - present)
		return sync_rows_refuse(rows, "more than %zu rows of the table %s", max, table);
	return 0;
}

static int add_sources(struct sync_rows *rows, const Shunt__V1__SyncPolicy *from)
{
	const __u32 known = SHUNT_SOURCE_OBEYED | SHUNT_SOURCE_SIGNED;
	int error = check_room(rows, "sources", rows->policy.source_count, from->n_sources,
			       SHUNT_SOURCES_MAX);

	for (size_t i = 0; i < from->n_sources && !error; i++) {
		const Shunt__V1__SyncPrefix *source = from->sources[i];
		struct shunt_prefix prefix;

		error = read_prefix(rows, source, &prefix);
		if (!error && source->flags & ~known)
			error = sync_rows_refuse(rows, "a source with flags %#x", source->flags);
		if (!error)
			error = policy_add_source(&rows->policy, &prefix, source->flags);
	}
	return error;
}

static int add_allowed(struct sync_rows *rows, const Shunt__V1__SyncPolicy *from)
{
	int error = check_room(rows, "fence_allowed", rows->policy.allowed_count, from->n_allowed,
			       SHUNT_ALLOWED_MAX);

	for (size_t i = 0; i < from->n_allowed && !error; i++) {
		struct shunt_prefix prefix;

		error = read_prefix(rows, from->allowed[i], &prefix);
		if (!error && from->allowed[i]->flags)
			error = sync_rows_refuse(rows, "an allowed prefix with flags %#x",
						 from->allowed[i]->flags);
		if (!error)
			error = policy_add_allowed(&rows->policy, &prefix);
	}
	return error;
}

static int compare_endpoints(const void *a, const void *b)
{
	return address_compare_endpoint(a, b);
}

static int add_steer(struct sync_rows *rows, const Shunt__V1__SyncSteer *from)
{
	struct shunt_endpoint frontend, endpoints[SHUNT_STEER_ENDPOINTS_MAX];
	size_t count = from->n_endpoints;
	int error;

	if (!from->frontend)
		return sync_rows_refuse(rows, "a steered frontend without its address");
	if (from->flags & ~(__u32)SHUNT_STEER_AFFINITY)
		return sync_rows_refuse(rows, "a steered frontend with flags %#x", from->flags);
	if (count > SHUNT_STEER_ENDPOINTS_MAX)
		return sync_rows_refuse(rows, "a steered frontend with %zu endpoints, above %d",
					count, SHUNT_STEER_ENDPOINTS_MAX);
	error = sync_rows_endpoint(rows, from->frontend, "a steered", false, &frontend);
	for (size_t i = 0; i < count && !error; i++)
		error = sync_rows_endpoint(rows, from->endpoints[i], "a steered frontend's", false,
					   &endpoints[i]);
	if (error)
		return error;
	array_sort(endpoints, count, sizeof(endpoints[0]), compare_endpoints);
	if (array_unique(endpoints, count, sizeof(endpoints[0]), compare_endpoints) != count)
		return sync_rows_refuse(rows, "a steered frontend with an endpoint twice");
	return policy_add_steer(&rows->policy, &frontend, from->flags, endpoints, count);
}

int sync_rows_add_policy(struct sync_rows *rows, const Shunt__V1__SyncPolicy *from)
{
	int error = add_sources(rows, from);

	if (!error)
		error = add_allowed(rows, from);
	if (!error)
		error = check_room(rows, "steered", rows->policy.steer_count, from->n_steers,
				   SHUNT_STEERED_MAX);
	for (size_t i = 0; i < from->n_steers && !error; i++)
		error = add_steer(rows, from->steers[i]);
	if (!error)
		rows->changes.policy = &rows->policy;
	return error;
}
