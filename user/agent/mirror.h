/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the agent wants the kernel's tables to hold and how far they do: a copy of the tables with
 * ids, and for each element what is left to be done. All arrays are sorted: services by name,
 * endpoints by endpoint, overrides by context and service.
 */
#ifndef SHUNT_USER_AGENT_MIRROR_H
#define SHUNT_USER_AGENT_MIRROR_H

#include <stdbool.h>
#include "user/lib/arena.h"
#include "user/lib/tables.h"

enum mirror_state {
	MIRROR_SAME, /* the kernel has it so */
	MIRROR_WRITE, /* to be added, or replaced as a whole */
	MIRROR_REMOVE, /* to be removed as soon as nothing uses it */
	MIRROR_REMOVED, /* was removed */
};

struct mirror_service {
	const char *name;
	__u32 id;
	__u8 state; /* enum mirror_state */
	bool overridden; /* an override of it is wanted */
};

/* An element of `frontends` or `offloaded`. */
struct mirror_endpoint {
	struct shunt_endpoint endpoint;
	__u32 service; /* index into services */
	__u8 state; /* enum mirror_state */
	bool tracked; /* frontends: the flag is set */
};

struct mirror_override {
	const char *context;
	const struct shunt_endpoint *endpoints;
	__u32 service; /* index into services */
	__u32 id;
	__u8 on_unreachable; /* SHUNT_UNREACHABLE_* */
	__u8 endpoint_count;
	__u8 state; /* enum mirror_state */
};

struct mirror {
	struct arena arena; /* names and the endpoints of overrides */
	struct mirror_service *services;
	size_t service_count;
	struct mirror_endpoint *frontends;
	size_t frontend_count;
	struct mirror_endpoint *offloaded;
	size_t offloaded_count;
	struct mirror_override *overrides;
	size_t override_count;
	__u32 *retired; /* ids of removed overrides whose counts are still there; has room for more */
	size_t retired_count;
	__u32 next_service_id;
	__u32 next_override_id;
};

/*
 * Makes *next from what the kernel has by *old and what tables wants. What both have keeps its id,
 * what is new gets one that is not in use, what is no longer wanted is to be removed. -ENOMEM;
 * *old stays as it is in every case, *next is written only on success and cleared by the caller.
 */
int mirror_next(const struct mirror *old, const struct tables *tables, struct mirror *next);

/* Drops the endpoints and overrides that were removed. mirror_next() drops the services. */
void mirror_compact(struct mirror *mirror);

/* Safe on a zeroed struct and on NULL. */
void mirror_clear(struct mirror *mirror);

/* Whether a wanted frontend is tracked though no override is left: until no flow uses it. */
bool mirror_lingers(const struct mirror *mirror, const struct mirror_endpoint *frontend);

#endif
