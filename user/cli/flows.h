/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_FLOWS_H
#define SHUNT_USER_CLI_FLOWS_H

#include "user/cli/command.h"

/* shunt flows: the connections that were moved, and their legs. */
int flows_run(struct globals *globals, int argc, char **argv);

#endif
