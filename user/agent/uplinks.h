/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical links that carry the fence: those that --uplink names, but none that a pod's link is.
 * Follows them as they come, change and go. Logs what could not be attached, once; it is tried again
 * with every change and with uplinks_retry().
 */
#ifndef SHUNT_USER_AGENT_UPLINKS_H
#define SHUNT_USER_AGENT_UPLINKS_H

#include "user/lib/choice.h"
#include "user/lib/uplink.h"

struct uplink;

struct uplinks {
	const struct choice *uplinks; /* without globs: none */
	const struct choice *links; /* of pods: these have the fence otherwise */
	const char *directory; /* of pins */
	struct uplink_programs programs;
	struct uplink *items; /* those that are chosen */
	size_t count;
	size_t capacity;
	__u64 failures; /* attempts to attach that failed */
};

/*
 * Looks at all links there are: attaches to those that are chosen, in place of an earlier agent's
 * program, and detaches from those that no longer are. To be called at first and when changes were
 * lost.
 */
int uplinks_read(struct uplinks *uplinks);

/* Handles one change. */
void uplinks_change(struct uplinks *uplinks, const struct rtnl_event *event);

/* Tries again what failed, and what somebody undid. */
void uplinks_retry(struct uplinks *uplinks);

/* How many links have the fence, and how many should have. */
void uplinks_count(const struct uplinks *uplinks, size_t *attached, size_t *chosen);

/* Frees what is known of the links; all that is attached stays. */
void uplinks_clear(struct uplinks *uplinks);

#endif
