/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the agent wants the kernel's tables to hold and how far they do: a copy of the tables with
 * ids, and a list of the elements for which something is left to be done.
 *
 * An element is dropped when it is neither wanted nor in the kernel. One that is not wanted stays
 * in the kernel until nothing uses it.
 */
#ifndef SHUNT_USER_AGENT_MIRROR_H
#define SHUNT_USER_AGENT_MIRROR_H

#include <stdbool.h>
#include "user/agent/mirror_table.h"
#include "user/lib/changes.h"
#include "user/lib/pins.h"

/* The name of a context, for its overrides. */
struct mirror_context {
	struct mirror_element element;
	__u32 references; /* overrides */
	char *name;
};

struct mirror_service {
	struct mirror_element element;
	__u32 id;
	__u32 references; /* elements of the other tables */
	__u32 overridden; /* overrides of it that are wanted */
	__u32 frontends; /* slot of the first one */
	char *name;
};

/* An element of `frontends` or `offloaded`. */
struct mirror_endpoint {
	struct mirror_element element;
	struct shunt_endpoint endpoint;
	__u32 service; /* slot */
	__u32 next; /* frontends: slots of its neighbours among those of the service */
	__u32 previous;
	bool tracked; /* frontends: the flag is set */
	__u8 fence; /* offloaded: SHUNT_FENCE_* */
	__u8 flags; /* offloaded: SHUNT_OFFLOADED_* */
	__u8 refusal; /* offloaded: enum target_refusal; where it is refused the kernel is not to have it */
	bool withdrawn; /* offloaded: overrides may name the kernel's element, and are not to any more */
};

struct mirror_override {
	struct mirror_element element;
	__u32 context; /* slot */
	__u32 service; /* slot */
	__u32 id;
	__u64 tag; /* of signed markers; 0: there are none */
	union { /* mirror_endpoints() */
		struct shunt_endpoint only; /* as most have just one */
		struct shunt_endpoint *several;
	};
	__u8 on_unreachable; /* SHUNT_UNREACHABLE_* */
	__u8 endpoint_count;
	__u8 flags; /* SHUNT_OVERRIDE_* */
};

struct mirror {
	struct mirror_table contexts;
	struct mirror_table services;
	struct mirror_table frontends;
	struct mirror_table offloaded;
	struct mirror_table overrides;
	__u32 *retired; /* ids of removed overrides whose counts are still there */
	size_t retired_count;
	size_t retired_capacity; /* for all overrides on the list of work too */
	__u32 recent_context; /* slot that is looked at first: overrides of one come together */
	__u32 next_service_id;
	__u16 service_stats[SHUNT_SERVICE_STATS_MAX]; /* how many services have each element */
	__u32 next_override_id;
	__u64 seed; /* of the hashes: a stranger chooses names */
	bool incomplete; /* changes were taken over by half: only a snapshot helps */
};

/* Makes an empty mirror, whose ids start at 1: 0 stands for the origin. */
void mirror_init(struct mirror *mirror);

/* Safe on a zeroed struct and on NULL. */
void mirror_clear(struct mirror *mirror);

/*
 * Takes changes over, for apply_mirror() to bring to the kernel. What is there already keeps its
 * id, what is new gets one that is not in use. Work goes with the changes, for a snapshot with the
 * tables. -EBADMSG where an element is of a service that is not there; -ENOMEM. After an error the
 * mirror is incomplete until it has taken over a snapshot.
 */
int mirror_change(struct mirror *mirror, const struct changes *changes);

/* Whether an override names an endpoint that is refused. */
bool mirror_is_barred(const struct mirror *mirror, const struct mirror_override *override);

/*
 * The kernel is not to have the override though it is wanted: apply_mirror() is to remove it where
 * it is barred. -ENOMEM.
 */
int mirror_bar_override(struct mirror *mirror, __u32 slot);

/* All that is wanted, as a snapshot that refers to the mirror. The caller clears *changes. -ENOMEM. */
int mirror_snapshot(const struct mirror *mirror, struct changes *changes);

/* The table of services, frontends, offloaded or overrides. */
struct mirror_table *mirror_table(struct mirror *mirror, enum pins_map map);

/* The endpoints of an override, endpoint_count of them. */
static inline const struct shunt_endpoint *mirror_endpoints(const struct mirror_override *override)
{
	return override->endpoint_count > 1 ? override->several : &override->only;
}

/* Elements by their slots. */
struct mirror_context *mirror_context(const struct mirror *mirror, __u32 slot);
struct mirror_service *mirror_service(const struct mirror *mirror, __u32 slot);
struct mirror_override *mirror_override(const struct mirror *mirror, __u32 slot);
struct mirror_endpoint *mirror_endpoint(const struct mirror_table *table, __u32 slot);

/* The slot of a key, or MIRROR_NONE. */
__u32 mirror_find_service(const struct mirror *mirror, const char *name);
__u32 mirror_find_endpoint(const struct mirror *mirror, const struct mirror_table *table,
			   const struct shunt_endpoint *endpoint);
__u32 mirror_find_override(const struct mirror *mirror, const char *context, __u32 service);

/* The id for a new service: one that shares no element of `service_stats`, if there is one left. */
__u32 mirror_next_service_id(const struct mirror *mirror);

/* Add what is not there, neither wanted nor in the kernel yet. -ENOMEM. */
int mirror_add_service(struct mirror *mirror, const char *name, __u32 id, __u32 *slot);
int mirror_add_endpoint(struct mirror *mirror, struct mirror_table *table,
			const struct shunt_endpoint *endpoint, __u32 service, __u32 *slot);
int mirror_add_override(struct mirror *mirror, const char *context, __u32 service, __u32 id,
			__u32 *slot);

/* Gives a frontend or an offloaded endpoint to another service. */
void mirror_move_endpoint(struct mirror *mirror, struct mirror_table *table, __u32 slot,
			  __u32 service);

/* Replaces the endpoints of an override by copies of these. -ENOMEM. */
int mirror_set_endpoints(struct mirror_override *override, const struct shunt_endpoint *endpoints,
			 __u8 count);

/* The override has none then. */
void mirror_free_endpoints(struct mirror_override *override);

/* Frees an element of the table, with what only it referred to. */
void mirror_drop(struct mirror *mirror, enum pins_map map, __u32 slot);

/* Takes off the table's list of work what is done, and drops what is gone. */
void mirror_settle(struct mirror *mirror, enum pins_map map);

/* Whether an element has to be written. */
bool mirror_is_to_write(enum pins_map map, const struct mirror_element *element);

/* Whether a wanted frontend is tracked though no override is left: until no flow uses it. */
bool mirror_lingers(const struct mirror *mirror, const struct mirror_endpoint *frontend);

#endif
