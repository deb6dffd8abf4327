/* SPDX-License-Identifier: Apache-2.0 */
/* Context objects as stores take, compare and give them. */
#ifndef SHUNT_USER_MANAGER_STORE_OBJECT_H
#define SHUNT_USER_MANAGER_STORE_OBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>
#include "user/lib/format.h"

#define STORE_API_VERSION "shunt.dev/v1alpha1"
#define STORE_OBJECT_BYTES_MAX (1024 * 1024) /* as text; etcd has room for 1.5 MiB */
#define STORE_UID_SIZE 37

/* What the store adds to an object. */
struct store_object_facts {
	const char *uid;
	const char *created;
	uint64_t generation;
	uint64_t revision;
};

/* Why this cannot be a Context to be stored, for a person; NULL where it can. */
const char *store_object_check(json_t *object);

/* metadata.name; NULL where it has none. Borrowed. */
const char *store_object_name(json_t *object);

/* metadata.resourceVersion as a number; 0 where it is none. */
uint64_t store_object_revision(json_t *object);

/*
 * A new object with what a client decides: apiVersion, kind, spec, and of metadata name, namespace,
 * labels and annotations (none where empty). NULL for want of memory.
 */
json_t *store_object_wanted(json_t *object);

/* Whether two results of store_object_wanted() are equal but for labels and annotations. */
bool store_object_same_spec(json_t *a, json_t *b);

/* Adds the facts and (where it is not NULL) the status. -ENOMEM. */
int store_object_fill(json_t *object, const struct store_object_facts *facts, json_t *status);

/* ns since 1970 as Kubernetes writes creationTimestamp: "2026-12-01T00:00:00Z". */
const char *store_object_time(uint64_t wall, char text[FORMAT_SIZE]);

/* A random UUID (RFC 9562, version 4). -EIO where there is no randomness. */
int store_object_uid(char text[STORE_UID_SIZE]);

#endif
