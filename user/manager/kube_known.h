/* SPDX-License-Identifier: Apache-2.0 */
/* Which objects are known, and in which version: what a list is compared with. */
#ifndef SHUNT_USER_MANAGER_KUBE_KNOWN_H
#define SHUNT_USER_MANAGER_KUBE_KNOWN_H

#include <stdbool.h>
#include <jansson.h>

/* "namespace/name" to "uid resourceVersion". All zero is empty. */
struct kube_known {
	json_t *versions;
};

/* Whether the object has a name and a resourceVersion, without which it cannot be followed. */
bool kube_object_is_sound(const json_t *object);

/* Notes the object. *changed: it was not known, or as another version. -ENOMEM. */
int kube_known_put(struct kube_known *known, const json_t *object, bool *changed);

/* Forgets it; whether it was known. */
bool kube_known_remove(struct kube_known *known, const json_t *object);

/* namespace is "" for kinds that have none. A result other than 0 ends it. */
typedef int (*kube_known_visit)(void *argument, const char *namespace, const char *name);

/*
 * Forgets those that are not in the other, and visits each before; what visit() returned. -ENOMEM.
 */
int kube_known_retain(struct kube_known *known, const struct kube_known *other,
		      kube_known_visit visit, void *argument);

void kube_known_clear(struct kube_known *known);

#endif
