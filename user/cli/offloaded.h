/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_OFFLOADED_H
#define SHUNT_USER_CLI_OFFLOADED_H

#include "user/cli/command.h"

/* shunt offloaded: what can be overridden. */
int offloaded_run(struct globals *globals, int argc, char **argv);

#endif
