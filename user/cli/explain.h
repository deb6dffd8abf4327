/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_EXPLAIN_H
#define SHUNT_USER_CLI_EXPLAIN_H

#include "user/cli/command.h"

#define EXPLAIN_EXIT_ORIGIN \
	1 /* not redirected; where nothing could be found out: COMMAND_EXIT_USAGE */

/* shunt explain: why a request of a context would go where. */
int explain_run(struct globals *globals, int argc, char **argv);

#endif
