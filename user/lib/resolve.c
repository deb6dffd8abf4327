// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include "user/lib/markers.h"
#include "user/lib/resolve.h"
#include "user/lib/resolve_state.h"

static void clear(struct resolve_state *state)
{
	free(state->ports);
	free(state->ranges);
	free(state->host.items);
	free(state->offloaded.items);
	free(state->pods);
	free(state->targets);
	free(state->offloaded_claims.items);
	free(state->frontend_claims.items);
	free(state->slices);
	free(state->labels);
}

static int copy_services(const struct resolve_state *state, struct tables *tables)
{
	tables->services =
		calloc(state->port_count ? state->port_count : 1, sizeof(*tables->services));
	if (!tables->services)
		return -ENOMEM;
	for (size_t i = 0; i < state->port_count; i++)
		tables->services[i] = state->ports[i].name;
	tables->service_count = state->port_count;
	return 0;
}

static int copy_frontends(const struct resolve_claims *claims, struct tables *tables)
{
	tables->frontends = calloc(claims->count ? claims->count : 1, sizeof(*tables->frontends));
	if (!tables->frontends)
		return -ENOMEM;
	for (size_t i = 0; i < claims->count; i++) {
		tables->frontends[i].endpoint = claims->items[i].endpoint;
		tables->frontends[i].service = claims->items[i].port;
	}
	tables->frontend_count = claims->count;
	return 0;
}

static int copy_offloaded(const struct resolve_claims *claims, struct tables *tables)
{
	tables->offloaded = calloc(claims->count ? claims->count : 1, sizeof(*tables->offloaded));
	if (!tables->offloaded)
		return -ENOMEM;
	for (size_t i = 0; i < claims->count; i++) {
		tables->offloaded[i].endpoint = claims->items[i].endpoint;
		tables->offloaded[i].service = claims->items[i].port;
	}
	tables->offloaded_count = claims->count;
	return 0;
}

static int copy_markers(const struct object_set *objects, struct tables *tables)
{
	if (!objects->settings_count)
		return markers_compile(markers_default, MARKERS_DEFAULT_COUNT, &tables->markers,
				       NULL);
	tables->markers = *objects->settings[0].markers;
	return 0;
}

static time_t find_next_expiry(const struct object_set *objects, time_t now)
{
	time_t next = 0;

	for (size_t i = 0; i < objects->context_count; i++) {
		time_t expires = objects->contexts[i].expires;

		if (expires > now && (!next || expires < next))
			next = expires;
	}
	return next;
}

static int resolve(struct resolve_state *state, time_t now, struct tables *tables)
{
	int err;

	err = resolve_services(state);
	if (!err)
		err = resolve_pods(state);
	if (!err)
		err = resolve_frontends(state);
	/* Before the offloaded claims are settled: overrides may name an endpoint that lost. */
	if (!err)
		err = resolve_overrides(state, now, tables);
	if (!err)
		err = resolve_claims_settle(state, &state->offloaded_claims);
	if (!err)
		err = resolve_claims_settle(state, &state->frontend_claims);
	if (!err)
		err = copy_services(state, tables);
	if (!err)
		err = copy_frontends(&state->frontend_claims, tables);
	if (!err)
		err = copy_offloaded(&state->offloaded_claims, tables);
	if (!err)
		err = copy_markers(state->objects, tables);
	return err;
}

int resolve_tables(const struct object_set *objects, time_t now, struct tables *tables,
		   time_t *next_expiry, struct problems *warnings)
{
	struct resolve_state state = {.objects = objects, .warnings = warnings};
	struct tables resolved = {0};
	int err;

	err = resolve(&state, now, &resolved);
	clear(&state);
	if (err) {
		tables_clear(&resolved);
		return err;
	}
	*tables = resolved;
	*next_expiry = find_next_expiry(objects, now);
	return 0;
}
