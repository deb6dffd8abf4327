// SPDX-License-Identifier: Apache-2.0
#include "user/lib/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/array.h"

int policy_add_source(struct policy *policy, const struct shunt_prefix *prefix, __u32 flags)
{
	int error = array_grow(&policy->sources, &policy->source_capacity, policy->source_count,
			       sizeof(*policy->sources));

	if (error)
		return error;
	policy->sources[policy->source_count++] =
		(struct policy_source){.prefix = *prefix, .flags = flags};
	return 0;
}

int policy_add_allowed(struct policy *policy, const struct shunt_prefix *prefix)
{
	int error = array_grow(&policy->allowed, &policy->allowed_capacity, policy->allowed_count,
			       sizeof(*policy->allowed));

	if (!error)
		policy->allowed[policy->allowed_count++] = *prefix;
	return error;
}

int policy_add_steer(struct policy *policy, const struct shunt_endpoint *frontend, __u32 flags,
		     const struct shunt_endpoint *endpoints, size_t count)
{
	size_t first = policy->endpoint_count;
	int error = array_grow(&policy->steers, &policy->steer_capacity, policy->steer_count,
			       sizeof(*policy->steers));

	for (size_t i = 0; !error && i < count; i++) {
		error = array_grow(&policy->endpoints, &policy->endpoint_capacity, first + i,
				   sizeof(*policy->endpoints));
		if (!error)
			policy->endpoints[first + i] = endpoints[i];
	}
	if (error)
		return error;
	policy->endpoint_count += count;
	policy->steers[policy->steer_count++] = (struct policy_steer){
		.frontend = *frontend, .flags = flags, .first = first, .count = count};
	return 0;
}

int policy_compare_prefix(const struct shunt_prefix *a, const struct shunt_prefix *b)
{
	int order = address_compare(&a->address, &b->address);

	return order ? order : (a->length > b->length) - (a->length < b->length);
}

static bool sources_equal(const struct policy *a, const struct policy *b)
{
	if (a->source_count != b->source_count)
		return false;
	for (size_t i = 0; i < a->source_count; i++)
		if (policy_compare_prefix(&a->sources[i].prefix, &b->sources[i].prefix) ||
		    a->sources[i].flags != b->sources[i].flags)
			return false;
	return true;
}

static bool allowed_equal(const struct policy *a, const struct policy *b)
{
	if (a->allowed_count != b->allowed_count)
		return false;
	for (size_t i = 0; i < a->allowed_count; i++)
		if (policy_compare_prefix(&a->allowed[i], &b->allowed[i]))
			return false;
	return true;
}

static bool steer_equal(const struct policy *a, const struct policy_steer *x,
			const struct policy *b, const struct policy_steer *y)
{
	if (address_compare_endpoint(&x->frontend, &y->frontend) || x->flags != y->flags ||
	    x->count != y->count)
		return false;
	for (size_t i = 0; i < x->count; i++)
		if (address_compare_endpoint(&a->endpoints[x->first + i],
					     &b->endpoints[y->first + i]))
			return false;
	return true;
}

bool policy_equal(const struct policy *a, const struct policy *b)
{
	if (!sources_equal(a, b) || !allowed_equal(a, b) || a->steer_count != b->steer_count)
		return false;
	for (size_t i = 0; i < a->steer_count; i++)
		if (!steer_equal(a, &a->steers[i], b, &b->steers[i]))
			return false;
	return true;
}

int policy_copy(const struct policy *from, struct policy *to)
{
	struct policy copy = {0};
	int error = 0;

	for (size_t i = 0; !error && i < from->source_count; i++)
		error = policy_add_source(&copy, &from->sources[i].prefix, from->sources[i].flags);
	for (size_t i = 0; !error && i < from->allowed_count; i++)
		error = policy_add_allowed(&copy, &from->allowed[i]);
	for (size_t i = 0; !error && i < from->steer_count; i++) {
		const struct policy_steer *steer = &from->steers[i];

		error = policy_add_steer(&copy, &steer->frontend, steer->flags,
					 steer->count ? &from->endpoints[steer->first] : NULL,
					 steer->count);
	}
	if (error)
		policy_clear(&copy);
	else
		*to = copy;
	return error;
}

void policy_clear(struct policy *policy)
{
	if (!policy)
		return;
	free(policy->sources);
	free(policy->allowed);
	free(policy->steers);
	free(policy->endpoints);
	*policy = (struct policy){0};
}
