// SPDX-License-Identifier: Apache-2.0
#include "user/agent/mirror.h"

static int add_services(const struct mirror *mirror, struct changes *changes)
{
	int error = 0;

	for (__u32 i = 0; !error && i < mirror->services.count; i++) {
		const struct mirror_service *service = mirror_service(mirror, i);

		if (service->element.used && service->element.wanted)
			error = changes_add_service(changes, service->name, false);
	}
	return error;
}

static int add_endpoints(const struct mirror *mirror, const struct mirror_table *table,
			 struct changes *changes)
{
	int error = 0;

	for (__u32 i = 0; !error && i < table->count; i++) {
		const struct mirror_endpoint *endpoint = mirror_endpoint(table, i);
		struct change_endpoint change = {
			.endpoint = endpoint->endpoint,
			.fence = endpoint->fence,
			.flags = endpoint->flags,
		};

		if (!endpoint->element.used || !endpoint->element.wanted)
			continue;
		change.service = mirror_service(mirror, endpoint->service)->name;
		error = table == &mirror->frontends
				? changes_add_frontend(changes, &change.endpoint, change.service)
				: changes_add_offloaded(changes, &change);
	}
	return error;
}

static int add_overrides(const struct mirror *mirror, struct changes *changes)
{
	int error = 0;

	for (__u32 i = 0; !error && i < mirror->overrides.count; i++) {
		const struct mirror_override *override = mirror_override(mirror, i);
		struct change_override change = {
			.endpoints = mirror_endpoints(override),
			.endpoint_count = override->endpoint_count,
			.on_unreachable = override->on_unreachable,
			.flags = override->flags,
			.tag = override->tag,
		};

		if (!override->element.used || !override->element.wanted)
			continue;
		change.context = mirror_context(mirror, override->context)->name;
		change.service = mirror_service(mirror, override->service)->name;
		error = changes_add_override(changes, &change);
	}
	return error;
}

int mirror_snapshot(const struct mirror *mirror, struct changes *changes)
{
	struct changes made = {.snapshot = true};
	int error;

	error = add_services(mirror, &made);
	if (!error)
		error = add_endpoints(mirror, &mirror->frontends, &made);
	if (!error)
		error = add_endpoints(mirror, &mirror->offloaded, &made);
	if (!error)
		error = add_overrides(mirror, &made);
	if (error)
		changes_clear(&made);
	else
		*changes = made;
	return error;
}
