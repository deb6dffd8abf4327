/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_HEADER_H
#define SHUNT_USER_CLI_HEADER_H

#include "user/cli/command.h"

/* shunt header NAME: prints what to send with a request to name the context. */
int header_run(struct globals *globals, int argc, char **argv);

#endif
