/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other network namespaces and, with --attach pod, the pods' own ends of links in them: our filters
 * on each that is chosen, and the namespace's element of the map `links`. Follows namespaces and
 * links as they come, change and go. The kernel tells of links wherever they are, and of namespaces that
 * get an id; others are found by looking for them every NAMESPACES_POLL_MS.
 *
 * Nothing here keeps a namespace alive: it is entered for the moments in which something is done in it.
 */
#ifndef SHUNT_USER_AGENT_NAMESPACES_H
#define SHUNT_USER_AGENT_NAMESPACES_H

#include <uv.h>
#include "user/lib/choice.h"
#include "user/agent/kernel.h"
#include "user/lib/netns.h"

#define NAMESPACES_POLL_MS 1000
#define NAMESPACES_SETTLE_MS 20 /* changes within this time are looked at together */

/* A link in a namespace. */
struct namespace_link {
	int ifindex;
	char name[IFNAMSIZ];
	bool attached;
	int error; /* why it could not be attached to; 0 where it was not tried or is */
};

struct namespace
{
	__u32 number;
	__s32 id; /* as seen from ours */
	char name[NETNS_NAME_SIZE];
	bool changed; /* its links have to be looked at */
	int error; /* why they could not be, as it was logged last */
	bool seen; /* by the walk under way */
	struct shunt_link element; /* as it is in the map */
	bool has_element;
	struct namespace_link *links; /* those that are chosen */
	size_t link_count;
	size_t link_capacity;
};

/* Is called when links may have been attached to, or namespaces have gone. */
typedef void (*namespaces_changed)(void *argument);

struct namespaces {
	const struct choice *choice;
	const struct kernel *kernel;
	struct namespace *items;
	size_t count;
	size_t capacity;
	__u64 failures; /* attempts to attach that failed */
	__u64 restored; /* times that our filters were put back where somebody had removed them */
	__u32 own; /* the number of our namespace */
	int error; /* why they could not be looked for, as it was logged last */
	bool touched; /* since changed() was called */
	uv_timer_t timer;
	namespaces_changed changed;
	void *argument;
};

/*
 * Looks at all links in all namespaces: attaches to those that are chosen, in place of an earlier
 * agent's programs, and detaches from the others. To be called at first and when changes were lost.
 */
int namespaces_read(struct namespaces *namespaces);

/* From here on looks for new namespaces by itself. The loop must be run until the timer is closed. */
void namespaces_start(struct namespaces *namespaces, uv_loop_t *loop, namespaces_changed changed,
		      void *argument);

/* Handles one change, soon. */
void namespaces_change(struct namespaces *namespaces, const struct rtnl_event *event);

/* Tries again what failed. */
void namespaces_retry(struct namespaces *namespaces);

/* How many links have our programs, and how many should have. */
void namespaces_count(const struct namespaces *namespaces, size_t *attached, size_t *chosen);

/* Frees what is known; all that is attached stays. */
void namespaces_clear(struct namespaces *namespaces);

#endif
