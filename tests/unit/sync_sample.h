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

/* An override with the endpoints of a NULL-ended list, in order; none: removed. */
static inline void sample_override(struct changes *changes, const char *context,
				   const char *service, __u8 on_unreachable,
				   const char *const *endpoints)
{
	struct change_override override = {
		.context = context, .service = service, .on_unreachable = on_unreachable};
	struct shunt_endpoint *list =
		arena_alloc(&changes->arena, SHUNT_ENDPOINTS_MAX * sizeof(*list));

	assert_non_null(list);
	for (; endpoints && *endpoints; endpoints++)
		list[override.endpoint_count++] = sample_endpoint(*endpoints);
	override.endpoints = override.endpoint_count ? list : NULL;
	assert_int_equal(changes_add_override(changes, &override), 0);
}

/* One of everything that a snapshot can have. */
static inline void sample_snapshot(struct changes *changes, struct shunt_markers *markers)
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
}

#endif
