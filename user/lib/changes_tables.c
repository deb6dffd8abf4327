// SPDX-License-Identifier: Apache-2.0
#include "user/lib/changes_tables.h"

#include <string.h>
#include "user/lib/address.h"

static const char *name_of(const struct tables *tables, size_t service)
{
	return tables->services[service].name;
}

static int add_offloaded(const struct tables *tables, const struct tables_offloaded *row,
			 struct changes *changes)
{
	const struct change_endpoint change = {
		.endpoint = row->endpoint,
		.service = name_of(tables, row->service),
		.fence = row->fence,
		.flags = row->flags,
	};

	return changes_add_offloaded(changes, &change);
}

int changes_add_tables(struct changes *changes, const struct tables *tables)
{
	int error = 0;

	for (size_t i = 0; !error && i < tables->service_count; i++)
		error = changes_add_service(changes, tables->services[i].name, false);
	for (size_t i = 0; !error && i < tables->frontend_count; i++)
		error = changes_add_frontend(changes, &tables->frontends[i].endpoint,
					     name_of(tables, tables->frontends[i].service));
	for (size_t i = 0; !error && i < tables->offloaded_count; i++)
		error = add_offloaded(tables, &tables->offloaded[i], changes);
	changes->markers = &tables->markers;
	changes->policy = &tables->policy;
	return error;
}

static int add_overrides(struct changes *changes, const struct tables *tables)
{
	int error = 0;

	for (size_t i = 0; !error && i < tables->override_count; i++) {
		const struct tables_override *row = &tables->overrides[i];
		const struct change_override change = {
			.context = row->context,
			.service = name_of(tables, row->service),
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
	struct changes made = {.snapshot = true};
	int error = changes_add_tables(&made, tables);

	if (!error)
		error = add_overrides(&made, tables);
	if (error)
		changes_clear(&made);
	else
		*changes = made;
	return error;
}
