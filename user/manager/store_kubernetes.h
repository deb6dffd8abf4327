/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contexts as objects of shunt.dev/v1alpha1 in Kubernetes, cluster-scoped; AuditEvents beside them;
 * what managers know of their agents in a ConfigMap each. Only store_kubernetes*.c include this.
 */
#ifndef SHUNT_USER_MANAGER_STORE_KUBERNETES_H
#define SHUNT_USER_MANAGER_STORE_KUBERNETES_H

#include <sys/queue.h>
#include "user/manager/kube.h"
#include "user/manager/store_metrics.h"
#include "user/manager/store_operations.h"

#define STORE_KUBERNETES_API "/apis/shunt.dev/v1alpha1"
#define STORE_KUBERNETES_PATH_SIZE 512

struct store_kubernetes_write;
struct store_kubernetes_peer;

struct store_kubernetes {
	struct store store;
	uv_loop_t *loop;
	struct kube *kube;
	struct store_events events;
	struct kube_reflector *contexts;
	struct kube_reflector *shares;
	uint64_t revision; /* the last that the contexts' reflector has come to */
	bool settled;
	char *problem; /* of the reflector; NULL: none */
	TAILQ_HEAD(, store_kubernetes_write) writes; /* under way */
	struct store_counts counts;
	uint64_t audit_lost;
	uv_timer_t prune; /* of old AuditEvents */
	bool pruning;

	/* Sharing */
	char path[STORE_KUBERNETES_PATH_SIZE]; /* of the ConfigMaps */
	char own[STORE_KUBERNETES_PATH_SIZE]; /* the name of ours */
	json_t *nodes; /* what is to be shared; NULL: nothing yet */
	bool sharing; /* a request is under way */
	bool changed; /* since the last one */
	uint64_t shared_at; /* ms of the loop */
	uv_timer_t share;
	struct store_kubernetes_peer *peers;
	size_t peer_count;
	size_t peer_capacity;

	unsigned int handles; /* that are to be closed */
};

/* store_kubernetes_write.c */
void store_kubernetes_put(struct store *store, json_t *object, const char *expected,
			  const struct store_audit *audit, store_done done, void *argument);
void store_kubernetes_remove(struct store *store, const char *name, const char *expected,
			     const struct store_audit *audit, store_done done, void *argument);
void store_kubernetes_put_status(struct store *store, const char *name, json_t *status,
				 const char *expected, store_done done, void *argument);
/* The watch has told that this context is gone. */
void store_kubernetes_write_removed(struct store_kubernetes *store, const char *name);
/* The reflector has come to store->revision: what waited for it has ended. */
void store_kubernetes_writes_settle(struct store_kubernetes *store);
void store_kubernetes_writes_stop(struct store_kubernetes *store);

/* store_kubernetes_audit.c */
void store_kubernetes_audit_add(struct store_kubernetes *store, const struct store_audit *audit,
				const char *context, uint64_t revision);
void store_kubernetes_audit_list(struct store *store, const struct store_audit_query *query,
				 store_audit_done done, void *argument);
void store_kubernetes_audit_start(struct store_kubernetes *store);

/* store_kubernetes_share.c */
int store_kubernetes_share_start(struct store_kubernetes *store, const char *manager);
void store_kubernetes_share(struct store *store, json_t *nodes);
void store_kubernetes_share_stop(struct store_kubernetes *store);

/* store_kubernetes.c: to be given to uv_close() for the handles in the struct. */
void store_kubernetes_closed(uv_handle_t *handle);

#endif
