/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_CONTEXT_DELETE_H
#define SHUNT_USER_CLI_CONTEXT_DELETE_H

#include "user/cli/command.h"

/* shunt context delete: removes contexts. */
int context_delete_run(struct globals *globals, int argc, char **argv);

#endif
