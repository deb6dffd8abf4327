/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the kernel's events where no agent does. */
#ifndef SHUNT_USER_CLI_TRACE_RING_H
#define SHUNT_USER_CLI_TRACE_RING_H

#include <stdbool.h>
#include "user/cli/agent_client.h"
#include "user/cli/command.h"

/*
 * Gives on_line() each event from now on, and now and then NULL, until it returns non-zero, and returns
 * that. With request lines where lines is set. Says what is wrong and returns -errno.
 */
int trace_ring_read(const struct globals *globals, bool lines, agent_client_line on_line,
		    void *argument);

#endif
