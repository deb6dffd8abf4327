// SPDX-License-Identifier: Apache-2.0
/*
 * The addresses that clients in the cluster dial. External IPs, load balancers' addresses and node
 * ports are left out: pods dial the ClusterIP or a pod, and on a node's or a balancer's address
 * other things may answer too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/resolve_state.h"

static int compare_services(const struct object_slice *a, const struct object_slice *b)
{
	int order = strcmp(a->meta.namespace, b->meta.namespace);

	return order ? order : strcmp(a->service, b->service);
}

static int compare_slices(const void *a, const void *b)
{
	return compare_services(*(const struct object_slice *const *)a,
				*(const struct object_slice *const *)b);
}

static int sort_slices(struct resolve_state *state)
{
	size_t count = state->objects->slice_count;

	state->slices = calloc(count ? count : 1, sizeof(*state->slices));
	if (!state->slices)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		state->slices[i] = &state->objects->slices[i];
	array_sort(state->slices, count, sizeof(*state->slices), compare_slices);
	return 0;
}

/* An offloaded pod is never behind the service, even where a slice or selector has it. */
static int add_pod_address(struct resolve_state *state, const struct shunt_address *address,
			   __u16 number, size_t port)
{
	struct shunt_endpoint endpoint = address_with_port(address, number);

	if (!number || target_refuse_address(address) ||
	    address_set_has(&state->offloaded, address) ||
	    address_set_has(&state->guarded.nodes, address))
		return 0;
	return resolve_claim_add(state, &state->frontend_claims, &endpoint, port, 0);
}

static void warn_refused(const struct resolve_state *state, const struct object_service *service,
			 const struct shunt_address *address)
{
	char text[ADDRESS_TEXT_SIZE];

	problems_add(state->warnings, "%s of service %s/%s is no frontend: %s",
		     address_format(address, text), service->meta.namespace, service->meta.name,
		     target_refusal_text(target_refuse_address(address)));
}

static int add_cluster_ips(struct resolve_state *state, const struct object_service *service,
			   const struct resolve_range *range)
{
	int err = 0;

	for (size_t i = 0; i < service->cluster_ips.count; i++) {
		const struct shunt_address *address = &service->cluster_ips.items[i];

		if (!target_may_be_dialed(address)) {
			warn_refused(state, service, address);
			continue;
		}
		for (size_t j = 0; !err && j < range->count; j++) {
			size_t port = range->first + j;
			struct shunt_endpoint endpoint =
				address_with_port(address, state->ports[port].port->number);

			err = resolve_claim_add(state, &state->frontend_claims, &endpoint, port, 0);
		}
	}
	return err;
}

/* The numbers of a slice are the pods' own, targetPort already resolved; names match. */
static int add_slice(struct resolve_state *state, const struct object_slice *slice,
		     const struct resolve_range *range)
{
	int err = 0;

	for (size_t i = 0; i < slice->ports.count; i++) {
		const struct object_port *slice_port = &slice->ports.items[i];

		for (size_t j = 0; j < range->count; j++) {
			size_t port = range->first + j;

			if (strcmp(state->ports[port].port->name, slice_port->name))
				continue;
			for (size_t k = 0; !err && k < slice->addresses.count; k++)
				err = add_pod_address(state, &slice->addresses.items[k],
						      slice_port->number, port);
		}
	}
	return err;
}

static int add_selected(struct resolve_state *state, const struct object_pod *pod, void *context)
{
	const struct resolve_range *range = context;
	int err = 0;

	/* It has its node's address, which no service alone is behind. */
	if (pod->host_network)
		return 0;
	for (size_t i = 0; i < range->count; i++) {
		size_t port = range->first + i;
		__u16 number = resolve_target_port(pod, state->ports[port].port);

		for (size_t j = 0; !err && j < pod->addresses.count; j++)
			err = add_pod_address(state, &pod->addresses.items[j], number, port);
	}
	return err;
}

size_t resolve_find_slices(const struct resolve_state *state, const struct object_service *service,
			   const struct object_slice *const **slices)
{
	struct object_slice like = {.meta = service->meta, .service = service->meta.name};
	const struct object_slice *wanted = &like;
	size_t count = state->objects->slice_count, size = sizeof(wanted), first, end;

	first = array_lower_bound(&wanted, state->slices, count, size, compare_slices);
	end = array_upper_bound(&wanted, state->slices, count, size, compare_slices);
	*slices = state->slices + first;
	return end - first;
}

static int add_service(struct resolve_state *state, size_t index)
{
	const struct object_service *service = &state->objects->services[index];
	const struct object_slice *const *slices;
	size_t count;
	int err;

	/* An ExternalName is an alias in DNS; what clients dial then is another's. */
	if (service->external_name)
		return 0;
	err = add_cluster_ips(state, service, &state->ranges[index]);
	count = resolve_find_slices(state, service, &slices);
	for (size_t i = 0; !err && i < count; i++)
		err = add_slice(state, slices[i], &state->ranges[index]);
	if (err || count)
		return err;
	return resolve_select(state, false, service->meta.namespace, &service->selector,
			      add_selected, &state->ranges[index]);
}

int resolve_frontends(struct resolve_state *state)
{
	int err;

	err = sort_slices(state);
	for (size_t i = 0; !err && i < state->objects->service_count; i++)
		err = add_service(state, i);
	if (!err)
		resolve_claims_sort(&state->frontend_claims);
	return err;
}
