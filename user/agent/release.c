// SPDX-License-Identifier: Apache-2.0
#include "user/agent/release.h"

#include <errno.h>
#include <stdlib.h>

void release_frontends(struct batch *batch, const struct uses *uses)
{
	struct mirror *mirror = batch->mirror;

	batch_begin(batch, PINS_FRONTENDS, true);
	for (size_t i = 0; i < mirror->frontend_count; i++)
		if (mirror->frontends[i].state == MIRROR_REMOVE &&
		    !uses_remote(uses, &mirror->frontends[i].endpoint))
			batch_add(batch, i);
	batch_flush(batch);
	batch_begin(batch, PINS_FRONTENDS, false);
	for (size_t i = 0; i < mirror->frontend_count; i++) {
		if (!mirror_lingers(mirror, &mirror->frontends[i]) ||
		    uses_remote(uses, &mirror->frontends[i].endpoint))
			continue;
		mirror->frontends[i].tracked = false;
		mirror->frontends[i].state = MIRROR_WRITE;
		batch_add(batch, i);
	}
	batch_flush(batch);
}

static void mark_referenced(const struct mirror_endpoint *elements, size_t count, bool *referenced)
{
	for (size_t i = 0; i < count; i++)
		if (elements[i].state != MIRROR_REMOVED)
			referenced[elements[i].service] = true;
}

int release_services(struct batch *batch, const struct uses *uses)
{
	struct mirror *mirror = batch->mirror;
	bool *referenced = calloc(mirror->service_count + 1, sizeof(*referenced));

	if (!referenced)
		return -ENOMEM;
	mark_referenced(mirror->frontends, mirror->frontend_count, referenced);
	mark_referenced(mirror->offloaded, mirror->offloaded_count, referenced);
	for (size_t i = 0; i < mirror->override_count; i++)
		referenced[mirror->overrides[i].service] = true;
	batch_begin(batch, PINS_SERVICES, true);
	for (size_t i = 0; i < mirror->service_count; i++)
		if (mirror->services[i].state == MIRROR_REMOVE && !referenced[i] &&
		    !uses_service(uses, mirror->services[i].id))
			batch_add(batch, i);
	batch_flush(batch);
	free(referenced);
	return 0;
}

void release_counts(struct batch *batch, const struct uses *uses)
{
	const struct backend *backend = batch->backend;
	struct mirror *mirror = batch->mirror;
	size_t kept = 0;

	for (size_t i = 0; i < mirror->retired_count; i++) {
		__u32 id = mirror->retired[i];
		__u32 count = 1;
		int error = -EBUSY;

		if (!uses_override(uses, id))
			error = backend->remove(backend->context, PINS_OVERRIDE_STATS, &id, &count);
		if (error && error != -ENOENT)
			mirror->retired[kept++] = id;
	}
	mirror->retired_count = kept;
}
