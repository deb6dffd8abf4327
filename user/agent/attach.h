/* SPDX-License-Identifier: Apache-2.0 */
/* Where our programs are: on the host's ends of the pods' links, or on the pods' own. */
#ifndef SHUNT_USER_AGENT_ATTACH_H
#define SHUNT_USER_AGENT_ATTACH_H

#include "user/agent/links.h"
#include "user/agent/namespaces.h"

struct attach {
	bool at_pod;
	struct links links; /* one of the two is used */
	struct namespaces namespaces;
};

void attach_init(struct attach *attach, bool at_pod, const struct choice *choice,
		 const struct kernel *kernel);

/* These are as those of links and namespaces. */
int attach_read(struct attach *attach);
void attach_change(struct attach *attach, const struct rtnl_event *event);
void attach_retry(struct attach *attach);
void attach_count(const struct attach *attach, size_t *attached, size_t *chosen);
__u64 attach_failures(const struct attach *attach);
__u64 attach_restored(const struct attach *attach);
void attach_clear(struct attach *attach);

/* Follows what is not told of by rtnetlink; calls changed() where that changes something. */
void attach_start(struct attach *attach, uv_loop_t *loop, namespaces_changed changed,
		  void *argument);

/* Visits links that have our programs, or the namespaces of those. */
int attach_each(const struct attach *attach, links_visit visit, void *argument);

#endif
