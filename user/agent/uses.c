// SPDX-License-Identifier: Apache-2.0
#include "user/agent/uses.h"

#include <stdlib.h>
#include "user/lib/address.h"
#include "user/lib/array.h"

static int compare_remotes(const void *a, const void *b)
{
	return address_compare_endpoint(a, b);
}

static int compare_ids(const void *a, const void *b)
{
	const __u32 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int add_id(__u32 **ids, size_t *count, size_t *capacity, __u32 id)
{
	int error = array_grow(ids, capacity, *count, sizeof(**ids));

	if (!error)
		(*ids)[(*count)++] = id;
	return error;
}

static int add_flow(void *argument, const void *key, const void *value)
{
	const struct shunt_connection *connection = key;
	const struct shunt_flow *flow = value;
	struct uses *uses = argument;
	int error;

	error = array_grow(&uses->remotes, &uses->remote_capacity, uses->remote_count,
			   sizeof(*uses->remotes));
	if (!error) {
		uses->remotes[uses->remote_count++] =
			address_with_port(&connection->remote, connection->remote_port);
		error = add_id(&uses->services, &uses->service_count, &uses->service_capacity,
			       flow->service);
	}
	for (int i = 0; !error && i < SHUNT_LEGS_MAX; i++)
		if (flow->legs[i].override_id &&
		    flow->legs[i].override_id != SHUNT_OVERRIDE_BY_ADDRESS)
			error = add_id(&uses->overrides, &uses->override_count,
				       &uses->override_capacity, flow->legs[i].override_id);
	return error;
}

static size_t sort_ids(__u32 *ids, size_t count)
{
	array_sort(ids, count, sizeof(*ids), compare_ids);
	return array_unique(ids, count, sizeof(*ids), compare_ids);
}

int uses_read(const struct backend *backend, struct uses *uses)
{
	struct uses read = {0};
	int error;

	error = backend->each(backend->context, PINS_FLOWS, add_flow, &read);
	if (error) {
		uses_clear(&read);
		return error;
	}
	array_sort(read.remotes, read.remote_count, sizeof(*read.remotes), compare_remotes);
	read.remote_count = array_unique(read.remotes, read.remote_count, sizeof(*read.remotes),
					 compare_remotes);
	read.service_count = sort_ids(read.services, read.service_count);
	read.override_count = sort_ids(read.overrides, read.override_count);
	*uses = read;
	return 0;
}

void uses_clear(struct uses *uses)
{
	if (!uses)
		return;
	free(uses->remotes);
	free(uses->services);
	free(uses->overrides);
	*uses = (struct uses){0};
}

static bool contains(const void *key, const void *items, size_t count, size_t size,
		     array_compare compare)
{
	size_t found = array_lower_bound(key, items, count, size, compare);

	return found < count && compare(key, (const char *)items + found * size) == 0;
}

bool uses_remote(const struct uses *uses, const struct shunt_endpoint *remote)
{
	return contains(remote, uses->remotes, uses->remote_count, sizeof(*remote),
			compare_remotes);
}

bool uses_service(const struct uses *uses, __u32 service)
{
	return contains(&service, uses->services, uses->service_count, sizeof(service),
			compare_ids);
}

bool uses_override(const struct uses *uses, __u32 override)
{
	return contains(&override, uses->overrides, uses->override_count, sizeof(override),
			compare_ids);
}
