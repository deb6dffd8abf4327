/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the Kubernetes client share. */
#ifndef SHUNT_USER_MANAGER_KUBE_STATE_H
#define SHUNT_USER_MANAGER_KUBE_STATE_H

#include "user/manager/kube.h"
#include "user/manager/kube_config.h"
#include "user/manager/kube_token.h"

#define KUBE_RETRY_AFTER_MAX_S 30

enum kube_class {
	KUBE_NO_ANSWER,
	KUBE_2XX,
	KUBE_3XX,
	KUBE_4XX,
	KUBE_5XX,
	KUBE_CLASSES
};

struct kube {
	uv_loop_t *loop;
	struct fetch_loop *fetches;
	struct kube_config config;
	struct kube_token token;
	struct kube_call *calls;
	struct kube_reflector *reflectors;
	uint64_t answers[KUBE_CLASSES];
	uint64_t retries;
};

struct kube_send {
	const char *method;
	const char *path; /* with its query */
	const char *content_type; /* NULL: application/json */
	const void *body;
	size_t body_length;
	bool compressed;
	unsigned int timeout_ms;
};

/* Starts one exchange, with our credentials. NULL for want of memory. */
struct fetch *kube_send(struct kube *kube, const struct kube_send *send,
			const struct fetch_events *events, void *argument);

/* To be called with the end of each, for the metrics. */
void kube_count(struct kube *kube, unsigned int status);

/* Seconds that the answer asks to wait, at most KUBE_RETRY_AFTER_MAX_S; 0 where it does not. */
unsigned int kube_retry_after(struct fetch *fetch, const json_t *body);

/*
 * Milliseconds to wait before the attempt after so many that failed: from 0.5 s, doubled each time
 * up to 30 s, of which a random half is taken off so that many clients do not come at once.
 */
unsigned int kube_backoff_ms(unsigned int failures);

/* From low to high, both included. */
unsigned int kube_random(unsigned int low, unsigned int high);

/* End what is under way without further calls. */
void kube_calls_stop(struct kube *kube);
void kube_reflectors_stop(struct kube *kube);

void kube_reflector_metrics(const struct kube *kube, FILE *file);

#endif
