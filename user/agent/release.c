// SPDX-License-Identifier: Apache-2.0
#include "user/agent/release.h"

#include <errno.h>

static void remove_frontends(struct batch *batch, const struct uses *uses)
{
	const struct mirror_table *table = &batch->mirror->frontends;

	batch_begin(batch, PINS_FRONTENDS, true);
	for (size_t i = 0; i < table->work_count; i++) {
		const struct mirror_endpoint *frontend = mirror_endpoint(table, table->work[i]);

		if (!frontend->element.wanted && frontend->element.present &&
		    !uses_remote(uses, &frontend->endpoint))
			batch_add(batch, table->work[i]);
	}
	batch_flush(batch);
}

void release_frontends(struct batch *batch, const struct uses *uses)
{
	const struct mirror_table *table = &batch->mirror->frontends;

	remove_frontends(batch, uses);
	batch_begin(batch, PINS_FRONTENDS, false);
	for (size_t i = 0; i < table->work_count; i++) {
		struct mirror_endpoint *frontend = mirror_endpoint(table, table->work[i]);

		if (!mirror_lingers(batch->mirror, frontend) ||
		    uses_remote(uses, &frontend->endpoint))
			continue;
		frontend->tracked = false;
		frontend->element.current = false;
		batch_add(batch, table->work[i]);
	}
	batch_flush(batch);
	mirror_settle(batch->mirror, PINS_FRONTENDS);
}

/* What takes the place of a service that is gone is not to begin with its counts. */
static void clear_service_stats(struct batch *batch)
{
	const struct backend *backend = batch->backend;
	struct mirror *mirror = batch->mirror;

	for (size_t i = 0; i < mirror->services.work_count; i++) {
		const struct mirror_service *service =
			mirror_service(mirror, mirror->services.work[i]);
		__u32 index = service->id % SHUNT_SERVICE_STATS_MAX, count = 1;

		if (service->element.wanted || service->element.present || service->references)
			continue;
		backend->remove(backend->context, PINS_SERVICE_STATS, &index, &count);
		count = 1;
		backend->remove(backend->context, PINS_PROPAGATION, &service->id, &count);
	}
}

void release_services(struct batch *batch, const struct uses *uses)
{
	struct mirror *mirror = batch->mirror;

	batch_begin(batch, PINS_SERVICES, true);
	for (size_t i = 0; i < mirror->services.work_count; i++) {
		__u32 slot = mirror->services.work[i];
		const struct mirror_service *service = mirror_service(mirror, slot);

		if (!service->element.wanted && service->element.present && !service->references &&
		    !uses_service(uses, service->id))
			batch_add(batch, slot);
	}
	batch_flush(batch);
	clear_service_stats(batch);
	mirror_settle(mirror, PINS_SERVICES);
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
