// SPDX-License-Identifier: Apache-2.0
/*
 * Of ordinary pods only EndpointSlices tell, which is enough to send requests to them. Where Settings
 * name namespaces whose pods' markers count, or have to be signed, the pods themselves are needed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/manager/cluster_kubernetes_state.h"

struct followed {
	struct source source;
	struct followed *next;
	bool wanted;
	char *namespace;
	char *path;
};

static struct followed *find(const struct cluster_kubernetes *kubernetes, const char *namespace)
{
	struct followed *each = kubernetes->followed;

	while (each && strcmp(each->namespace, namespace))
		each = each->next;
	return each;
}

static void release(struct followed *followed)
{
	cluster_kubernetes_unfollow(&followed->source);
	free(followed->namespace);
	free(followed->path);
	free(followed);
}

static int start(struct cluster_kubernetes *kubernetes, const char *namespace)
{
	struct kube_reflector_options options = {.label_selector = OBJECT_LABEL_OFFLOADED "!=true"};
	struct followed *added = calloc(1, sizeof(*added));

	if (!added)
		return -ENOMEM;
	added->wanted = true;
	added->namespace = strdup(namespace);
	if (asprintf(&added->path, "/api/v1/namespaces/%s/pods", namespace) < 0)
		added->path = NULL;
	options.path = added->path;
	added->source = (struct source){
		.owner = kubernetes, .path = added->path, .kind = KIND_ORDINARY_PODS};
	if (!added->namespace || !added->path ||
	    cluster_kubernetes_follow(&added->source, &options)) {
		release(added);
		return -ENOMEM;
	}
	added->next = kubernetes->followed;
	kubernetes->followed = added;
	return 0;
}

static int want(struct cluster_kubernetes *kubernetes, const char *namespace)
{
	struct followed *known = find(kubernetes, namespace);

	if (!known)
		return start(kubernetes, namespace);
	known->wanted = true;
	return 0;
}

static void drop_unwanted(struct cluster_kubernetes *kubernetes)
{
	struct followed **link = &kubernetes->followed;

	while (*link) {
		struct followed *each = *link;

		if (each->wanted) {
			link = &each->next;
			continue;
		}
		*link = each->next;
		cluster_objects_remove_all(&kubernetes->objects, KIND_ORDINARY_PODS,
					   each->namespace);
		release(each);
	}
}

int cluster_kubernetes_follow_pods(struct cluster_kubernetes *kubernetes,
				   const struct object_settings *settings)
{
	int error = 0;

	for (struct followed *each = kubernetes->followed; each; each = each->next)
		each->wanted = false;
	for (size_t i = 0; settings && !error && i < settings->source_namespace_count; i++)
		error = want(kubernetes, settings->source_namespaces[i]);
	for (size_t i = 0; settings && !error && i < settings->edge_count; i++)
		error = want(kubernetes, settings->edges[i].namespace);
	if (!error)
		drop_unwanted(kubernetes);
	return error;
}

bool cluster_kubernetes_has_pods(const struct cluster_kubernetes *kubernetes)
{
	for (const struct followed *each = kubernetes->followed; each; each = each->next)
		if (!each->source.settled)
			return false;
	return true;
}

const char *cluster_kubernetes_pods_problem(const struct cluster_kubernetes *kubernetes)
{
	for (const struct followed *each = kubernetes->followed; each; each = each->next)
		if (each->source.problem)
			return each->source.problem;
	return NULL;
}
