/* SPDX-License-Identifier: Apache-2.0 */
/* Where an agent's tables come from: manifests, with keys of its own, or a manager. */
#ifndef SHUNT_USER_AGENT_AGENT_SOURCE_H
#define SHUNT_USER_AGENT_AGENT_SOURCE_H

#include "user/agent/agent.h"

/* Reads and watches what there is, and applies nothing yet. Logs what goes wrong. */
int agent_source_start(struct agent *agent);

/* Applies the first generation, or connects. Then the loop goes on from there. */
void agent_source_begin(struct agent *agent);

/* Reads the manifests again, or connects anew. */
void agent_source_reload(struct agent *agent);

void agent_source_stop(struct agent *agent);

#endif
