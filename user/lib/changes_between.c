// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/changes_tables.h"

static int diff_services(const struct tables *old, const struct tables *new,
			 struct changes *changes)
{
	size_t i = 0, j = 0;
	int error = 0;

	while (!error && (i < old->service_count || j < new->service_count)) {
		int order = i == old->service_count ? 1
			    : j == new->service_count
				    ? -1
				    : strcmp(old->services[i].name, new->services[j].name);

		if (order < 0)
			error = changes_add_service(changes, old->services[i].name, true);
		else if (order > 0)
			error = changes_add_service(changes, new->services[j].name, false);
		i += order <= 0;
		j += order >= 0;
	}
	return error;
}

static const char *name_of(const struct tables *tables, size_t service)
{
	return tables->services[service].name;
}

static int diff_frontends(const struct tables *old, const struct tables *new,
			  struct changes *changes)
{
	size_t i = 0, j = 0, old_count = old->frontend_count;
	size_t new_count = new->frontend_count;
	int error = 0;

	while (!error && (i < old_count || j < new_count)) {
		const struct tables_frontend *a = &old->frontends[i];
		const struct tables_frontend *b = &new->frontends[j];
		int order = i == old_count   ? 1
			    : j == new_count ? -1
					     : address_compare_endpoint(&a->endpoint, &b->endpoint);

		if (order < 0)
			error = changes_add_frontend(changes, &a->endpoint, NULL);
		else if (order > 0 ||
			 strcmp(name_of(old, a->service), name_of(new, b->service)) != 0)
			error = changes_add_frontend(changes, &b->endpoint,
						     name_of(new, b->service));
		i += order <= 0;
		j += order >= 0;
	}
	return error;
}

static bool offloaded_equal(const struct tables *old, const struct tables_offloaded *a,
			    const struct tables *new, const struct tables_offloaded *b)
{
	return a->fence == b->fence && a->flags == b->flags &&
	       strcmp(name_of(old, a->service), name_of(new, b->service)) == 0;
}

static int diff_offloaded(const struct tables *old, const struct tables *new,
			  struct changes *changes)
{
	size_t i = 0, j = 0, old_count = old->offloaded_count;
	size_t new_count = new->offloaded_count;
	int error = 0;

	while (!error && (i < old_count || j < new_count)) {
		const struct tables_offloaded *a = &old->offloaded[i];
		const struct tables_offloaded *b = &new->offloaded[j];
		int order = i == old_count   ? 1
			    : j == new_count ? -1
					     : address_compare_endpoint(&a->endpoint, &b->endpoint);

		if (order < 0)
			error = changes_add_offloaded(
				changes, &(struct change_endpoint){.endpoint = a->endpoint});
		else if (order > 0 || !offloaded_equal(old, a, new, b))
			error = changes_add_offloaded(changes,
						      &(struct change_endpoint){
							      .endpoint = b->endpoint,
							      .service = name_of(new, b->service),
							      .fence = b->fence,
							      .flags = b->flags,
						      });
		i += order <= 0;
		j += order >= 0;
	}
	return error;
}

int changes_between_tables(const struct tables *old, const struct tables *new,
			   struct changes *changes)
{
	int error = diff_services(old, new, changes);

	if (!error)
		error = diff_frontends(old, new, changes);
	if (!error)
		error = diff_offloaded(old, new, changes);
	if (memcmp(&old->markers, &new->markers, sizeof(new->markers)) != 0)
		changes->markers = &new->markers;
	if (!policy_equal(&old->policy, &new->policy))
		changes->policy = &new->policy;
	return error;
}
