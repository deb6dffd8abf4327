// SPDX-License-Identifier: Apache-2.0
#include "user/agent/mirror.h"

#include <stdlib.h>

static size_t compact_endpoints(struct mirror_endpoint *elements, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (elements[i].state != MIRROR_REMOVED)
			elements[kept++] = elements[i];
	return kept;
}

void mirror_compact(struct mirror *mirror)
{
	size_t kept = 0;

	mirror->frontend_count = compact_endpoints(mirror->frontends, mirror->frontend_count);
	mirror->offloaded_count = compact_endpoints(mirror->offloaded, mirror->offloaded_count);
	for (size_t i = 0; i < mirror->override_count; i++)
		if (mirror->overrides[i].state != MIRROR_REMOVED)
			mirror->overrides[kept++] = mirror->overrides[i];
	mirror->override_count = kept;
}

void mirror_clear(struct mirror *mirror)
{
	if (!mirror)
		return;
	arena_clear(&mirror->arena);
	free(mirror->services);
	free(mirror->frontends);
	free(mirror->offloaded);
	free(mirror->overrides);
	free(mirror->retired);
	*mirror = (struct mirror){0};
}

bool mirror_lingers(const struct mirror *mirror, const struct mirror_endpoint *frontend)
{
	return frontend->state == MIRROR_SAME && frontend->tracked &&
	       !mirror->services[frontend->service].overridden;
}
