// SPDX-License-Identifier: Apache-2.0
/* Addresses that the operator lists as targets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/resolve_state.h"

static bool has_name(const struct object_service_port *port, const char *name)
{
	char number[8];

	snprintf(number, sizeof(number), "%u", port->number);
	return !strcmp(port->name, name) || !strcmp(number, name);
}

/* "http, grpc": names of the service's ports, as many as fit. */
static void list_ports(const struct resolve_state *state, const struct resolve_range *range,
		       char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < range->count && used < size; i++) {
		const char *name = strrchr(state->ports[range->first + i].name.name, ':') + 1;
		int length = snprintf(text + used, size - used, "%s%s", used ? ", " : "", name);

		used += length > 0 ? (size_t)length : 0;
	}
}

/* False, with a warning, where it cannot be told. */
static bool find_port(const struct resolve_state *state, size_t index, size_t *port)
{
	const struct object_target *listed = &state->settings->targets[index];
	const struct resolve_range *range;
	size_t service, count = 0;
	char ports[256];

	if (!resolve_find_service(state, listed->namespace, listed->service, &service) ||
	    !state->ranges[service].count) {
		problems_add(state->warnings,
			     "Settings: targets[%zu]: there is no service %s/%s with a TCP port",
			     index, listed->namespace, listed->service);
		return false;
	}
	range = &state->ranges[service];
	for (size_t i = 0; i < range->count; i++) {
		if (listed->port && !has_name(state->ports[range->first + i].port, listed->port))
			continue;
		*port = range->first + i;
		count++;
	}
	if (count == 1)
		return true;
	list_ports(state, range, ports, sizeof(ports));
	problems_add(
		state->warnings,
		"Settings: targets[%zu]: service %s/%s has %s; write it with one of its ports: "
		"%s",
		index, listed->namespace, listed->service, count ? "several ports" : "no such port",
		ports);
	return false;
}

static int add_listed(struct resolve_state *state, size_t index)
{
	const struct object_target *listed = &state->settings->targets[index];
	enum target_refusal refusal = target_check(&state->guarded, &listed->endpoint.address);
	char text[ADDRESS_ENDPOINT_TEXT_SIZE];
	size_t port;

	if (refusal) {
		problems_add(state->warnings, "Settings: targets[%zu]: %s is no target: %s", index,
			     address_format_endpoint(&listed->endpoint, text),
			     target_refusal_text(refusal));
		return 0;
	}
	if (!find_port(state, index, &port))
		return 0;
	return resolve_claim_add(state, &state->offloaded_claims, &listed->endpoint, port,
				 RESOLVE_CLAIM_TARGET);
}

int resolve_listed(struct resolve_state *state)
{
	size_t count = state->settings ? state->settings->target_count : 0;
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = add_listed(state, i);
	return err;
}
