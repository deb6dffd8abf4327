/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where contexts last: an SQLite file, or Context objects in Kubernetes. Any number of managers may
 * work on one store; each is told what the others change.
 *
 * A context is a Context object as JSON, metadata filled in as Kubernetes does: name,
 * creationTimestamp, generation (counts changes of spec), resourceVersion, uid. Results come by
 * callback, within the call or later.
 */
#ifndef SHUNT_USER_MANAGER_STORE_H
#define SHUNT_USER_MANAGER_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>
#include <jansson.h>
#include "user/lib/problems.h"

struct kube;
struct store;

/*
 * What the store tells of its own accord, this manager's changes included. Revisions order all
 * changes of a store; those of one context are its resourceVersion. Everything is borrowed.
 */
struct store_events {
	void (*put)(void *argument, json_t *object, uint64_t revision);
	void (*removed)(void *argument, const char *name, uint64_t revision);
	/* Everything there was has been told; after this come changes. revision is the store's. */
	void (*settled)(void *argument, uint64_t revision);
	/* What another manager knows of its agents, as it gave it to store_share(); NULL: it is gone. */
	void (*shared)(void *argument, const char *manager, json_t *nodes);
	void *argument;
};

struct store_result {
	int error; /* 0; -EEXIST, -ENOENT, -EAGAIN: the version is another one; -EINVAL: refused;
		    * -EACCES; -EIO and others: the store failed */
	const char *problem; /* for a person, where there is an error */
	json_t *object; /* as it is now in the store, where it was written; borrowed */
	uint64_t revision; /* of this change */
};

typedef void (*store_done)(void *argument, const struct store_result *result);

/* Who changes what, for the record. */
struct store_audit {
	const char *actor;
	const char *action; /* "create", "update", "delete", "expire" */
	const char *detail; /* a line for a person; NULL: none */
};

/*
 * Opens or makes an SQLite file (WAL, synchronous=FULL). -EINVAL with problems where it is corrupt
 * or of a later version: what is wrong with it and what to do. manager names this process for
 * store_share().
 */
int store_sqlite_start(uv_loop_t *loop, const char *file, const char *manager,
		       const struct store_events *events, struct store **started,
		       struct problems *problems);

int store_kubernetes_start(uv_loop_t *loop, struct kube *kube, const char *manager,
			   const struct store_events *events, struct store **started,
			   struct problems *problems);

/* Safe on NULL. */
void store_stop(struct store *store);

/* Whether it is told of changes and can be written; else why not, for a person. */
bool store_is_ready(const struct store *store, const char **problem);

/*
 * Creates a context or replaces its spec, labels and annotations; status stays. expected is the
 * resourceVersion that it must have; NULL: it must not be there. What is done is durable.
 */
void store_put(struct store *store, json_t *object, const char *expected,
	       const struct store_audit *audit, store_done done, void *argument);

/* Removes a context that has this resourceVersion. */
void store_remove(struct store *store, const char *name, const char *expected,
		  const struct store_audit *audit, store_done done, void *argument);

/* Replaces only status, of a context that has this resourceVersion. Not audited. */
void store_put_status(struct store *store, const char *name, json_t *status, const char *expected,
		      store_done done, void *argument);

/* Which entries of the audit to give, newest first. */
struct store_audit_query {
	const char *context; /* NULL: all */
	const char *actor; /* NULL: all */
	uint64_t before; /* ids below this one; 0: from the newest */
	unsigned int limit; /* at most 1000 */
};

/*
 * entries: an array of {"id", "time" (RFC 3339), "actor", "action", "context", "detail",
 * "revision"}; NULL where there was an error.
 */
typedef void (*store_audit_done)(void *argument, json_t *entries, const char *problem);
void store_audit_list(struct store *store, const struct store_audit_query *query,
		      store_audit_done done, void *argument);

/* Tells the other managers what this one knows of its agents, a JSON object. May be put off for 200 ms. */
void store_share(struct store *store, json_t *nodes);

/* In Prometheus' text format: shunt_manager_store_*. */
void store_metrics(const struct store *store, FILE *file);

#endif
