/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_NODES_H
#define SHUNT_USER_CLI_NODES_H

#include "user/cli/command.h"

/* shunt nodes: the nodes with an agent, and what they have applied. */
int nodes_run(struct globals *globals, int argc, char **argv);

#endif
