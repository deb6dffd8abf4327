/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_CONTEXT_WATCH_H
#define SHUNT_USER_CLI_CONTEXT_WATCH_H

#include "user/cli/command.h"

/* shunt context watch: prints changes of contexts as they happen. */
int context_watch_run(struct globals *globals, int argc, char **argv);

#endif
