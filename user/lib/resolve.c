// SPDX-License-Identifier: Apache-2.0
#include "user/lib/resolve.h"

#include "user/lib/resolver.h"

static time_t find_next_expiry(const struct object_set *objects, time_t now)
{
	time_t next = 0;

	for (size_t i = 0; i < objects->context_count; i++) {
		time_t expires = objects->contexts[i].expires;

		if (expires > now && (!next || expires < next))
			next = expires;
	}
	return next;
}

/* A finished set has its contexts sorted by name, so that their rows only follow each other. */
static int resolve_contexts(const struct object_set *objects, const struct resolver *resolver,
			    time_t now, struct problems *warnings, struct tables *tables)
{
	struct resolver_rows rows = {0};
	int err = 0;

	for (size_t i = 0; !err && i < objects->context_count; i++)
		err = resolver_context(resolver, &objects->contexts[i], now, warnings, &rows);
	if (err) {
		resolver_rows_clear(&rows);
		return err;
	}
	tables->overrides = rows.overrides;
	tables->override_count = rows.override_count;
	tables->unresolved = rows.unresolved;
	tables->unresolved_count = rows.unresolved_count;
	return 0;
}

int resolve_tables(const struct object_set *objects, time_t now, struct tables *tables,
		   time_t *next_expiry, struct problems *warnings)
{
	struct tables resolved = {0};
	struct resolver *resolver;
	int err;

	err = resolver_new(objects, &resolved, warnings, &resolver);
	if (err)
		return err;
	err = resolve_contexts(objects, resolver, now, warnings, &resolved);
	resolver_free(resolver);
	if (err) {
		tables_clear(&resolved);
		return err;
	}
	*tables = resolved;
	*next_expiry = find_next_expiry(objects, now);
	return 0;
}
