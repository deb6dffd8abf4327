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
