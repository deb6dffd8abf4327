/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_STATUS_H
#define SHUNT_USER_CLI_STATUS_H

#include "user/cli/command.h"

/* shunt status: generation, tables, links and counts. */
int status_run(struct globals *globals, int argc, char **argv);

#endif
