/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of sources have in common. Only cluster*.c include this. */
#ifndef SHUNT_USER_MANAGER_CLUSTER_STATE_H
#define SHUNT_USER_MANAGER_CLUSTER_STATE_H

#include "user/manager/cluster.h"

struct cluster_operations {
	bool (*is_ready)(const struct cluster *cluster, const char **problem);
	void (*metrics)(const struct cluster *cluster, FILE *file);
	void (*stop)(struct cluster *cluster);
};

/* Each source's own struct begins with it. */
struct cluster {
	const struct cluster_operations *operations;
	struct cluster_events events;
};

#endif
