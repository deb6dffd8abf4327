/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_CONTEXTS_MATCH_H
#define SHUNT_USER_CLI_CONTEXTS_MATCH_H

#include "user/cli/contexts.h"

/* Whether a context has the owner, the labels and an override of the service that are wanted. */
bool contexts_match(const json_t *object, const struct contexts_filter *filter);

#endif
