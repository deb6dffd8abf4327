/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of store does; store.c calls it. Only stores include this. */
#ifndef SHUNT_USER_MANAGER_STORE_OPERATIONS_H
#define SHUNT_USER_MANAGER_STORE_OPERATIONS_H

#include "user/manager/store.h"

#define STORE_AUDIT_LIMIT 1000 /* entries in one answer */

/* As the functions of store.h that are named like them. */
struct store_operations {
	void (*stop)(struct store *store);
	bool (*is_ready)(const struct store *store, const char **problem);
	void (*put)(struct store *store, json_t *object, const char *expected,
		    const struct store_audit *audit, store_done done, void *argument);
	void (*remove)(struct store *store, const char *name, const char *expected,
		       const struct store_audit *audit, store_done done, void *argument);
	void (*put_status)(struct store *store, const char *name, json_t *status,
			   const char *expected, store_done done, void *argument);
	void (*audit_list)(struct store *store, const struct store_audit_query *query,
			   store_audit_done done, void *argument);
	void (*share)(struct store *store, json_t *nodes);
	void (*metrics)(const struct store *store, FILE *file);
};

/* The first member of every store. */
struct store {
	const struct store_operations *operations;
};

#endif
