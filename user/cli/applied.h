/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_APPLIED_H
#define SHUNT_USER_CLI_APPLIED_H

#include <stdbool.h>
#include "user/cli/client.h"

/*
 * Waits until every live node has applied a revision, at most so many seconds, and says so unless
 * it shall be quiet. -ETIME, having said which have not; -errno, having said what is wrong.
 */
int applied_wait(struct client *client, unsigned long long revision, unsigned long seconds,
		 bool quiet);

#endif
