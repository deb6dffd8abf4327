// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include "user/lib/resolve_state.h"

static const char *port_text(const struct resolve_port *port)
{
	return port && port->port->target_name ? port->port->target_name : "of the service";
}

/*
 * A pod that is probed at a port of its service never becomes Ready where the fence refuses the
 * probe, which nothing else tells its owner.
 */
static const char *probe_hint(const struct resolve_state *state, size_t service,
			      const struct object_pod *pod)
{
	bool in_vain = pod->probed && !pod->ready && !pod->host_network;

	return in_vain && state->ranges[service].fence == SHUNT_FENCE_ENFORCE
		       ? "; the fence lets probes of its service port in from allowedSources only"
		       : "";
}

static const char *probes_hint(const struct resolve_state *state, size_t service,
			       const struct resolve_pod *pods, size_t count)
{
	const char *hint = "";

	for (size_t i = 0; i < count && !*hint; i++)
		hint = probe_hint(state, service, pods[i].pod);
	return hint;
}

static void sha_reason(const struct resolve_state *state, const struct resolve_override *override,
		       const struct resolve_port *port, char *reason, size_t size)
{
	const char *sha = override->object->target;
	const struct resolve_pod *pods;
	size_t usable, count = resolve_find_pods(state, override->service, sha, &pods, &usable);

	if (!count)
		snprintf(reason, size, "no offloaded pod of commit %s", sha);
	else if (!usable)
		snprintf(reason, size, "no Ready offloaded pod of commit %s (%zu not Ready)%s", sha,
			 count, probes_hint(state, override->service, pods, count));
	else
		snprintf(reason, size, "no Ready offloaded pod of commit %s has the port %s", sha,
			 port_text(port));
}

/* Of a Ready pod, which has an address, all of which are refused. */
static void refused_reason(const struct resolve_state *state, const struct object_pod *pod,
			   char *reason, size_t size)
{
	const struct shunt_address *address = &pod->addresses.items[0];
	char text[ADDRESS_TEXT_SIZE];

	snprintf(reason, size, "pod %s has %s, which is no target: %s", pod->meta.name,
		 address_format(address, text),
		 target_refusal_text(target_check(&state->guarded, address)));
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
		snprintf(reason, size, "pod %s is not Ready%s", name,
			 probe_hint(state, override->service, pod));
	else if (!resolve_pod_is_usable(state, pod))
		refused_reason(state, pod, reason, size);
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
			 "%s is not an endpoint of a Ready offloaded pod of the service, nor in "
			 "Settings",
			 override->object->target);
		break;
	}
}

/* Whether it is a port of the service in a pod that is offloaded for it, Ready or not, or listed. */
static bool is_claimed(const struct resolve_state *state, size_t service,
		       const struct shunt_endpoint *endpoint)
{
	const struct resolve_range *range = &state->ranges[service];

	for (size_t i = 0; i < range->count; i++)
		if (resolve_claims_find(state, &state->offloaded_claims, endpoint,
					range->first + i))
			return true;
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
		return !is_claimed(state, override->service, &override->object->address);
	}
	return false;
}
