/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the catalog share. Only catalog*.c include this. */
#ifndef SHUNT_USER_MANAGER_CATALOG_STATE_H
#define SHUNT_USER_MANAGER_CATALOG_STATE_H

#include "user/lib/resolver.h"
#include "user/lib/tables.h"
#include "user/manager/catalog.h"

#define CATALOG_ETAG_SIZE 24
#define CATALOG_NAME_MAX 253 /* of an object in Kubernetes; a context's own is shorter */
#define CATALOG_USED_STEP 600 /* s; lastUsed in a status is written at most so often */

/* The name of a service port. Its text stays at its place while the port is there. */
struct catalog_name {
	unsigned int references;
	char text[];
};

/* The tables without overrides, of one state of the cluster. */
struct catalog_cluster {
	struct tables tables;
	struct catalog_name **names; /* by index in tables.services */
};

/* What a context overrides for one service port. */
struct catalog_row {
	const char *service; /* text of a catalog_name */
	const struct shunt_endpoint *endpoints;
	size_t outcome; /* index of the override */
	__u8 endpoint_count;
	__u8 on_unreachable;
	__u8 flags; /* SHUNT_OVERRIDE_* */
};

enum catalog_state {
	CATALOG_UNRESOLVED,
	CATALOG_PARTIAL, /* some ports of the service have no endpoint */
	CATALOG_RESOLVED,
	CATALOG_STATE_COUNT
};

extern const char *const catalog_state_names[CATALOG_STATE_COUNT];

/* What one override of a context comes to. */
struct catalog_outcome {
	const char *service; /* "namespace/name" */
	const char *reason; /* NULL where it is resolved */
	time_t since;
	enum catalog_state state;
};

/* What a context comes to, in one block of memory. */
struct catalog_resolution {
	struct catalog_row *rows; /* sorted by service */
	size_t row_count;
	struct catalog_outcome *outcomes; /* of the overrides as written */
	size_t outcome_count;
	json_int_t generation; /* of the object that it was made of */
	__u64 tag; /* of signed markers; 0: there are none */
	time_t accepted_since;
	time_t resolved_since;
	bool accepted;
	bool resolved; /* every override */
	bool expired;
};

struct catalog_entry;

/* Object and status that were asked for last, read or made. */
struct catalog_cache {
	const struct catalog_entry *entry; /* NULL: none */
	json_t *object;
	json_t *status; /* NULL: not asked for */
};

/* What is kept of an object of the store. */
struct catalog_content {
	struct object_context *context; /* in one block; NULL where it was not understood */
	char *problem; /* why it was not understood; NULL */
	char *owner; /* "" */
	json_t *labels; /* NULL: none */
	char etag[CATALOG_ETAG_SIZE]; /* of what all above is made of */
	char *version; /* "" */
	char *text; /* the object as compact JSON: a tenth of what a json_t takes */
	json_int_t generation;
};

struct catalog_entry {
	struct catalog_context about;
	struct catalog_content content;
	/* As it was told; NULL before. */
	struct catalog_resolution *resolution;
	struct catalog_resolution *next; /* within catalog_flush() */
	time_t used_told; /* lastUsed of the status */
	bool fresh; /* its object has come since it was resolved */
	bool removed;
	bool dirty;
	bool telling;
	struct catalog_entry *next_dirty;
	struct catalog_entry *next_telling;
	char name[];
};

struct catalog {
	struct catalog_events events;
	struct catalog_entry **entries; /* sorted by name; removed ones until they are told */
	size_t entry_count;
	size_t entry_capacity;
	struct catalog_entry *dirty; /* to be resolved */
	struct catalog_entry *telling; /* whose status is to be told */
	struct catalog_cache *cache;
	const struct object_set *objects; /* NULL before the first, and where memory was short */
	struct resolver *resolver; /* of objects */
	struct catalog_cluster *current; /* of objects */
	struct catalog_cluster *told; /* NULL: nothing was told yet */
	struct resolver_rows scratch;
	struct problems warnings; /* those logged last */
	uint64_t revision;
	uint64_t told_revision;
	time_t now; /* of the last catalog_expire() */
	time_t next_expiry; /* or before it, where that context has changed since */
	bool settled;
	const struct keys *signing; /* NULL: markers are not signed */
	struct shunt_keys keys; /* of passports, where has_keys */
	bool has_keys;
};

/* catalog_entry.c */

/* Whose about this is. */
const struct catalog_entry *catalog_entry_of(const struct catalog_context *about);

/* Index of the first entry whose name does not sort before name. */
size_t catalog_entry_index(const struct catalog *catalog, const char *name);

/* The entry of this name, removed ones too, or NULL. */
struct catalog_entry *catalog_entry_find(const struct catalog *catalog, const char *name);

/* Adds an empty one. -ENOMEM. */
int catalog_entry_add(struct catalog *catalog, const char *name, struct catalog_entry **entry);

/* Takes it out of the catalog and frees it. */
void catalog_entry_drop(struct catalog *catalog, struct catalog_entry *entry);
void catalog_entry_free(struct catalog_entry *entry);

/* It is to be resolved anew. */
void catalog_entry_touch(struct catalog *catalog, struct catalog_entry *entry);

/* Its status is to be told. */
void catalog_entry_tell(struct catalog *catalog, struct catalog_entry *entry);

/* Tells of what was noted. The catalog may be changed meanwhile. */
void catalog_tell(struct catalog *catalog);

/* catalog_content.c */

/*
 * Reads a Context object. *context is one block to be freed; -EINVAL: *problem is why not, to be
 * freed; -ENOMEM.
 */
int catalog_read_object(json_t *object, const char *name, struct object_context **context,
			char **problem);

/*
 * Content becomes that of the object; what a client cannot have changed since is not read again.
 * -ENOMEM: it stays as it was.
 */
int catalog_content_read(struct catalog_content *content, json_t *object, const char *name);
void catalog_content_clear(struct catalog_content *content);

/* catalog_resolution.c */

/* Whether "namespace/name" or "namespace/name:port" is of the override's service. */
bool catalog_is_of_override(const char *service, const struct object_override *override);

/* Resolves an entry into its next; times are not set. -ENOMEM. */
int catalog_resolution_make(struct catalog *catalog, struct catalog_entry *entry, time_t now);

/* Adds what is different between two; either may be NULL. -ENOMEM. */
int catalog_resolution_diff(const char *context, const struct catalog_resolution *old,
			    const struct catalog_resolution *new, struct changes *changes);

/* Whether a status made of one says the same as of the other, but for times. */
bool catalog_resolution_equals(const struct catalog_resolution *a,
			       const struct catalog_resolution *b);

/* catalog_status.c */

/* The status of a resolution of the entry; NULL for want of memory. */
json_t *catalog_status_json(const struct catalog_entry *entry,
			    const struct catalog_resolution *resolution);

/* Sets since when the next resolution is as it is: as stored, as it was before, or now. */
void catalog_status_date(struct catalog_entry *entry, json_t *stored, time_t now);

/* Takes over when the context was used, as stored. */
void catalog_status_used(struct catalog_entry *entry, json_t *stored);

/* catalog_cluster.c */

/* Adds what is different between the cluster as told and as it is. -ENOMEM. */
int catalog_cluster_diff(const struct catalog_cluster *old, const struct catalog_cluster *new,
			 struct changes *changes);

void catalog_cluster_free(struct catalog_cluster *cluster);

/* catalog_touched.c */

/* Touches what the differences between old (NULL: all) and the present objects can change. */
void catalog_touch(struct catalog *catalog, const struct object_set *old);

/* catalog_view.c */

/* The object is the entry's: where it is asked for next, its text need not be read. */
void catalog_cache_object(struct catalog_cache *cache, const struct catalog_entry *entry,
			  json_t *object);

/* Statuses are no longer as they were made. */
void catalog_cache_drop_status(struct catalog_cache *cache);

/* Also before its entry is freed. */
void catalog_cache_clear(struct catalog_cache *cache);

/* The time now, not before the last catalog_expire(). */
time_t catalog_now(const struct catalog *catalog);

#endif
