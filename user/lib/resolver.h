/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolution in two steps: a cluster's objects once, then each context by itself. What changes with
 * a context costs as much as that context, not as all of them.
 */
#ifndef SHUNT_USER_LIB_RESOLVER_H
#define SHUNT_USER_LIB_RESOLVER_H

#include <stdbool.h>
#include <time.h>
#include "user/lib/object.h"
#include "user/lib/problems.h"
#include "user/lib/tables.h"

struct resolver;

/* The overrides of one context, sorted by service. All zero is none. */
struct resolver_rows {
	struct tables_override *overrides;
	size_t override_count;
	size_t override_capacity;
	struct tables_unresolved *unresolved;
	size_t unresolved_count;
	size_t unresolved_capacity;
};

/*
 * Looks through the services, pods, slices and settings of a finished set, which must outlive the
 * resolver; its contexts are not looked at. *tables gets services, frontends, offloaded, markers
 * and policy, and no overrides; the caller clears it. warnings as with resolve_tables(). -ENOMEM.
 */
int resolver_new(const struct object_set *objects, struct tables *tables, struct problems *warnings,
		 struct resolver **resolver);

/*
 * Resolves one context at the time now; one that has expired has no rows. They are appended to
 * *rows, sorted among themselves; their services are indexes into the tables that came with the
 * resolver. The caller clears *rows. -ENOMEM; nothing is appended then.
 */
int resolver_context(const struct resolver *resolver, const struct object_context *context,
		     time_t now, struct problems *warnings, struct resolver_rows *rows);

/*
 * Whether the objects there are contradict an override, so that no pod that starts can resolve it:
 * its service is not there or has no TCP port, its address is of no offloaded pod of the service
 * (Ready or not), its pod is there but not offloaded for the service or on the host network.
 */
bool resolver_is_hopeless(const struct resolver *resolver, const struct object_override *override);

void resolver_rows_clear(struct resolver_rows *rows);

/* Safe on NULL. */
void resolver_free(struct resolver *resolver);

#endif
