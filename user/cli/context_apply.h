/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_CONTEXT_APPLY_H
#define SHUNT_USER_CLI_CONTEXT_APPLY_H

#include "user/cli/command.h"

/* shunt context apply: makes contexts what a file says. */
int context_apply_run(struct globals *globals, int argc, char **argv);

#endif
