/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_CONTEXT_CLONE_H
#define SHUNT_USER_CLI_CONTEXT_CLONE_H

#include "user/cli/command.h"

/* shunt context clone: makes a context with what another one has. */
int context_clone_run(struct globals *globals, int argc, char **argv);

#endif
