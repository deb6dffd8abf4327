/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_CONTEXT_H
#define SHUNT_USER_CLI_CONTEXT_H

#include "user/cli/command.h"

/* shunt context: the group of commands that work on contexts. */
int context_run(struct globals *globals, int argc, char **argv);

#endif
