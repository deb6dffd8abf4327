/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel's tables should hold, computed from the objects as a whole. Services are named
 * by their index here; the ids that the maps use are given when a generation is applied.
 */
#ifndef SHUNT_USER_LIB_TABLES_H
#define SHUNT_USER_LIB_TABLES_H

#include <stddef.h>
#include <linux/bpf.h>
#include <shunt/tables.h>
#include "user/lib/policy.h"

struct tables_frontend {
	struct shunt_endpoint endpoint;
	size_t service;
};

struct tables_offloaded {
	struct shunt_endpoint endpoint;
	size_t service;
	__u8 fence; /* SHUNT_FENCE_* */
	__u8 flags; /* SHUNT_OFFLOADED_* */
};

struct tables_override {
	char context[SHUNT_CONTEXT_NAME_MAX + 1];
	size_t service;
	__u8 on_unreachable; /* SHUNT_UNREACHABLE_* */
	__u8 endpoint_count;
	__u8 flags; /* SHUNT_OVERRIDE_* */
	struct shunt_endpoint endpoints[SHUNT_ENDPOINTS_MAX];
};

/* An override that has no endpoint now, for a service or one port; its requests go to the origin. */
struct tables_unresolved {
	char context[SHUNT_CONTEXT_NAME_MAX + 1];
	char service[SHUNT_SERVICE_NAME_MAX +
		     1]; /* "namespace/name", or with ":port" for one only */
	char reason[256];
};

/*
 * All arrays are sorted by key and hold no key twice. Services are in strcmp() order of their
 * names, endpoints in that of address_compare_endpoint(), also within an override; overrides and
 * unresolved are sorted by context, then service.
 */
struct tables {
	struct shunt_service *services;
	size_t service_count;
	struct tables_frontend *frontends;
	size_t frontend_count;
	struct tables_offloaded *offloaded;
	size_t offloaded_count;
	struct tables_override *overrides;
	size_t override_count;
	struct tables_unresolved *unresolved;
	size_t unresolved_count;
	struct shunt_markers markers;
	struct policy policy;
};

/* Frees what *tables points to and zeroes it. Safe on a zeroed struct and on NULL. */
void tables_clear(struct tables *tables);

#endif
