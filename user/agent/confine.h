/* SPDX-License-Identifier: Apache-2.0 */
/* What an agent gives up once all is loaded, attached and opened. */
#ifndef SHUNT_USER_AGENT_CONFINE_H
#define SHUNT_USER_AGENT_CONFINE_H

#include <stdbool.h>
#include "user/lib/problems.h"

/*
 * Gives up, for good, every capability but CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON (dry_run: those
 * too), the right to get any by running a program, and every system call but those that the event
 * loop and the libraries under it need; the others give EPERM from now on.
 *
 * To be called with one thread only: those that come later inherit all of it. -EPERM where one of the
 * three capabilities is missing. What failed is in problems; then the process must not go on.
 */
int confine(bool dry_run, struct problems *problems);

#endif
