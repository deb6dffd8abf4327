/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behind which links offloaded pods are: the map `pods`, by which the fence guards all addresses that
 * such a pod has.
 */
#ifndef SHUNT_USER_AGENT_PODS_H
#define SHUNT_USER_AGENT_PODS_H

#include "user/agent/attach.h"

/*
 * Looks which of the links' network namespaces has an address that is in `offloaded` now, and brings the
 * map to that. A link that goes meanwhile is no error. To be called when links or `offloaded` have
 * changed, and now and then: a namespace's addresses change without a word.
 */
int pods_update(const struct attach *attach);

#endif
