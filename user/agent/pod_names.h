/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_AGENT_POD_NAMES_H
#define SHUNT_USER_AGENT_POD_NAMES_H

#include <linux/bpf.h>
#include <shunt/tables.h>

struct agent;

#define POD_NAME_SIZE 512

/* "namespace/name" of the pod with an address, where the manifests have one; NULL: not known. */
const char *pod_name_find(const struct agent *agent, const struct shunt_address *address,
			  char text[POD_NAME_SIZE]);

#endif
