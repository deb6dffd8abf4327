/* SPDX-License-Identifier: Apache-2.0 */
/* A client of the Kubernetes API: single requests, and lists that are followed by watches. */
#ifndef SHUNT_USER_MANAGER_KUBE_H
#define SHUNT_USER_MANAGER_KUBE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>
#include <jansson.h>
#include "user/lib/fetch.h"
#include "user/lib/problems.h"

struct kube;

struct kube_options {
	const char *
		kubeconfig; /* NULL: $KUBECONFIG, else the pod's service account, else ~/.kube/config */
	const char *context; /* in the kubeconfig; NULL: its current one */
};

/* Reads how to reach the API server; does not talk to it yet. -EINVAL with problems. */
int kube_start(uv_loop_t *loop, struct fetch_loop *fetches, const struct kube_options *options,
	       struct kube **started, struct problems *problems);

/* Safe on NULL; ends what is under way without further calls. */
void kube_stop(struct kube *kube);

/* "https://10.0.0.1:6443" */
const char *kube_server(const struct kube *kube);

/* The namespace of the service account or of the kubeconfig's context; "default" where none is said. */
const char *kube_namespace(const struct kube *kube);

struct kube_answer {
	unsigned int status; /* of HTTP; 0: there was no answer */
	json_t *body; /* borrowed; NULL where it is no JSON */
	const char *problem; /* NULL for 2xx; else what went wrong and what to do, for a person */
	unsigned int retry_after_s; /* as the server asks; 0 */
};

typedef void (*kube_done)(void *argument, const struct kube_answer *answer);

/*
 * One request; path begins with "/api". body is borrowed, and may be NULL; content_type is that of
 * it (NULL: application/json). done() is called once, never from in here, unless the kube is
 * stopped before. Answers that say to try again (429, 503, "leader changed", a connection that
 * failed before the request was sent) are tried again a few times, with back-off. -ENOMEM.
 */
int kube_request(struct kube *kube, const char *method, const char *path, const char *content_type,
		 json_t *body, kube_done done, void *argument);

/* What is to be followed. Texts must outlive the reflector. */
struct kube_reflector_options {
	const char *path; /* "/api/v1/pods" */
	const char
		*fallback_path; /* taken where path is not served (404): an older version; NULL */
	const char *label_selector; /* NULL: all */
	const char *field_selector;
	/* Where it is not served at all it counts as empty, after a minute if some are known. */
	bool optional;
};

struct kube_reflector_events {
	/* An object is new or has changed. It is borrowed; api version and kind are filled in. */
	void (*put)(void *argument, json_t *object);
	/* An object is gone; namespace is "" for kinds that have none. */
	void (*removed)(void *argument, const char *namespace, const char *name);
	/*
	 * What was told is the state as of this resourceVersion: after a list, and after each run of
	 * events that came together.
	 */
	void (*settled)(void *argument, const char *resource_version);
	/* What is wrong now (once, until it changes), or NULL where all is well again. */
	void (*problem)(void *argument, const char *problem);
};

struct kube_reflector;

/*
 * Lists in pages, tells, watches from there with bookmarks, resumes from the last resourceVersion,
 * lists again where that has become too old (and tells what differs only), and backs off with
 * jitter where anything fails. Goes on until it is stopped. NULL for want of memory.
 */
struct kube_reflector *kube_reflector_start(struct kube *kube,
					    const struct kube_reflector_options *options,
					    const struct kube_reflector_events *events,
					    void *argument);

void kube_reflector_stop(struct kube_reflector *reflector);

/* Requests, relists, watch events and errors in Prometheus' text format: shunt_manager_kubernetes_*. */
void kube_metrics(const struct kube *kube, FILE *file);

#endif
