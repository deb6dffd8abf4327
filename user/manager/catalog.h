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
#include "user/lib/keys.h"
#include "user/lib/object.h"

#define CATALOG_OBJECT_MAX (256u * 1024) /* bytes of a Context as JSON text */

struct catalog;

struct catalog_events {
	/*
	 * The tables have changed, or the store has come to a revision without that. The first
	 * changes are a snapshot. They are borrowed; the catalog must not be changed within.
	 */
	void (*changed)(void *argument, const struct changes *changes, uint64_t revision);
	/*
	 * The status of a context differs from the one in its object, as far as is known: what
	 * catalog_status() then gives is to be written to the store. Told again when the object comes
	 * with another one; where managers that know different things of the cluster share a store,
	 * each corrects the other, so writes should be put off for a moment.
	 */
	void (*status)(void *argument, const char *name);
	void *argument;
};

/*
 * What is known of a context without reading its object, which takes a thousand times as long.
 * Borrowed until the catalog is changed.
 */
struct catalog_context {
	const char *name;
	const char *version; /* resourceVersion */
	const char *etag; /* with quotes; of spec, labels and annotations only */
	const char *owner; /* annotation shunt.dev/owner; "" */
	size_t size; /* of its object, bytes of JSON text */
	uint64_t revision; /* the store's, of its last change */
	time_t expires; /* 0: never */
	time_t last_used; /* of any request on any node, as far as is known; 0: never */
	bool valid; /* it could be understood; else its status says why not */
};

enum catalog_wanted {
	CATALOG_WANT_ANY,
	CATALOG_WANT_RESOLVED, /* understood, each override resolved, not expired */
	CATALOG_WANT_UNRESOLVED, /* neither resolved nor expired */
	CATALOG_WANT_EXPIRED,
};

/* Which contexts are meant; zeros mean all. Texts are borrowed. */
struct catalog_filter {
	const char *owner;
	const char *service; /* "namespace/name" that it overrides */
	const char *labels; /* all of "key=value,key=value" */
	enum catalog_wanted wanted;
	unsigned long expired_since_s; /* of CATALOG_WANT_EXPIRED: for so long at least */
};

struct catalog *catalog_new(const struct catalog_events *events);
/* Safe on NULL. */
void catalog_free(struct catalog *catalog);

/*
 * What markers are signed with. To be called before anything is put, and to outlive the catalog;
 * without it no marker is signed.
 */
void catalog_set_signing(struct catalog *catalog, const struct keys *keys);

/* The keys of passports from now on. Told at once, or with the first changes. */
void catalog_set_keys(struct catalog *catalog, const struct shunt_keys *keys);

/* Whether the first changes were told: both the cluster and the store are known. */
bool catalog_is_ready(const struct catalog *catalog);

/*
 * The objects of the cluster are these now; they must stay until the next call has returned. Resolves
 * what they make different and tells it, with what was put or removed before, as one. Nothing is told
 * before both this and catalog_settled() were called once. Warnings of the resolution are logged,
 * each once while it lasts. -ENOMEM: the tables stay as they were told.
 */
int catalog_set_cluster(struct catalog *catalog, const struct object_set *objects);

/*
 * From the store. What is not understood is kept, without overrides, and its status says why. Changes
 * are collected until catalog_flush(), catalog_settled() included. -EINVAL: no metadata.name, or one
 * that is longer than Kubernetes has them; -ENOMEM.
 */
int catalog_put(struct catalog *catalog, json_t *object, uint64_t revision);
int catalog_remove(struct catalog *catalog, const char *name, uint64_t revision);
void catalog_settled(struct catalog *catalog, uint64_t revision);

/* Resolves what has been put or removed and tells the changes as one. -ENOMEM: to be tried again. */
int catalog_flush(struct catalog *catalog);

/*
 * When catalog_expire() is to be called next; 0: not at all. Contexts that have expired by then are
 * left out from there on; the status of each says so.
 */
time_t catalog_next_expiry(const struct catalog *catalog);
int catalog_expire(struct catalog *catalog, time_t now);

/*
 * A context was used at this time, for this service port or (NULL) as a whole; a port that it does
 * not override does not count. Its status follows at most every ten minutes.
 */
void catalog_used(struct catalog *catalog, const char *name, const char *service, time_t at);

/* By name, or NULL. */
const struct catalog_context *catalog_find(const struct catalog *catalog, const char *name);

/* Whether the filter takes the context. */
bool catalog_takes(const struct catalog *catalog, const struct catalog_filter *filter,
		   const struct catalog_context *context);

/*
 * The first that the filter takes after the name `after` (NULL: of all), in the order of names; NULL:
 * there is none. `after` need not be there (any more).
 */
const struct catalog_context *catalog_next(const struct catalog *catalog,
					   const struct catalog_filter *filter, const char *after);

/*
 * A context's object as the store has it, status included, and its status as it is now. Borrowed until
 * another context is asked for or the catalog is changed; NULL for want of memory.
 */
json_t *catalog_object(const struct catalog *catalog, const struct catalog_context *context);
json_t *catalog_status(const struct catalog *catalog, const struct catalog_context *context);

/*
 * All of the tables as they were told, as a snapshot; it refers to the catalog and is valid until
 * that is changed. The caller clears *changes. -EAGAIN before anything was told; -ENOMEM.
 */
int catalog_snapshot(const struct catalog *catalog, struct changes *changes);

/*
 * Reads a Context of JSON text, as a client sent it: at most CATALOG_OBJECT_MAX bytes, no key twice,
 * and without a namespace, which a Context has in directories only. NULL and problems with
 * "source:line:column: field: reason" where it cannot be understood.
 */
json_t *catalog_read(const char *source, const char *text, size_t length,
		     struct problems *problems);

/*
 * Why overrides of a Context have no endpoint now, a line each: "spec.overrides[2]: shop/pay: ...".
 * In refused is what no pod that starts could put right: a service that is not there or has no TCP
 * port, an address that is of no offloaded pod of the service, a pod that is there but is not
 * offloaded for the service or is on the host network; also that the cluster is not known yet. What
 * may come is a warning: a commit or pod that is not there or not Ready yet, a port that it has not,
 * more endpoints than fit, an expiry that is past.
 */
void catalog_check(const struct catalog *catalog, json_t *object, struct problems *refused,
		   struct problems *warnings);

/*
 * What can be overridden, for the API: arrays of objects. NULL for want of memory.
 *
 * Services by namespace and name: {"namespace", "name", "ports": [{"name", "port"}], "offloaded": how
 * many offloaded pods it has, "contexts": how many name it}.
 */
json_t *catalog_services(const struct catalog *catalog);

/*
 * Offloaded pods of services that are there, by service, sha and pod: {"service":
 * "namespace/name", "sha", "pod", "ready", "addresses": [...], "created": RFC 3339 or absent,
 * "contexts": of how many it gets requests now}.
 */
json_t *catalog_offloaded(const struct catalog *catalog);

/* Contexts, overrides, entries and the revision in Prometheus' text format: shunt_manager_*. */
void catalog_metrics(const struct catalog *catalog, FILE *file);

#endif
