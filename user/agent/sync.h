/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bringing into the kernel what a source of tables says: manifests (source_manifests.h) or a
 * manager (source_manager.h). What cannot be written is logged, once.
 */
#ifndef SHUNT_USER_AGENT_SYNC_H
#define SHUNT_USER_AGENT_SYNC_H

#include <stdbool.h>
#include "user/agent/policy_tables.h"
#include "user/agent/refuse.h"
#include "user/lib/problems.h"

#define SYNC_TEXT_SIZE 160

struct sync {
	struct backend backend;
	struct mirror mirror;
	struct shunt_markers markers; /* the last that were applied */
	bool has_markers;
	struct shunt_keys keys; /* likewise; never shown */
	bool has_keys;
	struct policy_tables policy;
	struct refuse refuse;
	int unread; /* why the node's addresses were not, as it was logged last */
	struct problems left_out; /* by table */
	struct apply_report report; /* of the last time that tables were applied */
	__u64 generation; /* our own count */
	bool offloaded_changed; /* `offloaded` may have; whoever follows it clears this */
	__u64 applied_at; /* ns since 1970; 0: nothing was, by this process */
	bool recovered; /* tables that are not empty were there at the start */
};

/* Reads what the kernel has. The caller stops it. */
int sync_start(struct sync *sync, const struct backend *backend);

/*
 * Applies changes as a generation. After an error, which may be that of mirror_change(), the kernel
 * need not have all of them.
 */
int sync_apply(struct sync *sync, const struct changes *changes);

/* Tries again what could not be written, and removes what no connection uses any more. */
void sync_retry(struct sync *sync);

/* How many elements of all tables could not be written. */
size_t sync_left_out(const struct sync *sync);

/* The node's addresses have changed: what is refused for them, and no longer, follows. */
void sync_readdress(struct sync *sync);

/* Whether removals wait for moved connections to end, or to be looked at. */
bool sync_is_waiting(const struct sync *sync);

/* "generation 7: 3 entries written, 1 removed"; details go after the colon. Returns text. */
const char *sync_describe(const struct sync *sync, const char *details, char text[SYNC_TEXT_SIZE]);

void sync_stop(struct sync *sync);

#endif
