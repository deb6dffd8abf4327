// SPDX-License-Identifier: Apache-2.0
#include "user/manager/cluster_state.h"

bool cluster_is_ready(const struct cluster *cluster, const char **problem)
{
	return cluster->operations->is_ready(cluster, problem);
}

void cluster_metrics(const struct cluster *cluster, FILE *file)
{
	cluster->operations->metrics(cluster, file);
}

void cluster_stop(struct cluster *cluster)
{
	if (cluster)
		cluster->operations->stop(cluster);
}
