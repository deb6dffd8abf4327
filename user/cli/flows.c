// SPDX-License-Identifier: Apache-2.0
#include "user/cli/flows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "user/lib/address.h"
#include "user/lib/clock.h"
#include "user/lib/format.h"
#include "user/lib/reason.h"

struct walk {
	const struct maps *maps;
	json_t *flows; /* NULL: print text */
	__u64 now; /* monotonic */
};

/* A flow with its parts as text. */
struct view {
	const struct shunt_flow *flow;
	char context[SHUNT_CONTEXT_NAME_MAX + 1];
	char service[SHUNT_SERVICE_NAME_MAX + 1];
	char client[ADDRESS_ENDPOINT_TEXT_SIZE];
	char origin[ADDRESS_ENDPOINT_TEXT_SIZE];
	char target[ADDRESS_ENDPOINT_TEXT_SIZE];
	__u64 age; /* ns since the last move */
};

static const char *const state_names[] = {
	[SHUNT_FLOW_OPENING] = "opening",
	[SHUNT_FLOW_OPEN] = "open",
	[SHUNT_FLOW_ANSWERED] = "answered",
	[SHUNT_FLOW_CLOSED] = "closed",
};

static const char *name_state(const struct shunt_flow *flow)
{
	bool known = flow->state >= SHUNT_FLOW_OPENING && flow->state <= SHUNT_FLOW_CLOSED;

	return known ? state_names[flow->state] : "unknown";
}

static void make_view(const struct walk *walk, const struct shunt_connection *connection,
		      const struct shunt_flow *flow, struct view *view)
{
	struct shunt_endpoint client =
		address_with_port(&connection->client, connection->client_port);
	struct shunt_endpoint origin =
		address_with_port(&connection->remote, connection->remote_port);

	view->flow = flow;
	snprintf(view->context, sizeof(view->context), "%s", flow->context);
	maps_service_name(walk->maps, flow->service, view->service);
	address_format_endpoint(&client, view->client);
	address_format_endpoint(&origin, view->origin);
	address_format_endpoint(&flow->legs[flow->current % SHUNT_LEGS_MAX].endpoint, view->target);
	view->age = walk->now > flow->moved_at ? walk->now - flow->moved_at : 0;
}

static void print_legs(const struct shunt_flow *flow)
{
	char endpoint[ADDRESS_ENDPOINT_TEXT_SIZE];

	for (unsigned int i = 0; i < SHUNT_LEGS_MAX; i++) {
		const struct shunt_leg *leg = &flow->legs[i];

		if (leg->state == SHUNT_LEG_ABSENT)
			continue;
		address_format_endpoint(&leg->endpoint, endpoint);
		if (leg->override_id == SHUNT_OVERRIDE_BY_ADDRESS)
			printf("    by address  %-22s %s\n", endpoint, reason_leg_state(flow, i));
		else if (i == 0)
			printf("    origin      %-22s %s\n", endpoint, reason_leg_state(flow, i));
		else
			printf("    override %-2u %-22s %s\n", leg->override_id, endpoint,
			       reason_leg_state(flow, i));
	}
}

static int print_flow(const struct view *view)
{
	char times[FORMAT_SIZE], age[FORMAT_SIZE];
	const char *state = "";

	if (view->flow->state == SHUNT_FLOW_ANSWERED)
		state = ", answered by the kernel";
	else if (view->flow->state == SHUNT_FLOW_CLOSED)
		state = ", closed by the client";
	printf("%s  %s  %s → %s  moved %s, last %s ago%s\n", view->context[0] ? view->context : "-",
	       view->service, view->client, view->target, format_times(view->flow->moves, times),
	       format_age(view->age, age), state);
	print_legs(view->flow);
	return ferror(stdout) ? -EPIPE : 0;
}

static json_t *leg_to_json(const struct shunt_flow *flow, unsigned int i)
{
	const struct shunt_leg *leg = &flow->legs[i];
	char endpoint[ADDRESS_ENDPOINT_TEXT_SIZE];

	address_format_endpoint(&leg->endpoint, endpoint);
	return json_pack("{s:i, s:s, s:s, s:I, s:I, s:I, s:i, s:i}", "leg", (int)i, "endpoint",
			 endpoint, "state", reason_leg_state(flow, i), "override_id",
			 (json_int_t)leg->override_id, "sequence_delta",
			 (json_int_t)leg->sequence_delta, "reply_delta",
			 (json_int_t)leg->reply_delta, "mss", (int)leg->mss, "window_scale",
			 (int)leg->window_scale);
}

static int add_flow(json_t *flows, const struct view *view)
{
	const struct shunt_flow *flow = view->flow;
	json_t *legs = json_array();

	for (unsigned int i = 0; i < SHUNT_LEGS_MAX; i++)
		if (flow->legs[i].state != SHUNT_LEG_ABSENT)
			json_array_append_new(legs, leg_to_json(flow, i));
	return json_array_append_new(flows,
				     json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:o}",
					       "context", view->context, "service", view->service,
					       "client", view->client, "origin", view->origin,
					       "target", view->target, "state", name_state(flow),
					       "moves", (json_int_t)flow->moves, "last_move_age_ns",
					       (json_int_t)view->age, "ifindex",
					       (json_int_t)flow->ifindex, "legs", legs))
		       ? -ENOMEM
		       : 0;
}

static int on_flow(void *argument, const void *key, const void *value)
{
	const struct walk *walk = argument;
	struct view view;

	make_view(walk, key, value, &view);
	return walk->flows ? add_flow(walk->flows, &view) : print_flow(&view);
}

int flows_run(struct globals *globals, int argc, char **argv)
{
	struct walk walk = {.now = clock_monotonic()};
	struct maps maps;
	int error;

	command_parse(
		globals, argc, argv,
		"Print each connection that was moved: the context and target of its last move, "
		"and its legs. A connection without a context is back at its origin.");
	if (command_open_maps(globals, &maps))
		return EXIT_FAILURE;
	walk.maps = &maps;
	walk.flows = globals->json ? json_array() : NULL;
	error = maps_each(maps.fds[PINS_FLOWS], BPF_F_LOCK, on_flow, &walk);
	maps_close(&maps);
	if (error) {
		json_decref(walk.flows);
		return error == -EPIPE ? EXIT_FAILURE : command_fail(globals, error);
	}
	if (walk.flows)
		error = command_print_json(walk.flows, false);
	else
		error = fflush(stdout);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
