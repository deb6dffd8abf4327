/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_TOP_H
#define SHUNT_USER_CLI_TOP_H

#include "user/cli/command.h"

/* shunt top: the busiest contexts and services. */
int top_run(struct globals *globals, int argc, char **argv);

#endif
