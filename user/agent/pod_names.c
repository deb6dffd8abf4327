// SPDX-License-Identifier: Apache-2.0
#include "user/agent/pod_names.h"

#include <stdio.h>
#include "user/agent/agent.h"
#include "user/lib/address.h"

/* A pod on the host network has the node's address, as others have. */
static bool has(const struct object_pod *pod, const struct shunt_address *address)
{
	for (size_t i = 0; !pod->host_network && !pod->finished && i < pod->addresses.count; i++)
		if (address_compare(&pod->addresses.items[i], address) == 0)
			return true;
	return false;
}

const char *pod_name_find(const struct agent *agent, const struct shunt_address *address,
			  char text[POD_NAME_SIZE])
{
	const struct object_set *objects = agent->manifests.tables.index.cluster;

	for (size_t i = 0; objects && i < objects->pod_count; i++)
		if (has(&objects->pods[i], address)) {
			snprintf(text, POD_NAME_SIZE, "%s/%s", objects->pods[i].meta.namespace,
				 objects->pods[i].meta.name);
			return text;
		}
	return NULL;
}
