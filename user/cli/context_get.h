/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_CONTEXT_GET_H
#define SHUNT_USER_CLI_CONTEXT_GET_H

#include "user/cli/command.h"

/* shunt context get: one context and what it comes to. */
int context_get_run(struct globals *globals, int argc, char **argv);

#endif
