/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_AGENT_RECOVER_H
#define SHUNT_USER_AGENT_RECOVER_H

#include "user/agent/backend.h"
#include "user/agent/mirror.h"

/*
 * Reads what an earlier agent left in the kernel's tables, or an empty mirror where there is
 * nothing. Ids go on after the highest that anything still refers to. The caller clears *mirror,
 * which is written only on success.
 */
int recover_mirror(const struct backend *backend, struct mirror *mirror);

#endif
