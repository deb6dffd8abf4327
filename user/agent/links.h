/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The links of clients' pods: our filters on each that is chosen, and its element of the map
 * `links`, which is there before the filters are. Follows the links as they come, change and go.
 * Logs what could not be attached, once, by the interface's name; it is tried again with every
 * change and with links_retry().
 */
#ifndef SHUNT_USER_AGENT_LINKS_H
#define SHUNT_USER_AGENT_LINKS_H

#include "user/lib/choice.h"
#include "user/agent/kernel.h"

struct link;

struct links {
	const struct choice *choice;
	const struct kernel *kernel;
	struct link *items;
	size_t count;
	size_t capacity;
	__u64 failures; /* attempts to attach that failed */
	__u64 restored; /* times that our filters were put back where somebody had removed them */
};

/*
 * Looks at all links there are: attaches to those that are chosen, in place of an earlier agent's
 * programs, and detaches from those that an earlier agent attached to and that no longer are.
 * To be called at first and when changes were lost.
 */
int links_read(struct links *links);

/* Handles one change. */
void links_change(struct links *links, const struct rtnl_event *event);

/* Tries again what failed. */
void links_retry(struct links *links);

/* Gets what the maps `links` and `pods` know a link with our programs by. Non-zero ends the walk. */
typedef int (*links_visit)(void *argument, __u32 key, __s32 netns_id);

/* Returns what visit returned if it ended the walk. */
int links_each(const struct links *links, links_visit visit, void *argument);

/* How many links have our programs, and how many should have. */
void links_count(const struct links *links, size_t *attached, size_t *chosen);

/* Frees what is known of the links; all that is attached stays. */
void links_clear(struct links *links);

#endif
