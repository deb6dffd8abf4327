/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_HEADER_H
#define SHUNT_USER_CLI_HEADER_H

#include "user/cli/command.h"

/* shunt header: prints what to send with a request to name a context, or what a line says. */
int header_run(struct globals *globals, int argc, char **argv);

#endif
