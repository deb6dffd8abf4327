/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the Kubernetes source share. Only cluster_kubernetes*.c include this. */
#ifndef SHUNT_USER_MANAGER_CLUSTER_KUBERNETES_STATE_H
#define SHUNT_USER_MANAGER_CLUSTER_KUBERNETES_STATE_H

#include "user/manager/cluster_object.h"
#include "user/manager/cluster_state.h"
#include "user/manager/kube.h"

/* Of objects; those of a path are followed by a source each. */
enum kind {
	KIND_SERVICES,
	KIND_PODS, /* that are offloaded */
	KIND_SLICES,
	KIND_SETTINGS,
	KIND_NODES,
	KIND_COUNT,
	KIND_ORDINARY_PODS = KIND_COUNT, /* of namespaces that Settings name */
	KIND_API_SERVER, /* stands for the one that is talked to */
};

struct source {
	struct cluster_kubernetes *owner;
	struct kube_reflector *reflector;
	const char *path;
	enum kind kind;
	bool settled;
	char *problem; /* NULL: none */
};

struct followed; /* a namespace */

struct cluster_kubernetes {
	struct cluster cluster;
	struct kube *kube;
	struct source sources[KIND_COUNT];
	struct followed *followed; /* those that Settings name */
	struct cluster_objects objects;
	struct object_set view[2]; /* by turns; the last that was handed out is at views % 2 */
	struct problems notices;
	uv_timer_t collect;
	unsigned long long views;
	bool told;
};

/* cluster_kubernetes.c: begins to follow what the source is for. -ENOMEM. */
int cluster_kubernetes_follow(struct source *source, const struct kube_reflector_options *options);

/* Its objects stay. */
void cluster_kubernetes_unfollow(struct source *source);

/*
 * cluster_kubernetes_pods.c: follows the pods of the namespaces that the Settings (NULL: none) name,
 * and of no others any more. -ENOMEM.
 */
int cluster_kubernetes_follow_pods(struct cluster_kubernetes *kubernetes,
				   const struct object_settings *settings);

/* Whether all of these were listed. */
bool cluster_kubernetes_has_pods(const struct cluster_kubernetes *kubernetes);

/* Why one cannot be followed; NULL: all are. */
const char *cluster_kubernetes_pods_problem(const struct cluster_kubernetes *kubernetes);

/* cluster_kubernetes_guise.c: what stands among the objects for something else; NULL for want of
 * memory, or where there is nothing to stand for. */
json_t *cluster_kubernetes_node(json_t *node);
json_t *cluster_kubernetes_server(const char *url);

#define CLUSTER_KUBERNETES_NODES "kube-system" /* the namespace where nodes stand */

#endif
