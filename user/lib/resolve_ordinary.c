// SPDX-License-Identifier: Apache-2.0
/* The endpoints that get the connections of a service port which nobody overrides. */
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/resolve_state.h"

struct collection {
	const struct object_service *service;
	const struct object_service_port *port;
	bool ipv4;
	struct resolve_endpoints *endpoints;
};

__u16 resolve_slice_port(const struct object_slice *slice, const struct object_service_port *port)
{
	for (size_t i = 0; i < slice->ports.count; i++) {
		if (!strcmp(slice->ports.items[i].name, port->name))
			return slice->ports.items[i].number;
	}
	return 0;
}

/* A node's address counts, where a pod on the host network has it: it is only connected to. */
static int add_endpoint(const struct resolve_state *state, const struct collection *collection,
			const struct shunt_address *address, __u16 number)
{
	struct resolve_endpoints *endpoints = collection->endpoints;
	int err;

	if (!number || address_is_ipv4(address) != collection->ipv4 ||
	    !target_may_be_dialed(address) || address_set_has(&state->offloaded, address))
		return 0;
	err = array_grow(&endpoints->items, &endpoints->capacity, endpoints->count,
			 sizeof(*endpoints->items));
	if (!err)
		endpoints->items[endpoints->count++] = address_with_port(address, number);
	return err;
}

static int add_slice(const struct resolve_state *state, const struct collection *collection,
		     const struct object_slice *slice, bool ready_only)
{
	size_t count = ready_only ? slice->ready_count : slice->addresses.count;
	__u16 number = resolve_slice_port(slice, collection->port);
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = add_endpoint(state, collection, &slice->addresses.items[i], number);
	return err;
}

static int add_pod(struct resolve_state *state, const struct object_pod *pod, void *context)
{
	const struct collection *collection = context;
	__u16 number = resolve_target_port(pod, collection->port);
	int err = 0;

	for (size_t i = 0; !err && pod->ready && i < pod->addresses.count; i++)
		err = add_endpoint(state, collection, &pod->addresses.items[i], number);
	return err;
}

/* As with kube-proxy, terminating endpoints get connections where no other is left. */
static int collect(struct resolve_state *state, struct collection *collection)
{
	const struct object_service *service = collection->service;
	const struct object_slice *const *slices;
	size_t count = resolve_find_slices(state, service, &slices);
	int err = 0;

	if (!count)
		return resolve_select(state, false, service->meta.namespace, &service->selector,
				      add_pod, collection);
	for (size_t i = 0; !err && i < count; i++)
		err = add_slice(state, collection, slices[i], true);
	if (collection->endpoints->count)
		return err;
	for (size_t i = 0; !err && i < count; i++)
		err = add_slice(state, collection, slices[i], false);
	return err;
}

static int compare_endpoints(const void *a, const void *b)
{
	return address_compare_endpoint(a, b);
}

int resolve_ordinary(struct resolve_state *state, size_t port, bool ipv4,
		     struct resolve_endpoints *endpoints)
{
	struct collection collection = {
		.service = &state->objects->services[state->ports[port].service],
		.port = state->ports[port].port,
		.ipv4 = ipv4,
		.endpoints = endpoints,
	};
	int err;

	endpoints->count = 0;
	err = collect(state, &collection);
	array_sort(endpoints->items, endpoints->count, sizeof(*endpoints->items),
		   compare_endpoints);
	endpoints->count = array_unique(endpoints->items, endpoints->count,
					sizeof(*endpoints->items), compare_endpoints);
	return err;
}
