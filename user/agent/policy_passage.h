/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_AGENT_POLICY_PASSAGE_H
#define SHUNT_USER_AGENT_POLICY_PASSAGE_H

#include "user/agent/policy_part.h"

/*
 * Brings one table from a policy that it has to another one, element by element; *table says what
 * came of it. What cannot be written is left out. An error where something cannot be removed, or
 * -ENOMEM; what the table has is not known then.
 */
int policy_passage(const struct policy_part *part, const struct backend *backend,
		   const struct policy *old, const struct policy *new, struct apply_table *table);

#endif
