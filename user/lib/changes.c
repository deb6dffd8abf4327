// SPDX-License-Identifier: Apache-2.0
#include "user/lib/changes.h"

#include <stdlib.h>
#include "user/lib/array.h"

int changes_add_service(struct changes *changes, const char *name, bool removed)
{
	int error = array_grow(&changes->services, &changes->service_capacity,
			       changes->service_count, sizeof(*changes->services));

	if (!error)
		changes->services[changes->service_count++] =
			(struct change_service){.name = name, .removed = removed};
	return error;
}

int changes_add_frontend(struct changes *changes, const struct shunt_endpoint *endpoint,
			 const char *service)
{
	int error = array_grow(&changes->frontends, &changes->frontend_capacity,
			       changes->frontend_count, sizeof(*changes->frontends));

	if (!error)
		changes->frontends[changes->frontend_count++] =
			(struct change_endpoint){.endpoint = *endpoint, .service = service};
	return error;
}

int changes_add_offloaded(struct changes *changes, const struct change_endpoint *endpoint)
{
	int error = array_grow(&changes->offloaded, &changes->offloaded_capacity,
			       changes->offloaded_count, sizeof(*changes->offloaded));

	if (!error)
		changes->offloaded[changes->offloaded_count++] = *endpoint;
	return error;
}

int changes_add_override(struct changes *changes, const struct change_override *override)
{
	int error = array_grow(&changes->overrides, &changes->override_capacity,
			       changes->override_count, sizeof(*changes->overrides));

	if (!error)
		changes->overrides[changes->override_count++] = *override;
	return error;
}

bool changes_is_empty(const struct changes *changes)
{
	return !changes->snapshot && !changes->markers && !changes->keys && !changes->policy &&
	       !changes->service_count && !changes->frontend_count && !changes->offloaded_count &&
	       !changes->override_count;
}

void changes_clear(struct changes *changes)
{
	if (!changes)
		return;
	free(changes->services);
	free(changes->frontends);
	free(changes->offloaded);
	free(changes->overrides);
	arena_clear(&changes->arena);
	*changes = (struct changes){0};
}
