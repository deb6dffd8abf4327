// SPDX-License-Identifier: Apache-2.0
#include "user/lib/resolver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/markers.h"
#include "user/lib/resolve_state.h"

struct resolver {
	struct resolve_state state;
};

/* What only the first step needs. */
static void clear_scratch(struct resolve_state *state)
{
	address_set_clear(&state->offloaded);
	free(state->frontend_claims.items);
	free(state->slices);
	free(state->ordinary_labels.items);
	free(state->offloaded_labels.items);
	state->frontend_claims = (struct resolve_claims){0};
	state->slices = NULL;
	state->ordinary_labels = state->offloaded_labels = (struct resolve_labels){0};
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

static int copy_settled(const struct resolve_claims *claims, struct tables *tables)
{
	tables->offloaded = calloc(claims->count ? claims->count : 1, sizeof(*tables->offloaded));
	if (!tables->offloaded)
		return -ENOMEM;
	for (size_t i = 0; i < claims->count; i++) {
		tables->offloaded[i].endpoint = claims->items[i].endpoint;
		tables->offloaded[i].service = claims->items[i].port;
		tables->offloaded[i].fence = claims->items[i].fence;
		if (claims->items[i].flags & RESOLVE_CLAIM_TARGET)
			tables->offloaded[i].flags = SHUNT_OFFLOADED_TARGET;
	}
	tables->offloaded_count = claims->count;
	return 0;
}

/* Of a copy, since overrides may name an endpoint that another port has. */
static int copy_offloaded(const struct resolve_state *state, struct tables *tables)
{
	struct resolve_claims settled = {.count = state->offloaded_claims.count};
	int err;

	if (!settled.count)
		return copy_settled(&settled, tables);
	settled.items = calloc(settled.count, sizeof(*settled.items));
	if (!settled.items)
		return -ENOMEM;
	memcpy(settled.items, state->offloaded_claims.items,
	       settled.count * sizeof(*settled.items));
	err = resolve_claims_settle(state, &settled);
	if (!err)
		err = copy_settled(&settled, tables);
	free(settled.items);
	return err;
}

static int copy_markers(const struct resolve_state *state, struct tables *tables)
{
	if (!state->settings)
		return markers_compile(markers_default, MARKERS_DEFAULT_COUNT, &tables->markers,
				       NULL);
	tables->markers = *state->settings->markers;
	return 0;
}

static int resolve_targets(struct resolve_state *state)
{
	int err;

	resolve_fences(state);
	err = target_guarded_find(state->objects, &state->guarded);
	if (!err)
		err = resolve_pods(state);
	if (!err)
		err = resolve_listed(state);
	if (!err)
		resolve_claims_sort(&state->offloaded_claims);
	return err;
}

/* To be called when the frontends are settled. */
static int resolve_policy(struct resolve_state *state, struct policy *policy)
{
	int err = resolve_sources(state, policy);

	if (!err)
		err = resolve_allowed(state, policy);
	return err ? err : resolve_steers(state, policy);
}

static int make_names(struct resolve_state *state)
{
	const struct object_set *objects = state->objects;
	int err;

	err = resolve_names_make(&state->service_names, objects->services, objects->service_count,
				 sizeof(*objects->services));
	return err ? err
		   : resolve_names_make(&state->pod_names, objects->pods, objects->pod_count,
					sizeof(*objects->pods));
}

static int resolve(struct resolve_state *state, struct tables *tables)
{
	int err;

	err = make_names(state);
	if (!err)
		err = resolve_services(state);
	if (!err)
		err = resolve_targets(state);
	if (!err)
		err = resolve_frontends(state);
	if (!err)
		err = copy_offloaded(state, tables);
	if (!err)
		err = resolve_claims_settle(state, &state->frontend_claims);
	if (!err)
		err = copy_services(state, tables);
	if (!err)
		err = copy_frontends(&state->frontend_claims, tables);
	if (!err)
		err = copy_markers(state, tables);
	if (!err)
		err = resolve_policy(state, &tables->policy);
	return err;
}

int resolver_new(const struct object_set *objects, struct tables *tables, struct problems *warnings,
		 struct resolver **resolver)
{
	struct resolver *created = calloc(1, sizeof(*created));
	struct tables resolved = {0};
	int err;

	if (!created)
		return -ENOMEM;
	created->state = (struct resolve_state){.objects = objects, .warnings = warnings};
	if (objects->settings_count)
		created->state.settings = &objects->settings[0];
	err = resolve(&created->state, &resolved);
	clear_scratch(&created->state);
	created->state.warnings = NULL;
	if (err) {
		tables_clear(&resolved);
		resolver_free(created);
		return err;
	}
	*tables = resolved;
	*resolver = created;
	return 0;
}

int resolver_context(const struct resolver *resolver, const struct object_context *context,
		     time_t now, struct problems *warnings, struct resolver_rows *rows)
{
	if (context->expires && context->expires <= now)
		return 0;
	return resolve_overrides(&resolver->state, context, warnings, rows);
}

bool resolver_is_hopeless(const struct resolver *resolver, const struct object_override *object)
{
	struct resolve_override override = {.object = object};
	const struct resolve_state *state = &resolver->state;

	if (!resolve_find_service(state, object->namespace, object->service, &override.service) ||
	    !state->ranges[override.service].count)
		return true;
	if (object->kind == OBJECT_OVERRIDE_POD)
		override.pod = resolve_find_pod(state, object->namespace, object->target);
	return resolve_is_hopeless(state, &override);
}

void resolver_rows_clear(struct resolver_rows *rows)
{
	free(rows->overrides);
	free(rows->unresolved);
	*rows = (struct resolver_rows){0};
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	target_guarded_clear(&resolver->state.guarded);
	resolve_names_clear(&resolver->state.service_names);
	resolve_names_clear(&resolver->state.pod_names);
	free(resolver->state.ports);
	free(resolver->state.ranges);
	free(resolver->state.pods);
	free(resolver->state.targets);
	free(resolver->state.offloaded_claims.items);
	free(resolver);
}
