/* SPDX-License-Identifier: Apache-2.0 */
/* The query of GET /v1/sync. */
#ifndef SHUNT_USER_MANAGER_PUBLISHER_QUERY_H
#define SHUNT_USER_MANAGER_PUBLISHER_QUERY_H

#include <stdint.h>
#include "user/lib/query.h"
#include "user/manager/publisher_state.h"

struct publisher_query {
	char node[PUBLISHER_NODE_NAME_MAX + 1]; /* empty: not named */
	char instance[SYNC_INSTANCE_MAX + 1]; /* empty: nothing to resume from */
	uint64_t generation;
};

/* text may be NULL. -EINVAL or -E2BIG where it is no valid one, and problem says so; -ENOMEM. */
int publisher_query_parse(const char *text, struct publisher_query *query,
			  char problem[QUERY_PROBLEM_SIZE]);

#endif
