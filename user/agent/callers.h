/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behind which links pods are that serve, and so may have to pass contexts on: the map `callers`, by
 * which the kernel counts the requests that each gets and the calls that it makes.
 */
#ifndef SHUNT_USER_AGENT_CALLERS_H
#define SHUNT_USER_AGENT_CALLERS_H

#include <uv.h>
#include "user/agent/attach.h"

struct callers {
	uv_timer_t timer; /* until the map is brought to what there is */
	const struct attach *attach;
	const struct maps *maps;
	__u64 generation; /* that it follows */
	int error; /* why it could not, as it was logged last */
};

/* The timer is closed with the loop's other handles. */
void callers_init(struct callers *callers, uv_loop_t *loop, const struct attach *attach,
		  const struct maps *maps);

/*
 * Where the generation is another one, or links have changed, looks a moment later which of the links'
 * network namespaces has an address of an ordinary or offloaded pod in the tables, and brings the map to
 * that. A pod of several service ports counts for the one with the lowest id. What is in flight stays
 * known where a pod's service stays. Logs what goes wrong, once.
 */
void callers_follow(struct callers *callers, __u64 generation, bool links_changed);

/* Has the kernel count, or not. */
int callers_enable(const struct kernel *kernel, bool enabled);

#endif
