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
bool resolve_pod_is_usable(const struct resolve_state *state, const struct object_pod *pod)
{
	if (!pod->ready || pod->host_network)
		return false;
	for (size_t i = 0; i < pod->addresses.count; i++) {
		if (!target_check(&state->guarded, &pod->addresses.items[i]))
			return true;
	}
	return false;
}

static int add_addresses(struct resolve_state *state, const struct object_pod *pod)
{
	int err = 0;

	for (size_t i = 0; !err && i < pod->addresses.count; i++)
		if (!target_check(&state->guarded, &pod->addresses.items[i]))
			err = address_set_add(&state->offloaded, &pod->addresses.items[i]);
	return err;
}

static void warn_refused(const struct resolve_state *state, const struct object_pod *pod)
{
	for (size_t i = 0; i < pod->addresses.count; i++) {
		const struct shunt_address *address = &pod->addresses.items[i];
		enum target_refusal refusal = target_check(&state->guarded, address);
		char text[ADDRESS_TEXT_SIZE];

		if (refusal)
			problems_add(state->warnings,
				     "%s of the offloaded pod %s/%s is no target: %s",
				     address_format(address, text), pod->meta.namespace,
				     pod->meta.name, target_refusal_text(refusal));
	}
}

static int add_target(struct resolve_state *state, size_t port, const char *sha,
		      const struct shunt_endpoint *endpoint)
{
	struct resolve_target target = {.port = port, .sha = sha, .endpoint = *endpoint};
	int err = array_grow(&state->targets, &state->target_capacity, state->target_count,
			     sizeof(target));

	if (!err)
		state->targets[state->target_count++] = target;
	return err;
}

/* One that is not usable has a fence too: it may be reached before it is Ready. */
static int add_endpoints(struct resolve_state *state, const struct resolve_pod *added, size_t port)
{
	const struct object_pod *pod = added->pod;
	__u8 flags = RESOLVE_CLAIM_POD | (added->usable ? RESOLVE_CLAIM_TARGET : 0);
	__u16 number = resolve_target_port(pod, state->ports[port].port);
	int err = 0;

	for (size_t i = 0; !err && number && i < pod->addresses.count; i++) {
		struct shunt_endpoint endpoint =
			address_with_port(&pod->addresses.items[i], number);

		if (target_check(&state->guarded, &endpoint.address))
			continue;
		if (added->usable)
			err = add_target(state, port, pod->offloaded_sha, &endpoint);
		if (!err)
			err = resolve_claim_add(state, &state->offloaded_claims, &endpoint, port,
						flags);
	}
	return err;
}

static void warn_unguarded(const struct resolve_state *state, const struct object_pod *pod)
{
	const char *service = pod->offloaded_service, *namespace = pod->meta.namespace;

	if (*service)
		problems_add(state->warnings,
			     "offloaded pod %s/%s is for service %s/%s, which is not there: no "
			     "fence guards it",
			     namespace, pod->meta.name, namespace, service);
	else
		problems_add(state->warnings,
			     "offloaded pod %s/%s has no label " OBJECT_LABEL_SERVICE
			     ": no fence guards it",
			     namespace, pod->meta.name);
}

static int add_offloaded(struct resolve_state *state, const struct object_pod *pod)
{
	struct resolve_pod added = {.pod = pod, .usable = resolve_pod_is_usable(state, pod)};
	const struct resolve_range *range;
	int err;

	if (!resolve_find_service(state, pod->meta.namespace, pod->offloaded_service,
				  &added.service)) {
		warn_unguarded(state, pod);
		return 0;
	}
	err = array_grow(&state->pods, &state->pod_capacity, state->pod_count, sizeof(added));
	if (err)
		return err;
	state->pods[state->pod_count++] = added;
	if (pod->host_network)
		return 0;
	warn_refused(state, pod);
	range = &state->ranges[added.service];
	for (size_t i = 0; !err && i < range->count; i++)
		err = add_endpoints(state, &added, range->first + i);
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

		if (pod->finished || !pod->offloaded_service)
			continue;
		if (!pod->host_network)
			err = add_addresses(state, pod);
		if (!err)
			err = add_offloaded(state, pod);
		if (err)
			return err;
	}
	address_set_finish(&state->offloaded);
	array_sort(state->pods, state->pod_count, sizeof(*state->pods), compare_pods);
	array_sort(state->targets, state->target_count, sizeof(*state->targets), compare_targets);
	state->target_count = array_unique(state->targets, state->target_count,
					   sizeof(*state->targets), compare_targets);
	return 0;
}

size_t resolve_find_pods(const struct resolve_state *state, size_t service, const char *sha,
			 const struct resolve_pod **pods, size_t *usable)
{
	const struct object_pod like = {.offloaded_sha = sha};
	struct resolve_pod wanted = {.service = service, .pod = &like};
	size_t size = sizeof(*state->pods), start, split, end;

	start = array_lower_bound(&wanted, state->pods, state->pod_count, size, compare_pods);
	wanted.usable = true;
	split = array_lower_bound(&wanted, state->pods, state->pod_count, size, compare_pods);
	end = array_upper_bound(&wanted, state->pods, state->pod_count, size, compare_pods);
	*pods = state->pods + start;
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

const struct object_pod *resolve_find_pod(const struct resolve_state *state, const char *namespace,
					  const char *name)
{
	size_t index;

	return resolve_names_find(&state->pod_names, namespace, name, &index)
		       ? &state->objects->pods[index]
		       : NULL;
}
