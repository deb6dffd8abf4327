// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/array.h"
#include "user/lib/sync_rows.h"

/* Equal names mostly are the same copy. */
static int compare_names(const char *a, const char *b)
{
	return a == b ? 0 : strcmp(a, b);
}

static int compare_services(const void *a, const void *b)
{
	const struct change_service *x = a, *y = b;

	return compare_names(x->name, y->name);
}

static int compare_endpoints(const void *a, const void *b)
{
	const struct change_endpoint *x = a, *y = b;

	return address_compare_endpoint(&x->endpoint, &y->endpoint);
}

static int compare_overrides(const void *a, const void *b)
{
	const struct change_override *x = a, *y = b;
	int order = compare_names(x->context, y->context);

	return order ? order : compare_names(x->service, y->service);
}

static int compare_sources(const void *a, const void *b)
{
	const struct policy_source *x = a, *y = b;

	return policy_compare_prefix(&x->prefix, &y->prefix);
}

static int compare_prefixes(const void *a, const void *b)
{
	return policy_compare_prefix(a, b);
}

static int compare_steers(const void *a, const void *b)
{
	const struct policy_steer *x = a, *y = b;

	return address_compare_endpoint(&x->frontend, &y->frontend);
}

static bool is_ascending(const void *items, size_t count, size_t size, array_compare compare)
{
	const char *bytes = items;

	for (size_t i = 1; i < count; i++) {
		if (compare(bytes + (i - 1) * size, bytes + i * size) >= 0)
			return false;
	}
	return true;
}

/* What a manager sends mostly is in order, and need not be sorted. */
static bool has_doubles(void *items, size_t count, size_t size, array_compare compare)
{
	if (is_ascending(items, count, size, compare))
		return false;
	array_sort(items, count, size, compare);
	return !is_ascending(items, count, size, compare);
}

static const char *find_policy_double(struct policy *policy)
{
	if (has_doubles(policy->sources, policy->source_count, sizeof(*policy->sources),
			compare_sources))
		return "sources";
	if (has_doubles(policy->allowed, policy->allowed_count, sizeof(*policy->allowed),
			compare_prefixes))
		return "fence_allowed";
	if (has_doubles(policy->steers, policy->steer_count, sizeof(*policy->steers),
			compare_steers))
		return "steered";
	return NULL;
}

int sync_rows_finish(struct sync_rows *rows)
{
	struct changes *changes = &rows->changes;
	const char *table = NULL;

	if (has_doubles(changes->services, changes->service_count, sizeof(*changes->services),
			compare_services))
		table = "services";
	else if (has_doubles(changes->frontends, changes->frontend_count,
			     sizeof(*changes->frontends), compare_endpoints))
		table = "frontends";
	else if (has_doubles(changes->offloaded, changes->offloaded_count,
			     sizeof(*changes->offloaded), compare_endpoints))
		table = "offloaded";
	else if (has_doubles(changes->overrides, changes->override_count,
			     sizeof(*changes->overrides), compare_overrides))
		table = "overrides";
	else
		table = find_policy_double(&rows->policy);
	return table ? sync_rows_refuse(rows, "a key of the table %s is there twice", table) : 0;
}
