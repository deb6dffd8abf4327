/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What there is and what it comes to: the contexts of the store, resolved against the cluster's
 * objects. It makes the changes that agents are sent, and the status of each context.
 */
#ifndef SHUNT_USER_MANAGER_CATALOG_H
#define SHUNT_USER_MANAGER_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <jansson.h>
#include "user/lib/changes.h"
#include "user/lib/object.h"

#define CATALOG_ETAG_SIZE 24

struct catalog;

struct catalog_events {
	/*
	 * The tables have changed, or the store has come to a revision without that. changes is
	 * borrowed.
	 */
	void (*changed)(void *argument, const struct changes *changes, uint64_t revision);
	/* The status of a context differs from the one in its object: to be written to the store. */
	void (*status)(void *argument, const char *name);
	void *argument;
};

/* A context as the catalog knows it. Borrowed; valid until the catalog is changed. */
struct catalog_context {
	const char *name;
	json_t *object; /* of the store, status included as it was stored */
	json_t *status; /* as it is now */
	uint64_t revision; /* its resourceVersion */
	char etag[CATALOG_ETAG_SIZE]; /* with quotes; of spec, labels and annotations only */
	const char *owner; /* annotation shunt.dev/owner; "" */
	time_t expires; /* 0: never */
	time_t last_used; /* of any request on any node, as far as is known; 0: never */
	bool valid; /* it could be understood; else status says why not */
};

struct catalog *catalog_new(const struct catalog_events *events);
void catalog_free(struct catalog *catalog);

/*
 * The objects of the cluster are these now; they must stay until the next call has returned. Nothing
 * is told before both this and catalog_settled() were called once.
 */
int catalog_set_cluster(struct catalog *catalog, const struct object_set *objects);

/*
 * From the store. What is not understood is kept, unresolved, and its status says why. Changes are
 * collected until catalog_flush().
 */
int catalog_put(struct catalog *catalog, json_t *object, uint64_t revision);
int catalog_remove(struct catalog *catalog, const char *name, uint64_t revision);
void catalog_settled(struct catalog *catalog, uint64_t revision);

/* Resolves what has been put or removed and tells the changes as one. */
int catalog_flush(struct catalog *catalog);

/* When the next context expires; 0: none. Contexts that have are left out from catalog_expire() on. */
time_t catalog_next_expiry(const struct catalog *catalog);
int catalog_expire(struct catalog *catalog, time_t now);

/* A context was used, for this service or (NULL) as a whole. last_used is part of the status. */
void catalog_used(struct catalog *catalog, const char *name, const char *service, time_t at);

/* By name, or NULL. The returned struct is the catalog's own scratch or entry. */
const struct catalog_context *catalog_find(const struct catalog *catalog, const char *name);

/* In the order of names, from the first after `after` (NULL: from the start), until visit() is not 0. */
int catalog_each(const struct catalog *catalog, const char *after,
		 int (*visit)(void *argument, const struct catalog_context *context),
		 void *argument);

/* All of the tables, as a snapshot; texts belong to the catalog. The caller clears *changes. */
int catalog_snapshot(const struct catalog *catalog, struct changes *changes);

/*
 * Reads a Context of JSON text, as a client sent it. NULL and problems with line, column, field and
 * reason where it cannot be understood. What names it in problems is source.
 */
json_t *catalog_read(const char *source, const char *text, size_t length,
		     struct problems *problems);

/* Why an override of such a Context could not be resolved now: one problem each; none where all can. */
void catalog_check(const struct catalog *catalog, json_t *object, struct problems *problems);

/* What can be overridden, for the API: arrays of objects. NULL for want of memory. */
json_t *catalog_services(
	const struct catalog *catalog); /* namespace, name, ports, offloaded, contexts */
json_t *catalog_offloaded(
	const struct catalog *catalog); /* service, sha, pod, ready, addresses, created, contexts */

/* Contexts, overrides, unresolved, generation in Prometheus' text format: shunt_manager_*. */
void catalog_metrics(const struct catalog *catalog, FILE *file);

#endif
