/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the agent of this node, over its Unix socket. */
#ifndef SHUNT_USER_CLI_AGENT_CLIENT_H
#define SHUNT_USER_CLI_AGENT_CLIENT_H

#include <signal.h>
#include <stdbool.h>
#include <jansson.h>

/*
 * Each line of the answer to GET path, an object. Non-zero ends it. NULL, now and then: nothing has
 * come.
 */
typedef int (*agent_client_line)(void *argument, json_t *object);

/*
 * Returns what on_line() did, or 0 at the end of the answer. -ENOENT where there is no agent, -EBUSY
 * where it cannot answer this now, -EPROTO where it is another program or refuses.
 */
int agent_client_get(const char *bpffs, const char *path, agent_client_line on_line,
		     void *argument);

#endif
