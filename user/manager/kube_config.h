/* SPDX-License-Identifier: Apache-2.0 */
/* How an API server is reached: from a kubeconfig, or from what a pod is given. */
#ifndef SHUNT_USER_MANAGER_KUBE_CONFIG_H
#define SHUNT_USER_MANAGER_KUBE_CONFIG_H

#include "user/lib/arena.h"
#include "user/lib/document.h"
#include "user/lib/fetch.h"
#include "user/lib/problems.h"
#include "user/manager/kube.h"

#define KUBE_SERVICE_ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"

/* All zero is empty. Texts are in the arena. */
struct kube_config {
	struct arena arena;
	const char *server; /* "https://10.0.0.1:6443", without a slash at its end */
	const char *namespace;
	struct fetch_tls tls;
	const char *token; /* NULL: none, or in a file */
	const char *token_file;
};

/* -EINVAL with problems, -ENOMEM. On success the caller clears *config. */
int kube_config_load(const struct kube_options *options, struct kube_config *config,
		     struct problems *problems);

/* From kubeconfig files, joined by ":". What several of them have is taken from the first. */
int kube_config_read(const char *files, const char *context, struct kube_config *config,
		     struct problems *problems);

/* From the environment of a pod, and the files in its service account's directory. */
int kube_config_pod(const char *directory, struct kube_config *config, struct problems *problems);

/* Checks what all sources have in common. -EINVAL with problems. */
int kube_config_check(const struct kube_config *config, const char *source,
		      struct problems *problems);

void kube_config_clear(struct kube_config *config);

/*
 * Take the fields of a cluster or a user. file is where they stand; paths are relative to it.
 * -EINVAL with problems, -ENOMEM.
 */
int kube_config_cluster(const struct document_node *cluster, const char *file,
			struct kube_config *config, struct problems *problems);
int kube_config_user(const struct document_node *user, const char *file, struct kube_config *config,
		     struct problems *problems);

#endif
