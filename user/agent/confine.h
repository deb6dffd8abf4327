/* SPDX-License-Identifier: Apache-2.0 */
/* What an agent gives up once all is loaded, attached and opened. */
#ifndef SHUNT_USER_AGENT_CONFINE_H
#define SHUNT_USER_AGENT_CONFINE_H

#include <stdbool.h>
#include "user/lib/problems.h"

/* What the agent is going to do. */
enum confine_need {
	CONFINE_DRY_RUN, /* nothing to the kernel */
	CONFINE_AT_HOST, /* attach to links of its own network namespace */
	CONFINE_AT_POD, /* attach to links of other namespaces */
};

/*
 * Gives up, for good, every capability but CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON (dry run: those
 * too; at the pods' ends it keeps CAP_SYS_ADMIN and CAP_SYS_PTRACE as well), the right to get any by running a program, and every system call but those that the event
 * loop and the libraries under it need; the others give EPERM from now on.
 *
 * To be called with one thread only: those that come later inherit all of it. -EPERM where one of
 * these capabilities is missing. What failed is in problems; then the process must not go on.
 */
int confine(enum confine_need need, struct problems *problems);

#endif
