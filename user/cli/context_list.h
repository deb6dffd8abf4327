/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_CONTEXT_LIST_H
#define SHUNT_USER_CLI_CONTEXT_LIST_H

#include "user/cli/command.h"

/* shunt context list: the contexts that there are. */
int context_list_run(struct globals *globals, int argc, char **argv);

#endif
