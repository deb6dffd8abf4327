/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_DETACH_H
#define SHUNT_USER_CLI_DETACH_H

#include "user/cli/command.h"

/* shunt detach: removes everything of ours from the kernel. */
int detach_run(struct globals *globals, int argc, char **argv);

#endif
