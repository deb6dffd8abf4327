/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_CONTEXT_SET_H
#define SHUNT_USER_CLI_CONTEXT_SET_H

#include "user/cli/command.h"

/* shunt context set: makes or changes a context by arguments. */
int context_set_run(struct globals *globals, int argc, char **argv);

#endif
