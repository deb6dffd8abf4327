// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/resolve_state.h"

__u16 resolve_target_port(const struct object_pod *pod, const struct object_service_port *port)
{
	if (!port->target_name)
		return port->target_number;
	for (size_t i = 0; i < pod->ports.count; i++) {
		if (!strcmp(pod->ports.items[i].name, port->target_name))
			return pod->ports.items[i].number;
	}
	return 0;
}

/* A pod on the host network has its node's address: anything on the node could be meant. */
bool resolve_pod_is_usable(const struct object_pod *pod)
{
	if (!pod->ready || pod->host_network)
		return false;
	for (size_t i = 0; i < pod->addresses.count; i++) {
		if (address_is_reachable(&pod->addresses.items[i]))
			return true;
	}
	return false;
}

static int compare_addresses(const void *a, const void *b)
{
	return address_compare(a, b);
}

bool resolve_has_address(const struct resolve_addresses *addresses,
			 const struct shunt_address *address)
{
	size_t i = array_lower_bound(address, addresses->items, addresses->count, sizeof(*address),
				     compare_addresses);

	return i < addresses->count && !address_compare(&addresses->items[i], address);
}

static int add_addresses(struct resolve_addresses *addresses, const struct object_pod *pod)
{
	for (size_t i = 0; i < pod->addresses.count; i++) {
		int err = array_grow(&addresses->items, &addresses->capacity, addresses->count,
				     sizeof(*addresses->items));
		if (err)
			return err;
		addresses->items[addresses->count++] = pod->addresses.items[i];
	}
	return 0;
}

static int add_target(struct resolve_state *state, const struct object_pod *pod, size_t port)
{
	__u16 number = resolve_target_port(pod, state->ports[port].port);
	int err;

	for (size_t i = 0; number && i < pod->addresses.count; i++) {
		struct resolve_target target = {.port = port, .sha = pod->offloaded_sha};

		if (!address_is_reachable(&pod->addresses.items[i]))
			continue;
		target.endpoint = address_with_port(&pod->addresses.items[i], number);
		err = array_grow(&state->targets, &state->target_capacity, state->target_count,
				 sizeof(target));
		if (err)
			return err;
		state->targets[state->target_count++] = target;
		err = resolve_claim_add(state, &state->offloaded_claims, &target.endpoint, port);
		if (err)
			return err;
	}
	return 0;
}

static int add_offloaded(struct resolve_state *state, const struct object_pod *pod)
{
	struct resolve_pod added = {.pod = pod, .usable = resolve_pod_is_usable(pod)};
	const struct resolve_range *range;
	int err;

	if (!resolve_find_service(state, pod->meta.namespace, pod->offloaded_service,
				  &added.service))
		return 0;
	err = array_grow(&state->pods, &state->pod_capacity, state->pod_count, sizeof(added));
	if (err)
		return err;
	state->pods[state->pod_count++] = added;
	range = &state->ranges[added.service];
	for (size_t i = 0; added.usable && !err && i < range->count; i++)
		err = add_target(state, pod, range->first + i);
	return err;
}

static int compare_pods(const void *a, const void *b)
{
	const struct resolve_pod *x = a, *y = b;
	int order;

	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	order = strcmp(x->pod->offloaded_sha, y->pod->offloaded_sha);
	return order ? order : x->usable - y->usable;
}

static int compare_targets(const void *a, const void *b)
{
	const struct resolve_target *x = a, *y = b;
	int order;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	order = strcmp(x->sha, y->sha);
	return order ? order : address_compare_endpoint(&x->endpoint, &y->endpoint);
}

int resolve_pods(struct resolve_state *state)
{
	for (size_t i = 0; i < state->objects->pod_count; i++) {
		const struct object_pod *pod = &state->objects->pods[i];
		int err = 0;

		if (pod->finished)
			continue;
		if (pod->host_network)
			err = add_addresses(&state->host, pod);
		else if (pod->offloaded_service)
			err = add_addresses(&state->offloaded, pod);
		if (!err && pod->offloaded_service)
			err = add_offloaded(state, pod);
		if (err)
			return err;
	}
	array_sort(state->host.items, state->host.count, sizeof(*state->host.items),
		   compare_addresses);
	array_sort(state->offloaded.items, state->offloaded.count, sizeof(*state->offloaded.items),
		   compare_addresses);
	array_sort(state->pods, state->pod_count, sizeof(*state->pods), compare_pods);
	array_sort(state->targets, state->target_count, sizeof(*state->targets), compare_targets);
	state->target_count = array_unique(state->targets, state->target_count,
					   sizeof(*state->targets), compare_targets);
	resolve_claims_sort(&state->offloaded_claims);
	return 0;
}

size_t resolve_count_pods(const struct resolve_state *state, size_t service, const char *sha,
			  size_t *usable)
{
	const struct object_pod like = {.offloaded_sha = sha};
	struct resolve_pod wanted = {.service = service, .pod = &like};
	size_t size = sizeof(*state->pods), start, split, end;

	start = array_lower_bound(&wanted, state->pods, state->pod_count, size, compare_pods);
	wanted.usable = true;
	split = array_lower_bound(&wanted, state->pods, state->pod_count, size, compare_pods);
	end = array_upper_bound(&wanted, state->pods, state->pod_count, size, compare_pods);
	*usable = end - split;
	return end - start;
}

size_t resolve_find_targets(const struct resolve_state *state, size_t port, const char *sha,
			    const struct resolve_target **targets, size_t *ipv4)
{
	struct resolve_target wanted = {.port = port, .sha = sha};
	size_t size = sizeof(wanted), start, split, end;

	start = array_lower_bound(&wanted, state->targets, state->target_count, size,
				  compare_targets);
	/* IPv4-mapped addresses sort before every IPv6 address that a pod can have. */
	memset(&wanted.endpoint.address.bytes[10], 0xff, 6);
	wanted.endpoint.port = 65535;
	split = array_upper_bound(&wanted, state->targets, state->target_count, size,
				  compare_targets);
	memset(&wanted.endpoint.address, 0xff, sizeof(wanted.endpoint.address));
	end = array_upper_bound(&wanted, state->targets, state->target_count, size,
				compare_targets);
	*targets = state->targets + start;
	*ipv4 = split - start;
	return end - start;
}

bool resolve_pod_serves(const struct object_pod *pod, const struct object_service *service)
{
	return pod->offloaded_service && !strcmp(pod->offloaded_service, service->meta.name) &&
	       !strcmp(pod->meta.namespace, service->meta.namespace);
}

static int compare_meta(const void *a, const void *b)
{
	return object_meta_compare(a, b);
}

const struct object_pod *resolve_find_pod(const struct resolve_state *state, const char *namespace,
					  const char *name)
{
	const struct object_set *objects = state->objects;
	struct object_meta wanted = {.namespace = namespace, .name = name};
	size_t i = array_lower_bound(&wanted, objects->pods, objects->pod_count,
				     sizeof(*objects->pods), compare_meta);

	if (i == objects->pod_count || object_meta_compare(&wanted, &objects->pods[i].meta))
		return NULL;
	return &objects->pods[i];
}
