/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a manager learns of Services, Pods, EndpointSlices and Settings: the Kubernetes API, or a
 * directory of manifests. A source tells of each state as a whole; what it cannot read it says, and
 * the last good state stays.
 */
#ifndef SHUNT_USER_MANAGER_CLUSTER_H
#define SHUNT_USER_MANAGER_CLUSTER_H

#include <stdbool.h>
#include <stdio.h>
#include <uv.h>
#include "user/lib/object.h"

struct cluster;
struct kube;

struct cluster_events {
	/*
	 * The objects are these now. They stay as they are until the call with the next ones has
	 * returned, so that what was made of them can be compared. Contexts among them do not count.
	 */
	void (*changed)(void *argument, const struct object_set *objects);
	void *argument;
};

/* Reads and follows a directory. It is told of first within the loop, not in here. */
int cluster_manifests_start(uv_loop_t *loop, const char *directory,
			    const struct cluster_events *events, struct cluster **started);

/*
 * Follows the Kubernetes API. Of pods only those are fetched that are offloaded (by their label), and
 * those of namespaces that Settings name; endpoints of other pods are known from EndpointSlices. The
 * first state is told when all of it was listed, and one with other Settings when the pods that these
 * name were; Settings that cannot be read leave things as they are.
 */
int cluster_kubernetes_start(uv_loop_t *loop, struct kube *kube,
			     const struct cluster_events *events, struct cluster **started);

/* Whether a state was told and is being followed; else why not, for a person. */
bool cluster_is_ready(const struct cluster *cluster, const char **problem);

/* In Prometheus' text format, names beginning with shunt_manager_cluster_ or _kubernetes_. */
void cluster_metrics(const struct cluster *cluster, FILE *file);

/* Safe on NULL. */
void cluster_stop(struct cluster *cluster);

#endif
