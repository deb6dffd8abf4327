// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/resolve_state.h"

/* "namespace/name:port", the port's number where it has no name. False where it is too long. */
static bool name_port(const struct object_service *service, const struct object_service_port *port,
		      struct shunt_service *name)
{
	char number[8];
	int length;

	snprintf(number, sizeof(number), "%u", port->number);
	length = snprintf(name->name, sizeof(name->name), "%s/%s:%s", service->meta.namespace,
			  service->meta.name, *port->name ? port->name : number);
	return length >= 0 && (size_t)length < sizeof(name->name);
}

static int add_ports(struct resolve_state *state, size_t index)
{
	const struct object_service *service = &state->objects->services[index];

	for (size_t i = 0; i < service->port_count; i++) {
		struct resolve_port port = {.service = index, .port = &service->ports[i]};
		int err;

		if (!name_port(service, &service->ports[i], &port.name)) {
			problems_add(state->warnings,
				     "port %u of service %s/%s is left out: its name is too long",
				     service->ports[i].number, service->meta.namespace,
				     service->meta.name);
			continue;
		}
		err = array_grow(&state->ports, &state->port_capacity, state->port_count,
				 sizeof(port));
		if (err)
			return err;
		state->ports[state->port_count++] = port;
	}
	return 0;
}

static int compare_ports(const void *a, const void *b)
{
	const struct resolve_port *x = a, *y = b;

	return strcmp(x->name.name, y->name.name);
}

int resolve_services(struct resolve_state *state)
{
	size_t count = state->objects->service_count;
	int err;

	state->ranges = calloc(count ? count : 1, sizeof(*state->ranges));
	if (!state->ranges)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		err = add_ports(state, i);
		if (err)
			return err;
	}
	array_sort(state->ports, state->port_count, sizeof(*state->ports), compare_ports);
	/* All names of a service begin with "namespace/name:", so that they are neighbours. */
	for (size_t i = 0; i < state->port_count; i++) {
		struct resolve_range *range = &state->ranges[state->ports[i].service];

		if (!range->count++)
			range->first = i;
	}
	return 0;
}

bool resolve_find_service(const struct resolve_state *state, const char *namespace,
			  const char *name, size_t *service)
{
	return resolve_names_find(&state->service_names, namespace, name, service);
}
