/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the body of an answer, up to a bound. */
#ifndef SHUNT_USER_MANAGER_KUBE_BODY_H
#define SHUNT_USER_MANAGER_KUBE_BODY_H

#include <stddef.h>
#include <jansson.h>

/* All zero is empty. */
struct kube_body {
	char *bytes;
	size_t length;
	size_t capacity;
};

/* -EMSGSIZE where it would be longer than limit, -ENOMEM. */
int kube_body_add(struct kube_body *body, const void *bytes, size_t length, size_t limit);

/* As JSON; NULL where it is none. A NUL within a text is not the end of it. */
json_t *kube_json(const char *bytes, size_t length);

void kube_body_clear(struct kube_body *body);

#endif
