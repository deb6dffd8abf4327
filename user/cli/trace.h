/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_TRACE_H
#define SHUNT_USER_CLI_TRACE_H

#include "user/cli/command.h"

/* shunt trace: prints moves and failures as they happen. */
int trace_run(struct globals *globals, int argc, char **argv);

#endif
