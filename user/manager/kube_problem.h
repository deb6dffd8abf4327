/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer that is no success means, and what to do about it. */
#ifndef SHUNT_USER_MANAGER_KUBE_PROBLEM_H
#define SHUNT_USER_MANAGER_KUBE_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

struct kube_failure {
	const char *server; /* "https://10.0.0.1:6443" */
	const char *method;
	const char *path; /* with its query */
	unsigned int status;
	const json_t *body; /* a Status object as a rule; NULL where it is no JSON */
	const char *text; /* the body as it came; need not end with NUL */
	size_t length;
	unsigned int retry_after_s; /* 0: not said */
};

/* "cannot list pods in shop: ..."; one line, to be freed. NULL for want of memory. */
char *kube_problem(const struct kube_failure *failure);

/* Whether nothing of this kind is served at all, as against an object that is not there. */
bool kube_is_unserved(const struct kube_failure *failure);

/* Whether the same may well succeed a little later. */
bool kube_is_passing(const struct kube_failure *failure);

#endif
