/* SPDX-License-Identifier: Apache-2.0 */
/* Changes to send, and comparing what arrived, for tests of the sync stream. */
#ifndef SHUNT_TESTS_UNIT_SYNC_SAMPLE_H
#define SHUNT_TESTS_UNIT_SYNC_SAMPLE_H

#include <stdio.h>
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/changes.h"
#include "user/lib/markers.h"
#include "user/lib/sync_wire.h"

static inline struct shunt_endpoint sample_endpoint(const char *text)
{
	struct shunt_endpoint endpoint;

	assert_int_equal(address_parse_endpoint(text, &endpoint), 0);
	return endpoint;
}

static inline void sample_offloaded(struct changes *changes, const char *address,
				    const char *service, __u8 fence, __u8 flags)
{
	const struct change_endpoint row = {
		.endpoint = sample_endpoint(address),
		.service = service,
		.fence = fence,
		.flags = flags,
	};

	assert_int_equal(changes_add_offloaded(changes, &row), 0);
}

static inline struct shunt_prefix sample_prefix(const char *address, __u32 length)
{
	struct shunt_prefix prefix = {.length = length};

	assert_int_equal(address_parse(address, &prefix.address), 0);
	return prefix;
}

static const struct shunt_keys sample_keys = {
	.epochs = {0xfffffffe, 7},
	.current = 7,
	.keys = {{{0x0102030405060708, 0xf1f2f3f4f5f6f7f8}}, {{1, 2}}},
};

/* One of everything. */
static inline void sample_policy(struct policy *policy)
{
	const struct shunt_endpoint targets[] = {sample_endpoint("10.77.2.1:8080"),
						 sample_endpoint("[fd00::1]:1")};
	const struct shunt_endpoint fronts[] = {sample_endpoint("10.96.0.7:80"),
						sample_endpoint("[fd00::7]:80")};
	const struct shunt_prefix sources[] = {sample_prefix("::", 0), sample_prefix("0.0.0.0", 96),
					       sample_prefix("10.77.2.0", 96 + 23),
					       sample_prefix("10.77.2.9", 128),
					       sample_prefix("fd00:1::", 33)};

	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(policy_add_source(policy, &sources[i], i % 4), 0);
	for (unsigned int i = 1; i < 5; i += 2)
		assert_int_equal(policy_add_allowed(policy, &sources[i]), 0);
	assert_int_equal(policy_add_steer(policy, &fronts[0], SHUNT_STEER_AFFINITY, targets, 2), 0);
	assert_int_equal(policy_add_steer(policy, &fronts[1], 0, NULL, 0), 0);
}

/* An override with the endpoints of a NULL-ended list, in order; none: removed. */
static inline void sample_override(struct changes *changes, const char *context,
				   const char *service, __u8 on_unreachable,
				   const char *const *endpoints)
{
	struct change_override override = {
		.context = context, .service = service, .on_unreachable = on_unreachable};

	if (endpoints) {
		override.flags = on_unreachable ? SHUNT_OVERRIDE_SIGNED : 0;
		override.tag = 0x8000000000000000 + strlen(context);
	}
	struct shunt_endpoint *list =
		arena_alloc(&changes->arena, SHUNT_ENDPOINTS_MAX * sizeof(*list));

	assert_non_null(list);
	for (; endpoints && *endpoints; endpoints++)
		list[override.endpoint_count++] = sample_endpoint(*endpoints);
	override.endpoints = override.endpoint_count ? list : NULL;
	assert_int_equal(changes_add_override(changes, &override), 0);
}

/* One of everything that a snapshot can have. */
static inline void sample_snapshot(struct changes *changes, struct shunt_markers *markers,
				   struct policy *policy)
{
	struct shunt_endpoint endpoint;

	changes->snapshot = true;
	assert_int_equal(changes_add_service(changes, "shop/pay:8080", false), 0);
	assert_int_equal(changes_add_service(changes, "shop/users:http", false), 0);
	endpoint = sample_endpoint("10.96.0.7:80");
	assert_int_equal(changes_add_frontend(changes, &endpoint, "shop/users:http"), 0);
	endpoint = sample_endpoint("[fd00::7]:80");
	assert_int_equal(changes_add_frontend(changes, &endpoint, "shop/users:http"), 0);
	sample_offloaded(changes, "10.77.4.2:8080", "shop/users:http", SHUNT_FENCE_OBSERVE,
			 SHUNT_OFFLOADED_TARGET);
	sample_offloaded(changes, "10.77.4.3:1", "shop/users:http", SHUNT_FENCE_ENFORCE, 0);
	sample_override(changes, "mmeng", "shop/pay:8080", SHUNT_UNREACHABLE_MAIN,
			(const char *const[]){"10.77.4.9:65535", NULL});
	sample_override(
		changes, "mmeng", "shop/users:http", SHUNT_UNREACHABLE_ERROR,
		(const char *const[]){"10.77.4.2:8080", "10.77.4.3:1", "[fd00::1]:1", NULL});
	assert_int_equal(markers_compile(markers_default, MARKERS_DEFAULT_COUNT, markers, NULL), 0);
	changes->markers = markers;
	sample_policy(policy);
	changes->policy = policy;
	changes->keys = &sample_keys;
}

/* Additions and removals. */
static inline void sample_changes(struct changes *changes)
{
	struct shunt_endpoint endpoint = sample_endpoint("10.96.0.7:80");

	assert_int_equal(changes_add_service(changes, "shop/cart:80", false), 0);
	assert_int_equal(changes_add_service(changes, "shop/pay:8080", true), 0);
	assert_int_equal(changes_add_frontend(changes, &endpoint, NULL), 0);
	sample_offloaded(changes, "10.77.4.2:8080", NULL, 0, 0);
	sample_override(changes, "b.b", "shop/cart:80", SHUNT_UNREACHABLE_ERROR,
			(const char *const[]){"10.77.4.9:80", NULL});
	sample_override(changes, "mmeng", "shop/pay:8080", SHUNT_UNREACHABLE_ERROR, NULL);
}

static inline void sample_endpoints_equal(const struct change_endpoint *a, size_t a_count,
					  const struct change_endpoint *b, size_t b_count)
{
	assert_int_equal(a_count, b_count);
	for (size_t i = 0; i < a_count; i++) {
		assert_memory_equal(&a[i].endpoint, &b[i].endpoint, sizeof(a[i].endpoint));
		assert_int_equal(!a[i].service, !b[i].service);
		if (a[i].service)
			assert_string_equal(a[i].service, b[i].service);
		assert_int_equal(a[i].fence, b[i].fence);
		assert_int_equal(a[i].flags, b[i].flags);
	}
}

static inline void sample_overrides_equal(const struct changes *a, const struct changes *b)
{
	assert_int_equal(a->override_count, b->override_count);
	for (size_t i = 0; i < a->override_count; i++) {
		const struct change_override *x = &a->overrides[i], *y = &b->overrides[i];

		assert_string_equal(x->context, y->context);
		assert_string_equal(x->service, y->service);
		assert_int_equal(x->on_unreachable, y->on_unreachable);
		assert_int_equal(x->flags, y->flags);
		assert_true(x->tag == y->tag);
		assert_int_equal(x->endpoint_count, y->endpoint_count);
		for (size_t k = 0; k < x->endpoint_count; k++)
			assert_memory_equal(&x->endpoints[k], &y->endpoints[k],
					    sizeof(x->endpoints[k]));
	}
}

/* The same rows in the same order. */
static inline void sample_equal(const struct changes *a, const struct changes *b)
{
	assert_int_equal(a->snapshot, b->snapshot);
	assert_int_equal(a->service_count, b->service_count);
	for (size_t i = 0; i < a->service_count; i++) {
		assert_string_equal(a->services[i].name, b->services[i].name);
		assert_int_equal(a->services[i].removed, b->services[i].removed);
	}
	sample_endpoints_equal(a->frontends, a->frontend_count, b->frontends, b->frontend_count);
	sample_endpoints_equal(a->offloaded, a->offloaded_count, b->offloaded, b->offloaded_count);
	sample_overrides_equal(a, b);
	assert_int_equal(!a->markers, !b->markers);
	if (a->markers)
		assert_memory_equal(a->markers, b->markers, sizeof(*a->markers));
	assert_int_equal(!a->keys, !b->keys);
	if (a->keys)
		assert_memory_equal(a->keys, b->keys, sizeof(*a->keys));
	assert_int_equal(!a->policy, !b->policy);
	if (a->policy)
		assert_true(policy_equal(a->policy, b->policy));
}

#endif
