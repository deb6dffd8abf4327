// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include "user/lib/resolve_state.h"

static const char *port_text(const struct resolve_port *port)
{
	return port && port->port->target_name ? port->port->target_name : "of the service";
}

static void sha_reason(const struct resolve_state *state, const struct resolve_override *override,
		       const struct resolve_port *port, char *reason, size_t size)
{
	const char *sha = override->object->target;
	size_t usable, count = resolve_count_pods(state, override->service, sha, &usable);

	if (!count)
		snprintf(reason, size, "no offloaded pod of commit %s", sha);
	else if (!usable)
		snprintf(reason, size, "no Ready offloaded pod of commit %s (%zu not Ready)", sha,
			 count);
	else
		snprintf(reason, size, "no Ready offloaded pod of commit %s has the port %s", sha,
			 port_text(port));
}

static void pod_reason(const struct resolve_state *state, const struct resolve_override *override,
		       const struct resolve_port *port, char *reason, size_t size)
{
	const struct object_service *service = &state->objects->services[override->service];
	const char *name = override->object->target;
	const struct object_pod *pod = override->pod;

	if (!pod)
		snprintf(reason, size, "pod %s not found", name);
	else if (!resolve_pod_serves(pod, service))
		snprintf(reason, size, "pod %s is not offloaded for service %s", name,
			 service->meta.name);
	else if (pod->host_network)
		snprintf(reason, size, "pod %s is on the host network", name);
	else if (!pod->ready)
		snprintf(reason, size, "pod %s is not Ready", name);
	else if (!resolve_pod_is_usable(pod))
		snprintf(reason, size, "pod %s has no address that others can reach", name);
	else
		snprintf(reason, size, "pod %s has no port %s", name, port_text(port));
}

void resolve_reason(const struct resolve_state *state, const struct resolve_override *override,
		    const struct resolve_port *port, char *reason, size_t size)
{
	switch (override->object->kind) {
	case OBJECT_OVERRIDE_SHA:
		sha_reason(state, override, port, reason, size);
		break;
	case OBJECT_OVERRIDE_POD:
		pod_reason(state, override, port, reason, size);
		break;
	case OBJECT_OVERRIDE_ADDRESS:
		snprintf(reason, size,
			 "%s is not an endpoint of a Ready offloaded pod of the service",
			 override->object->target);
		break;
	}
}

/* Whether a port of the service is this endpoint in a pod that is offloaded for it, Ready or not. */
static bool is_offloaded_address(const struct resolve_state *state, size_t service,
				 const struct shunt_endpoint *endpoint)
{
	const struct resolve_range *range = &state->ranges[service];

	for (size_t i = 0; i < state->pod_count; i++) {
		const struct object_pod *pod = state->pods[i].pod;

		for (size_t j = 0; state->pods[i].service == service && !pod->host_network &&
				   j < pod->addresses.count;
		     j++) {
			if (address_compare(&pod->addresses.items[j], &endpoint->address))
				continue;
			for (size_t k = 0; k < range->count; k++) {
				const struct resolve_port *port = &state->ports[range->first + k];

				if (resolve_target_port(pod, port->port) == endpoint->port)
					return true;
			}
		}
	}
	return false;
}

bool resolve_is_hopeless(const struct resolve_state *state, const struct resolve_override *override)
{
	const struct object_service *service = &state->objects->services[override->service];

	switch (override->object->kind) {
	case OBJECT_OVERRIDE_SHA:
		break;
	case OBJECT_OVERRIDE_POD:
		return override->pod &&
		       (!resolve_pod_serves(override->pod, service) || override->pod->host_network);
	case OBJECT_OVERRIDE_ADDRESS:
		return !is_offloaded_address(state, override->service, &override->object->address);
	}
	return false;
}
