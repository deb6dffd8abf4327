/* SPDX-License-Identifier: Apache-2.0 */
/* What moved connections still refer to, and so may not be taken away or given to others. */
#ifndef SHUNT_USER_AGENT_USES_H
#define SHUNT_USER_AGENT_USES_H

#include <stdbool.h>
#include "user/agent/backend.h"

/* Each array is sorted and without doubles. */
struct uses {
	struct shunt_endpoint *remotes; /* the frontends that clients believe to talk to */
	size_t remote_count;
	size_t remote_capacity;
	__u32 *services;
	size_t service_count;
	size_t service_capacity;
	__u32 *overrides; /* ids */
	size_t override_count;
	size_t override_capacity;
};

/* Reads all flows. The caller clears *uses, which is written only on success. */
int uses_read(const struct backend *backend, struct uses *uses);

/* Safe on a zeroed struct and on NULL. */
void uses_clear(struct uses *uses);

bool uses_remote(const struct uses *uses, const struct shunt_endpoint *remote);
bool uses_service(const struct uses *uses, __u32 service);
bool uses_override(const struct uses *uses, __u32 override);

#endif
