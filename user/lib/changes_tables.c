// SPDX-License-Identifier: Apache-2.0
#include "user/lib/changes_tables.h"

static int add_all(const struct tables *tables, struct changes *changes)
{
	int error = 0;

	for (size_t i = 0; !error && i < tables->service_count; i++)
		error = changes_add_service(changes, tables->services[i].name, false);
	for (size_t i = 0; !error && i < tables->frontend_count; i++)
		error = changes_add_frontend(changes, &tables->frontends[i].endpoint,
					     tables->services[tables->frontends[i].service].name);
	for (size_t i = 0; !error && i < tables->offloaded_count; i++) {
		const struct tables_offloaded *row = &tables->offloaded[i];
		const struct change_endpoint change = {
			.endpoint = row->endpoint,
			.service = tables->services[row->service].name,
			.fence = row->fence,
			.flags = row->flags,
		};

		error = changes_add_offloaded(changes, &change);
	}
	for (size_t i = 0; !error && i < tables->override_count; i++) {
		const struct tables_override *row = &tables->overrides[i];
		const struct change_override change = {
			.context = row->context,
			.service = tables->services[row->service].name,
			.endpoints = row->endpoints,
			.endpoint_count = row->endpoint_count,
			.on_unreachable = row->on_unreachable,
			.flags = row->flags,
		};

		error = changes_add_override(changes, &change);
	}
	return error;
}

int changes_of_tables(const struct tables *tables, struct changes *changes)
{
	struct changes made = {
		.snapshot = true, .markers = &tables->markers, .policy = &tables->policy};
	int error = add_all(tables, &made);

	if (error)
		changes_clear(&made);
	else
		*changes = made;
	return error;
}
