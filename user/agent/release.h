/* SPDX-License-Identifier: Apache-2.0 */
/* Taking away what moved connections may still use, as soon as none does. */
#ifndef SHUNT_USER_AGENT_RELEASE_H
#define SHUNT_USER_AGENT_RELEASE_H

#include "user/agent/batch.h"
#include "user/agent/uses.h"

/* Removes frontends that no flow uses, and no longer tracks those that only flows had tracked. */
void release_frontends(struct batch *batch, const struct uses *uses);

/* Removes services that nothing in the mirror and no flow refers to. */
void release_services(struct batch *batch, const struct uses *uses);

/* Removes the counts of overrides that are gone, unless a flow still adds to them. */
void release_counts(struct batch *batch, const struct uses *uses);

#endif
