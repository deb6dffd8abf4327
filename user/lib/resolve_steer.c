// SPDX-License-Identifier: Apache-2.0
/*
 * Services behind whose ClusterIP offloaded pods would stand too: their labels match its selector, or
 * an EndpointSlice lists them. Whether they are Ready does not matter: when they become it, it is too
 * late to tell every node.
 */
#include <stdio.h>
#include <stdlib.h>
#include "user/lib/array.h"
#include "user/lib/resolve_state.h"

/* An address of an offloaded pod. Sorted by address. */
struct steer_address {
	const struct shunt_address *address;
	const struct object_pod *pod;
};

/* A service port that would choose an offloaded pod. Sorted by port, pod. */
struct steer_hit {
	size_t port;
	const struct object_pod *pod;
};

struct steering {
	struct resolve_state *state;
	struct policy *policy;
	struct steer_address *addresses;
	size_t address_count;
	/* The rest is of the service in hand. */
	const struct object_service *service;
	const struct resolve_range *range;
	const struct object_slice *const *slices;
	size_t slice_count;
	struct steer_hit *hits;
	size_t hit_count;
	size_t hit_capacity;
	struct resolve_endpoints endpoints; /* of one of its ports, in one family */
};

static int compare_steer_addresses(const void *a, const void *b)
{
	const struct steer_address *x = a, *y = b;

	return address_compare(x->address, y->address);
}

static bool is_offloaded(const struct object_pod *pod)
{
	return pod->offloaded_service && !pod->finished && !pod->host_network;
}

/* One that is no target, such as a node's, is not taken for the pod's. */
static int index_address(struct steering *steering, size_t *capacity, const struct object_pod *pod,
			 size_t index)
{
	const struct shunt_address *address = &pod->addresses.items[index];
	int err;

	if (!address_set_has(&steering->state->offloaded, address))
		return 0;
	err = array_grow(&steering->addresses, capacity, steering->address_count,
			 sizeof(*steering->addresses));
	if (!err)
		steering->addresses[steering->address_count++] =
			(struct steer_address){.address = address, .pod = pod};
	return err;
}

static int index_addresses(struct steering *steering)
{
	const struct object_set *objects = steering->state->objects;
	size_t capacity = 0;

	for (size_t i = 0; i < objects->pod_count; i++) {
		const struct object_pod *pod = &objects->pods[i];

		for (size_t j = 0; is_offloaded(pod) && j < pod->addresses.count; j++) {
			int err = index_address(steering, &capacity, pod, j);

			if (err)
				return err;
		}
	}
	array_sort(steering->addresses, steering->address_count, sizeof(*steering->addresses),
		   compare_steer_addresses);
	return 0;
}

/* The offloaded pod that has the address, or NULL. */
static const struct object_pod *find_offloaded(const struct steering *steering,
					       const struct shunt_address *address)
{
	struct steer_address wanted = {.address = address};
	size_t i = array_lower_bound(&wanted, steering->addresses, steering->address_count,
				     sizeof(wanted), compare_steer_addresses);

	if (i == steering->address_count ||
	    address_compare(steering->addresses[i].address, address))
		return NULL;
	return steering->addresses[i].pod;
}

static int add_hit(struct steering *steering, size_t port, const struct object_pod *pod)
{
	int err = array_grow(&steering->hits, &steering->hit_capacity, steering->hit_count,
			     sizeof(*steering->hits));

	if (!err)
		steering->hits[steering->hit_count++] = (struct steer_hit){port, pod};
	return err;
}

static int hit_selected(struct resolve_state *state, const struct object_pod *pod, void *context)
{
	struct steering *steering = context;
	const struct resolve_range *range = steering->range;
	int err = 0;

	for (size_t i = 0; !err && i < range->count && !pod->host_network; i++) {
		if (resolve_target_port(pod, state->ports[range->first + i].port))
			err = add_hit(steering, range->first + i, pod);
	}
	return err;
}

static int hit_listed(struct steering *steering, const struct object_slice *slice)
{
	const struct resolve_range *range = steering->range;
	int err = 0;

	for (size_t i = 0; i < slice->addresses.count; i++) {
		const struct object_pod *pod = find_offloaded(steering, &slice->addresses.items[i]);

		for (size_t j = 0; pod && !err && j < range->count; j++) {
			size_t port = range->first + j;

			if (resolve_slice_port(slice, steering->state->ports[port].port))
				err = add_hit(steering, port, pod);
		}
	}
	return err;
}

static int compare_hits(const void *a, const void *b)
{
	const struct steer_hit *x = a, *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return (x->pod > y->pod) - (x->pod < y->pod);
}

static int compare_hit_pods(const void *a, const void *b)
{
	const struct steer_hit *x = a, *y = b;

	return (x->pod > y->pod) - (x->pod < y->pod);
}

static int find_hits(struct steering *steering)
{
	const struct object_service *service = steering->service;
	int err;

	steering->hit_count = 0;
	err = resolve_select(steering->state, true, service->meta.namespace, &service->selector,
			     hit_selected, steering);
	for (size_t i = 0; !err && i < steering->slice_count; i++)
		err = hit_listed(steering, steering->slices[i]);
	array_sort(steering->hits, steering->hit_count, sizeof(*steering->hits), compare_hits);
	return err;
}

static void limit_endpoints(struct steering *steering, size_t port,
			    const struct shunt_endpoint *frontend)
{
	char text[ADDRESS_ENDPOINT_TEXT_SIZE];

	if (steering->endpoints.count <= SHUNT_STEER_ENDPOINTS_MAX)
		return;
	problems_add(steering->state->warnings,
		     "%s of %s has %zu ordinary endpoints: connections are steered to the first %d",
		     address_format_endpoint(frontend, text),
		     steering->state->ports[port].name.name, steering->endpoints.count,
		     SHUNT_STEER_ENDPOINTS_MAX);
	steering->endpoints.count = SHUNT_STEER_ENDPOINTS_MAX;
}

static int steer_frontend(struct steering *steering, size_t port,
			  const struct shunt_endpoint *frontend)
{
	__u32 flags = steering->service->affinity ? SHUNT_STEER_AFFINITY : 0;
	int err = resolve_ordinary(steering->state, port, address_is_ipv4(&frontend->address),
				   &steering->endpoints);

	if (err)
		return err;
	limit_endpoints(steering, port, frontend);
	return policy_add_steer(steering->policy, frontend, flags, steering->endpoints.items,
				steering->endpoints.count);
}

static int steer_port(struct steering *steering, size_t port)
{
	const struct resolve_state *state = steering->state;
	const struct object_addresses *addresses = &steering->service->cluster_ips;
	int err = 0;

	for (size_t i = 0; !err && i < addresses->count; i++) {
		struct shunt_endpoint frontend =
			address_with_port(&addresses->items[i], state->ports[port].port->number);

		/* Another service may claim the same address. */
		if (resolve_claims_find(state, &state->frontend_claims, &frontend, port))
			err = steer_frontend(steering, port, &frontend);
	}
	return err;
}

/* Once for a service. Leaves the hits sorted by pod. */
static void warn(struct steering *steering)
{
	const struct object_meta *meta = &steering->service->meta;
	char more[32] = "";
	size_t count;

	array_sort(steering->hits, steering->hit_count, sizeof(*steering->hits), compare_hit_pods);
	count = array_unique(steering->hits, steering->hit_count, sizeof(*steering->hits),
			     compare_hit_pods);
	if (count > 1)
		snprintf(more, sizeof(more), " and %zu more", count - 1);
	problems_add(steering->state->warnings,
		     "service %s/%s selects offloaded pod %s%s: connections are steered to the "
		     "others; change the pod's labels or the selector",
		     meta->namespace, meta->name, steering->hits[0].pod->meta.name, more);
}

static int steer_service(struct steering *steering, size_t index)
{
	size_t before = steering->policy->steer_count;
	int err;

	steering->service = &steering->state->objects->services[index];
	steering->range = &steering->state->ranges[index];
	if (steering->service->external_name || !steering->service->cluster_ips.count)
		return 0;
	steering->slice_count =
		resolve_find_slices(steering->state, steering->service, &steering->slices);
	err = find_hits(steering);
	for (size_t i = 0; !err && i < steering->hit_count; i++) {
		if (!i || steering->hits[i].port != steering->hits[i - 1].port)
			err = steer_port(steering, steering->hits[i].port);
	}
	if (!err && steering->policy->steer_count > before)
		warn(steering);
	return err;
}

static int compare_steers(const void *a, const void *b)
{
	const struct policy_steer *x = a, *y = b;

	return address_compare_endpoint(&x->frontend, &y->frontend);
}

/* What does not fit is left to the fence. */
static void limit_steers(const struct steering *steering)
{
	struct policy *policy = steering->policy;

	if (policy->steer_count <= SHUNT_STEERED_MAX)
		return;
	problems_add(steering->state->warnings,
		     "%zu frontends of services select offloaded pods: connections to %d of them "
		     "are steered",
		     policy->steer_count, SHUNT_STEERED_MAX);
	policy->steer_count = SHUNT_STEERED_MAX;
}

int resolve_steers(struct resolve_state *state, struct policy *policy)
{
	struct steering steering = {.state = state, .policy = policy};
	int err;

	err = index_addresses(&steering);
	for (size_t i = 0; !err && i < state->objects->service_count; i++)
		err = steer_service(&steering, i);
	free(steering.addresses);
	free(steering.hits);
	free(steering.endpoints.items);
	array_sort(policy->steers, policy->steer_count, sizeof(*policy->steers), compare_steers);
	policy->steer_count = array_unique(policy->steers, policy->steer_count,
					   sizeof(*policy->steers), compare_steers);
	limit_steers(&steering);
	return err;
}
