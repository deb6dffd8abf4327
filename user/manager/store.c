// SPDX-License-Identifier: Apache-2.0
#include "user/manager/store_operations.h"

#include <errno.h>
#include "user/manager/store_object.h"

static void refuse(store_done done, void *argument, const char *problem)
{
	struct store_result result = {.error = -EINVAL, .problem = problem};

	done(argument, &result);
}

void store_stop(struct store *store)
{
	if (store)
		store->operations->stop(store);
}

bool store_is_ready(const struct store *store, const char **problem)
{
	return store->operations->is_ready(store, problem);
}

void store_put(struct store *store, json_t *object, const char *expected,
	       const struct store_audit *audit, store_done done, void *argument)
{
	const char *problem = store_object_check(object);

	if (problem)
		refuse(done, argument, problem);
	else
		store->operations->put(store, object, expected, audit, done, argument);
}

void store_remove(struct store *store, const char *name, const char *expected,
		  const struct store_audit *audit, store_done done, void *argument)
{
	store->operations->remove(store, name, expected, audit, done, argument);
}

void store_put_status(struct store *store, const char *name, json_t *status, const char *expected,
		      store_done done, void *argument)
{
	if (!json_is_object(status))
		refuse(done, argument, "status has to be an object");
	else
		store->operations->put_status(store, name, status, expected, done, argument);
}

void store_audit_list(struct store *store, const struct store_audit_query *query,
		      store_audit_done done, void *argument)
{
	struct store_audit_query bounded = *query;

	if (!bounded.limit || bounded.limit > STORE_AUDIT_LIMIT)
		bounded.limit = STORE_AUDIT_LIMIT;
	store->operations->audit_list(store, &bounded, done, argument);
}

void store_share(struct store *store, json_t *nodes)
{
	store->operations->share(store, nodes);
}

void store_metrics(const struct store *store, FILE *file)
{
	store->operations->metrics(store, file);
}
