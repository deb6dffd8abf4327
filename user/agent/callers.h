/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behind which links pods are that serve, and so may have to pass contexts on: the map `callers`, by
 * which the kernel counts the requests that each gets and the calls that it makes.
 */
#ifndef SHUNT_USER_AGENT_CALLERS_H
#define SHUNT_USER_AGENT_CALLERS_H

#include "user/agent/links.h"

/*
 * Looks which of the links' network namespaces has an address of an ordinary or offloaded pod in the
 * tables now, and brings the map to that. A pod of several service ports counts for the one with the
 * lowest id. What is in flight stays known where a pod's service stays. A link that goes meanwhile is no
 * error.
 */
int callers_update(const struct links *links);

/* Has the kernel count, or not. */
int callers_enable(const struct kernel *kernel, bool enabled);

#endif
