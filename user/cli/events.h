/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_EVENTS_H
#define SHUNT_USER_CLI_EVENTS_H

#include "user/cli/command.h"

/* shunt events: who changed which context when. */
int events_run(struct globals *globals, int argc, char **argv);

#endif
