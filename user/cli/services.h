/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_SERVICES_H
#define SHUNT_USER_CLI_SERVICES_H

#include "user/cli/command.h"

/* shunt services: the services that the manager knows. */
int services_run(struct globals *globals, int argc, char **argv);

#endif
