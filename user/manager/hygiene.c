// SPDX-License-Identifier: Apache-2.0
#include "user/manager/hygiene.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/log.h"

#define INTERVAL_MS 60000
#define FIRST_MS 5000
#define AT_ONCE 64 /* removals in one round */

struct hygiene {
	uv_timer_t timer;
	const struct catalog *catalog;
	struct store *store;
	struct catalog_filter filter; /* those to be removed */
};

static void on_removed(void *argument, const struct store_result *result)
{
	(void)argument;
	/* Another manager may have been first. */
	if (result->error && result->error != -ENOENT && result->error != -EAGAIN)
		log_line("cannot remove an expired context: %s", result->problem);
}

static void remove_one(struct hygiene *hygiene, const struct catalog_context *context)
{
	static const struct store_audit audit = {
		.actor = HYGIENE_ACTOR, .action = "expire", .detail = "expired for long"};

	store_remove(hygiene->store, context->name, context->version, &audit, on_removed, hygiene);
}

static void on_timer(uv_timer_t *timer)
{
	struct hygiene *hygiene = timer->data;
	const struct catalog_context *next = catalog_next(hygiene->catalog, &hygiene->filter, NULL);

	for (size_t i = 0; next && i < AT_ONCE; i++) {
		/* The catalog may be told of the removal at once. */
		char *name = strdup(next->name);

		remove_one(hygiene, next);
		next = name ? catalog_next(hygiene->catalog, &hygiene->filter, name) : NULL;
		free(name);
	}
}

struct hygiene *hygiene_start(uv_loop_t *loop, const struct catalog *catalog, struct store *store,
			      unsigned long keep_expired_s)
{
	struct hygiene *hygiene = calloc(1, sizeof(*hygiene));

	if (!hygiene)
		return NULL;
	hygiene->catalog = catalog;
	hygiene->store = store;
	hygiene->filter = (struct catalog_filter){.wanted = CATALOG_WANT_EXPIRED,
						  .expired_since_s = keep_expired_s};
	uv_timer_init(loop, &hygiene->timer);
	hygiene->timer.data = hygiene;
	uv_timer_start(&hygiene->timer, on_timer, FIRST_MS, INTERVAL_MS);
	return hygiene;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void hygiene_stop(struct hygiene *hygiene)
{
	if (hygiene)
		uv_close((uv_handle_t *)&hygiene->timer, on_closed);
}
