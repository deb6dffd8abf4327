/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a generation changes in the tables, by names: the manager makes it, the sync stream carries
 * it, the agent applies it. In a snapshot all there is, without removals.
 */
#ifndef SHUNT_USER_LIB_CHANGES_H
#define SHUNT_USER_LIB_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <shunt/tables.h>
#include "user/lib/arena.h"
#include "user/lib/policy.h"

struct change_service {
	const char *name; /* "namespace/name:port" */
	bool removed;
};

/* Of `frontends` or `offloaded`. */
struct change_endpoint {
	struct shunt_endpoint endpoint;
	const char *service; /* NULL: removed */
	__u8 fence; /* of `offloaded`: SHUNT_FENCE_* */
	__u8 flags; /* the same: SHUNT_OFFLOADED_* */
};

struct change_override {
	const char *context;
	const char *service;
	const struct shunt_endpoint *endpoints; /* sorted; no endpoint twice */
	__u8 endpoint_count; /* 0: removed */
	__u8 on_unreachable; /* SHUNT_UNREACHABLE_* */
	__u8 flags; /* SHUNT_OVERRIDE_* */
	__u64 tag; /* of signed markers; 0: there are none */
};

/*
 * All zero is no change. Within an array the order does not matter, and no key is there twice.
 * Texts and endpoints are in the arena, or belong to whoever made the changes.
 */
struct changes {
	struct arena arena;
	bool snapshot;
	struct change_service *services;
	size_t service_count;
	size_t service_capacity;
	struct change_endpoint *frontends;
	size_t frontend_count;
	size_t frontend_capacity;
	struct change_endpoint *offloaded;
	size_t offloaded_count;
	size_t offloaded_capacity;
	struct change_override *overrides;
	size_t override_count;
	size_t override_capacity;
	const struct shunt_markers *markers; /* NULL: not changed; so are the next two */
	const struct shunt_keys *keys;
	const struct policy *policy;
};

/* Add one element; texts are not copied. -ENOMEM. */
int changes_add_service(struct changes *changes, const char *name, bool removed);
int changes_add_frontend(struct changes *changes, const struct shunt_endpoint *endpoint,
			 const char *service);
int changes_add_offloaded(struct changes *changes, const struct change_endpoint *endpoint);
int changes_add_override(struct changes *changes, const struct change_override *override);

/* Whether it changes nothing: not a snapshot, and empty. */
bool changes_is_empty(const struct changes *changes);

/* Safe on a zeroed struct and on NULL. */
void changes_clear(struct changes *changes);

#endif
