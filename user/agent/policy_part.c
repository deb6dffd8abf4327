// SPDX-License-Identifier: Apache-2.0
#include "user/agent/policy_part.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/array.h"

#define IPV4_SKIPPED 96 /* bits of an IPv4-mapped address before those of the IPv4 address */

static int compare_prefixes(const void *a, const void *b)
{
	return policy_compare_prefix(a, b);
}

static int compare_endpoints(const void *a, const void *b)
{
	return address_compare_endpoint(a, b);
}

static __u32 prefix_length(const void *key)
{
	return ((const struct shunt_prefix *)key)->length;
}

static __u32 no_length(const void *key)
{
	(void)key;
	return 0;
}

static size_t count_sources(const struct policy *policy)
{
	return policy->source_count;
}

static const void *source_key(const struct policy *policy, size_t index)
{
	return &policy->sources[index].prefix;
}

static bool sources_equal(const struct policy *a, size_t i, const struct policy *b, size_t j)
{
	return a->sources[i].flags == b->sources[j].flags;
}

static void encode_source(const struct policy *policy, size_t index, void *value)
{
	const struct shunt_source source = {.flags = policy->sources[index].flags};

	memcpy(value, &source, sizeof(source));
}

static int read_source(void *argument, const void *key, const void *value)
{
	const struct shunt_source *source = value;
	struct shunt_prefix prefix;

	memcpy(&prefix, key, sizeof(prefix));
	return policy_add_source(argument, &prefix, source->flags);
}

static size_t count_allowed(const struct policy *policy)
{
	return policy->allowed_count;
}

static const void *allowed_key(const struct policy *policy, size_t index)
{
	return &policy->allowed[index];
}

static bool allowed_equal(const struct policy *a, size_t i, const struct policy *b, size_t j)
{
	(void)a, (void)i, (void)b, (void)j;
	return true;
}

static void encode_allowed(const struct policy *policy, size_t index, void *value)
{
	(void)policy, (void)index;
	memset(value, 0, sizeof(struct shunt_allowed));
}

static int read_allowed(void *argument, const void *key, const void *value)
{
	struct shunt_prefix prefix;

	(void)value;
	memcpy(&prefix, key, sizeof(prefix));
	return policy_add_allowed(argument, &prefix);
}

static size_t count_steers(const struct policy *policy)
{
	return policy->steer_count;
}

static const void *steer_key(const struct policy *policy, size_t index)
{
	return &policy->steers[index].frontend;
}

static bool steers_equal(const struct policy *a, size_t i, const struct policy *b, size_t j)
{
	const struct policy_steer *x = &a->steers[i], *y = &b->steers[j];

	if (x->flags != y->flags || x->count != y->count)
		return false;
	return !x->count || !memcmp(&a->endpoints[x->first], &b->endpoints[y->first],
				    x->count * sizeof(*a->endpoints));
}

static void encode_steer(const struct policy *policy, size_t index, void *value)
{
	const struct policy_steer *from = &policy->steers[index];
	size_t count =
		from->count < SHUNT_STEER_ENDPOINTS_MAX ? from->count : SHUNT_STEER_ENDPOINTS_MAX;
	struct shunt_steer *to = value;

	*to = (struct shunt_steer){.endpoint_count = (__u32)count, .flags = from->flags};
	if (count)
		memcpy(to->endpoints, &policy->endpoints[from->first],
		       count * sizeof(to->endpoints[0]));
}

static int read_steer(void *argument, const void *key, const void *value)
{
	const struct shunt_steer *steer = value;
	struct shunt_endpoint frontend;
	__u32 count = steer->endpoint_count;

	if (count > SHUNT_STEER_ENDPOINTS_MAX)
		count = SHUNT_STEER_ENDPOINTS_MAX;
	memcpy(&frontend, key, sizeof(frontend));
	return policy_add_steer(argument, &frontend, steer->flags, steer->endpoints, count);
}

const struct policy_part policy_parts[POLICY_TABLE_COUNT] = {
	{PINS_SOURCES, true, count_sources, source_key, compare_prefixes, prefix_length,
	 sources_equal, encode_source, read_source},
	{PINS_FENCE_ALLOWED, false, count_allowed, allowed_key, compare_prefixes, prefix_length,
	 allowed_equal, encode_allowed, read_allowed},
	{PINS_STEERED, false, count_steers, steer_key, compare_endpoints, no_length, steers_equal,
	 encode_steer, read_steer},
};

void policy_part_describe(const struct policy_part *part, const struct policy *policy, size_t index,
			  char text[ELEMENT_TEXT_SIZE])
{
	char address[ADDRESS_ENDPOINT_TEXT_SIZE];
	const void *key = part->key(policy, index);
	const struct shunt_prefix *prefix = key;

	if (part->map == PINS_STEERED) {
		snprintf(text, ELEMENT_TEXT_SIZE, "%s", address_format_endpoint(key, address));
		return;
	}
	snprintf(text, ELEMENT_TEXT_SIZE, "%s/%u", address_format(&prefix->address, address),
		 address_is_ipv4(&prefix->address) ? prefix->length - IPV4_SKIPPED
						   : prefix->length);
}

/* The key comes first in each. */
static void sort(struct policy *policy)
{
	array_sort(policy->sources, policy->source_count, sizeof(*policy->sources),
		   compare_prefixes);
	array_sort(policy->allowed, policy->allowed_count, sizeof(*policy->allowed),
		   compare_prefixes);
	array_sort(policy->steers, policy->steer_count, sizeof(*policy->steers), compare_endpoints);
}

int policy_parts_read(const struct backend *backend, struct policy *policy)
{
	struct policy found = {0};
	int error = 0;

	for (size_t i = 0; !error && i < POLICY_TABLE_COUNT; i++)
		error = backend->each(backend->context, policy_parts[i].map, policy_parts[i].read,
				      &found);
	if (error) {
		policy_clear(&found);
		return error;
	}
	sort(&found);
	*policy = found;
	return 0;
}
