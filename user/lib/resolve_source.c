// SPDX-License-Identifier: Apache-2.0
/*
 * Whose markers count. Of the prefixes that cover a client, the longest one counts, so each row says
 * what all of those that cover it come to.
 */
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/resolve_state.h"

#define OBEYED SHUNT_SOURCE_OBEYED
#define SIGNED (SHUNT_SOURCE_OBEYED | SHUNT_SOURCE_SIGNED)

static int add_prefixes(struct policy *policy, const struct object_prefixes *prefixes, __u32 flags)
{
	int err = 0;

	for (size_t i = 0; !err && i < prefixes->count; i++)
		err = policy_add_source(policy, &prefixes->items[i], flags);
	return err;
}

/* A node's address is not the pod's alone, and a finished pod's may be another's by now. */
static int add_pod(const struct resolve_state *state, struct policy *policy,
		   const struct object_pod *pod, __u32 flags)
{
	int err = 0;

	if (pod->host_network || pod->finished)
		return 0;
	for (size_t i = 0; !err && i < pod->addresses.count; i++) {
		const struct shunt_address *address = &pod->addresses.items[i];
		struct shunt_prefix prefix = address_prefix(address);

		if (!target_check(&state->guarded, address))
			err = policy_add_source(policy, &prefix, flags);
	}
	return err;
}

static int compare_namespace(const void *key, const void *item)
{
	const struct object_pod *pod = item;

	return strcmp(key, pod->meta.namespace);
}

static int add_pods(const struct resolve_state *state, struct policy *policy,
		    const struct object_workload *workload, __u32 flags)
{
	const struct object_pod *pods = state->objects->pods;
	size_t count = state->objects->pod_count, i;
	int err = 0;

	i = array_lower_bound(workload->namespace, pods, count, sizeof(*pods), compare_namespace);
	for (; !err && i < count && !compare_namespace(workload->namespace, &pods[i]); i++)
		if (resolve_has_labels(&pods[i], &workload->labels))
			err = add_pod(state, policy, &pods[i], flags);
	return err;
}

static int add_all(const struct resolve_state *state, struct policy *policy)
{
	const struct object_settings *settings = state->settings;
	const struct shunt_prefix all = {0};
	int err = policy_add_source(policy, &all, settings->sources_listed ? 0 : OBEYED);

	if (!err)
		err = add_prefixes(policy, &settings->source_addresses, OBEYED);
	for (size_t i = 0; !err && i < settings->source_namespace_count; i++) {
		const struct object_workload whole = {.namespace = settings->source_namespaces[i]};

		err = add_pods(state, policy, &whole, OBEYED);
	}
	if (!err)
		err = add_prefixes(policy, &settings->edge_addresses, SIGNED);
	for (size_t i = 0; !err && i < settings->edge_count; i++)
		err = add_pods(state, policy, &settings->edges[i], SIGNED);
	return err;
}

static int compare_sources(const void *a, const void *b)
{
	const struct policy_source *x = a, *y = b;

	return policy_compare_prefix(&x->prefix, &y->prefix);
}

/*
 * Sorted, a prefix stands behind all that cover it. Each gets their flags too; one that then says
 * nothing new is dropped. The first row, which covers everything, stays.
 */
static void flatten(struct policy *policy)
{
	struct policy_source *rows = policy->sources;
	size_t covering[129], depth = 1, kept = 1;

	array_sort(rows, policy->source_count, sizeof(*rows), compare_sources);
	covering[0] = 0;
	for (size_t i = 1; i < policy->source_count; i++) {
		struct policy_source row = rows[i], *above;

		while (depth > 1 &&
		       !address_prefix_covers(&rows[covering[depth - 1]].prefix, &row.prefix))
			depth--;
		above = &rows[covering[depth - 1]];
		row.flags |= above->flags;
		if (row.flags == above->flags)
			continue;
		if (!compare_sources(above, &row)) {
			above->flags = row.flags;
			continue;
		}
		covering[depth++] = kept;
		rows[kept++] = row;
	}
	policy->source_count = kept;
}

/*
 * What is left out counts as what covers it, and must not count for more than it would have: so rows
 * of edges stay, and where these alone are too many, every marker has to be signed.
 */
static void bound(const struct resolve_state *state, struct policy *policy)
{
	struct policy_source *rows = policy->sources;
	size_t count = policy->source_count, is_signed = 0, others = 1, kept = 0;

	if (count <= SHUNT_SOURCES_MAX)
		return;
	for (size_t i = 0; i < count; i++)
		is_signed += !!(rows[i].flags & SHUNT_SOURCE_SIGNED);
	if (is_signed < SHUNT_SOURCES_MAX)
		others = SHUNT_SOURCES_MAX - is_signed;
	for (size_t i = 0; i < count && kept < SHUNT_SOURCES_MAX; i++) {
		struct policy_source row = rows[i];

		if (row.flags && is_signed >= SHUNT_SOURCES_MAX)
			row.flags = SIGNED;
		if (!(row.flags & SHUNT_SOURCE_SIGNED) && !others)
			continue;
		others -= !(row.flags & SHUNT_SOURCE_SIGNED);
		rows[kept++] = row;
	}
	policy->source_count = kept;
	problems_add(state->warnings,
		     "Settings: markerSources and edges come to %zu addresses, of which there is "
		     "room for %d; %s; name networks instead of namespaces",
		     count, SHUNT_SOURCES_MAX,
		     is_signed < SHUNT_SOURCES_MAX ? "markers from the others are ignored"
						   : "only signed markers count, from everywhere");
}

int resolve_sources(const struct resolve_state *state, struct policy *policy)
{
	const struct object_settings *settings = state->settings;
	int err;

	if (!settings ||
	    (!settings->sources_listed && !settings->edge_count && !settings->edge_addresses.count))
		return 0;
	err = add_all(state, policy);
	if (err)
		return err;
	flatten(policy);
	bound(state, policy);
	return 0;
}

static int compare_prefixes(const void *a, const void *b)
{
	return policy_compare_prefix(a, b);
}

int resolve_allowed(const struct resolve_state *state, struct policy *policy)
{
	const struct object_settings *settings = state->settings;
	int err = 0;

	for (size_t i = 0; settings && !err && i < settings->fence_allowed.count; i++)
		err = policy_add_allowed(policy, &settings->fence_allowed.items[i]);
	array_sort(policy->allowed, policy->allowed_count, sizeof(*policy->allowed),
		   compare_prefixes);
	return err;
}
