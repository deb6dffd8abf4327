// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/resolve_state.h"

/* What is being filled. */
struct rows {
	const struct resolve_state *state;
	struct problems *warnings;
	struct resolver_rows *added;
};

static int compare_endpoints(const void *a, const void *b)
{
	return address_compare_endpoint(a, b);
}

/* Of more than fit, both families get their share, so that clients of each find one. */
static void take_sha(const struct rows *rows, const struct resolve_override *override, size_t port,
		     struct tables_override *row)
{
	const char *sha = override->object->target;
	const struct resolve_target *targets;
	size_t ipv4, ipv6, most_ipv4 = SHUNT_ENDPOINTS_MAX / 2;
	size_t count = resolve_find_targets(rows->state, port, sha, &targets, &ipv4);

	ipv6 = count - ipv4;
	if (count > SHUNT_ENDPOINTS_MAX)
		problems_add(rows->warnings,
			     "context %s, %s: commit %s has %zu endpoints; %d of them are used",
			     row->context, rows->state->ports[port].name.name, sha, count,
			     SHUNT_ENDPOINTS_MAX);
	if (ipv6 < SHUNT_ENDPOINTS_MAX - most_ipv4)
		most_ipv4 = SHUNT_ENDPOINTS_MAX - ipv6;
	for (size_t i = 0; i < ipv4 && i < most_ipv4; i++)
		row->endpoints[row->endpoint_count++] = targets[i].endpoint;
	for (size_t i = ipv4; i < count && row->endpoint_count < SHUNT_ENDPOINTS_MAX; i++)
		row->endpoints[row->endpoint_count++] = targets[i].endpoint;
}

static void take_pod(const struct rows *rows, const struct resolve_override *override, size_t port,
		     struct tables_override *row)
{
	const struct resolve_state *state = rows->state;
	const struct object_pod *pod = override->pod;
	size_t count = 0;
	__u16 number;

	if (!pod || !resolve_pod_is_usable(state, pod) ||
	    !resolve_pod_serves(pod, &state->objects->services[override->service]))
		return;
	number = resolve_target_port(pod, state->ports[port].port);
	for (size_t i = 0; number && i < pod->addresses.count && count < SHUNT_ENDPOINTS_MAX; i++) {
		if (!target_check(&state->guarded, &pod->addresses.items[i]))
			row->endpoints[count++] =
				address_with_port(&pod->addresses.items[i], number);
	}
	array_sort(row->endpoints, count, sizeof(row->endpoints[0]), compare_endpoints);
	count = array_unique(row->endpoints, count, sizeof(row->endpoints[0]), compare_endpoints);
	row->endpoint_count = (__u8)count;
}

/* Only what is registered for this service port: a context cannot send requests elsewhere. */
static void take_address(const struct rows *rows, const struct resolve_override *override,
			 size_t port, struct tables_override *row)
{
	const struct shunt_endpoint *address = &override->object->address;

	if (resolve_is_target(rows->state, address, port))
		row->endpoints[row->endpoint_count++] = *address;
}

/* Adds the override for one service port. *resolved tells whether it has an endpoint. */
static int add_override(struct rows *rows, const struct resolve_override *override, size_t port,
			bool *resolved)
{
	struct tables_override row = {.service = port};
	struct resolver_rows *added = rows->added;
	int err;

	memcpy(row.context, override->context->meta.name, strlen(override->context->meta.name));
	row.on_unreachable = override->object->on_unreachable;
	row.flags = override->context->is_signed ? SHUNT_OVERRIDE_SIGNED : 0;
	switch (override->object->kind) {
	case OBJECT_OVERRIDE_SHA:
		take_sha(rows, override, port, &row);
		break;
	case OBJECT_OVERRIDE_POD:
		take_pod(rows, override, port, &row);
		break;
	case OBJECT_OVERRIDE_ADDRESS:
		take_address(rows, override, port, &row);
		break;
	}
	*resolved = row.endpoint_count > 0;
	if (!*resolved)
		return 0;
	err = array_grow(&added->overrides, &added->override_capacity, added->override_count,
			 sizeof(row));
	if (!err)
		added->overrides[added->override_count++] = row;
	return err;
}

/* Adds a row whose service, "namespace/name" or with a port, and reason are still to be written. */
static int add_unresolved(struct rows *rows, const struct object_context *context,
			  const struct object_override *object, struct tables_unresolved **row)
{
	struct resolver_rows *added = rows->added;
	int err;

	err = array_grow(&added->unresolved, &added->unresolved_capacity, added->unresolved_count,
			 sizeof(**row));
	if (err)
		return err;
	*row = &added->unresolved[added->unresolved_count++];
	memset(*row, 0, sizeof(**row));
	memcpy((*row)->context, context->meta.name, strlen(context->meta.name));
	snprintf((*row)->service, sizeof((*row)->service), "%s/%s", object->namespace,
		 object->service);
	return 0;
}

/* One row for the whole service, or one for each port that alone has no endpoint. */
static int add_unresolved_ports(struct rows *rows, const struct resolve_override *override,
				const bool *resolved, size_t resolved_count)
{
	const struct resolve_range *range = &rows->state->ranges[override->service];
	struct tables_unresolved *row;
	int err = 0;

	if (!resolved_count) {
		const struct resolve_port *only =
			range->count == 1 ? &rows->state->ports[range->first] : NULL;

		err = add_unresolved(rows, override->context, override->object, &row);
		if (!err)
			resolve_reason(rows->state, override, only, row->reason,
				       sizeof(row->reason));
		return err;
	}
	/* An address has one port; that it is not the others' is as it should be. */
	if (override->object->kind == OBJECT_OVERRIDE_ADDRESS)
		return 0;
	for (size_t i = 0; i < range->count; i++) {
		const struct resolve_port *port = &rows->state->ports[range->first + i];

		if (resolved[i])
			continue;
		err = add_unresolved(rows, override->context, override->object, &row);
		if (err)
			return err;
		memcpy(row->service, port->name.name, sizeof(row->service));
		resolve_reason(rows->state, override, port, row->reason, sizeof(row->reason));
	}
	return 0;
}

static int resolve_ports(struct rows *rows, const struct resolve_override *override)
{
	const struct resolve_range *range = &rows->state->ranges[override->service];
	bool *resolved = calloc(range->count, sizeof(*resolved));
	size_t resolved_count = 0;
	int err = resolved ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < range->count; i++) {
		err = add_override(rows, override, range->first + i, &resolved[i]);
		resolved_count += resolved[i];
	}
	if (!err && resolved_count < range->count)
		err = add_unresolved_ports(rows, override, resolved, resolved_count);
	free(resolved);
	return err;
}

static int resolve_one(struct rows *rows, const struct object_context *context,
		       const struct object_override *object)
{
	struct resolve_override override = {.context = context, .object = object};
	const struct resolve_state *state = rows->state;
	struct tables_unresolved *row;
	const char *reason;
	int err;

	if (!resolve_find_service(state, object->namespace, object->service, &override.service))
		reason = "no such service";
	else if (!state->ranges[override.service].count)
		reason = "the service has no TCP port";
	else
		reason = NULL;
	if (reason) {
		err = add_unresolved(rows, context, object, &row);
		if (!err)
			memcpy(row->reason, reason, strlen(reason));
		return err;
	}
	if (object->kind == OBJECT_OVERRIDE_POD)
		override.pod = resolve_find_pod(state, object->namespace, object->target);
	return resolve_ports(rows, &override);
}

static int compare_overrides(const void *a, const void *b)
{
	const struct tables_override *x = a, *y = b;

	return (x->service > y->service) - (x->service < y->service);
}

static int compare_unresolved(const void *a, const void *b)
{
	const struct tables_unresolved *x = a, *y = b;

	return strcmp(x->service, y->service);
}

int resolve_overrides(const struct resolve_state *state, const struct object_context *context,
		      struct problems *warnings, struct resolver_rows *added)
{
	struct rows rows = {.state = state, .warnings = warnings, .added = added};
	size_t overrides = added->override_count, unresolved = added->unresolved_count;
	int err = 0;

	for (size_t i = 0; !err && i < context->override_count; i++)
		err = resolve_one(&rows, context, &context->overrides[i]);
	if (err) {
		added->override_count = overrides;
		added->unresolved_count = unresolved;
		return err;
	}
	if (added->override_count > overrides)
		array_sort(added->overrides + overrides, added->override_count - overrides,
			   sizeof(*added->overrides), compare_overrides);
	if (added->unresolved_count > unresolved)
		array_sort(added->unresolved + unresolved, added->unresolved_count - unresolved,
			   sizeof(*added->unresolved), compare_unresolved);
	return 0;
}
