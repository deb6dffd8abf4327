/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of the Kubernetes API as they come and go: each is read once, into a set of its own, and
 * what is handed out are views of all. Only cluster_*.c include this.
 */
#ifndef SHUNT_USER_MANAGER_CLUSTER_OBJECT_H
#define SHUNT_USER_MANAGER_CLUSTER_OBJECT_H

#include <jansson.h>
#include "user/lib/object.h"
#include "user/lib/problems.h"

struct cluster_object;

/* All zero is empty. */
struct cluster_objects {
	struct cluster_object **items; /* sorted by kind, namespace and name */
	size_t count;
	size_t capacity;
	struct cluster_object *retired; /* a view that was handed out may still refer to them */
};

/*
 * Takes the object in place of an earlier one of its kind and name. kind is a small number that
 * tells the sources apart. What cannot be read is left out, and is among the problems; only Settings
 * stay what they were, since without them more is allowed. -ENOMEM.
 */
int cluster_objects_put(struct cluster_objects *objects, unsigned int kind, json_t *object);

void cluster_objects_remove(struct cluster_objects *objects, unsigned int kind,
			    const char *namespace, const char *name);

/* Removes all of a kind in a namespace. */
void cluster_objects_remove_all(struct cluster_objects *objects, unsigned int kind,
				const char *namespace);

/* Why an object of the kind could never be read; NULL: there is none such. */
const char *cluster_objects_unread(const struct cluster_objects *objects, unsigned int kind);

/* The Settings among them, which stay until they are replaced or removed; NULL: there are none. */
const struct object_settings *cluster_objects_settings(const struct cluster_objects *objects);

/*
 * All of them, sorted as object_set_finish() sorts them. The view's arrays are its own, what they
 * refer to is the objects'. -ENOMEM. The caller clears *view.
 */
int cluster_objects_view(const struct cluster_objects *objects, struct object_set *view);

/* No view refers to what was replaced or removed any more, but one may to what there is now. */
void cluster_objects_forget(struct cluster_objects *objects);

/*
 * No view refers to what has come since cluster_objects_forget() and was replaced or removed, so that
 * this does not pile up where no view is handed out for long.
 */
void cluster_objects_trim(struct cluster_objects *objects);

/* Why objects could not be read. */
void cluster_objects_problems(const struct cluster_objects *objects, struct problems *problems);

void cluster_objects_clear(struct cluster_objects *objects);

#endif
