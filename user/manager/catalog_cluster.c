// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/notices.h"
#include "user/manager/catalog_state.h"

static struct catalog_name *make_name(const char *text)
{
	size_t size = strlen(text) + 1;
	struct catalog_name *name = malloc(sizeof(*name) + size);

	if (!name)
		return NULL;
	name->references = 0;
	memcpy(name->text, text, size);
	return name;
}

/* Names of ports that are in old too stay the same ones, so that rows can go on using them. */
static int take_names(struct catalog_cluster *cluster, const struct catalog_cluster *old)
{
	size_t count = cluster->tables.service_count, j = 0;
	size_t old_count = old ? old->tables.service_count : 0;

	cluster->names = calloc(count ? count : 1, sizeof(struct catalog_name *));
	if (!cluster->names)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *text = cluster->tables.services[i].name;
		int order = 1;

		while (j < old_count && (order = strcmp(old->names[j]->text, text)) < 0)
			j++;
		cluster->names[i] = j < old_count && !order ? old->names[j] : make_name(text);
		if (!cluster->names[i])
			return -ENOMEM;
		cluster->names[i]->references++;
	}
	return 0;
}

void catalog_cluster_free(struct catalog_cluster *cluster)
{
	if (!cluster)
		return;
	for (size_t i = 0; cluster->names && i < cluster->tables.service_count; i++)
		if (cluster->names[i] && !--cluster->names[i]->references)
			free(cluster->names[i]);
	free(cluster->names);
	tables_clear(&cluster->tables);
	free(cluster);
}

static int make_cluster(const struct object_set *objects, const struct catalog_cluster *told,
			struct problems *warnings, struct catalog_cluster **made,
			struct resolver **resolver)
{
	struct catalog_cluster *cluster = calloc(1, sizeof(*cluster));
	int error = cluster ? resolver_new(objects, &cluster->tables, warnings, resolver) : -ENOMEM;

	if (!error) {
		error = take_names(cluster, told);
		if (error)
			resolver_free(*resolver);
	}
	if (error)
		catalog_cluster_free(cluster);
	else
		*made = cluster;
	return error;
}

/* What is not told any more is dropped; what was told stays until other is. */
static void drop_current(struct catalog *catalog)
{
	resolver_free(catalog->resolver);
	if (catalog->current != catalog->told)
		catalog_cluster_free(catalog->current);
	catalog->resolver = NULL;
	catalog->current = NULL;
}

int catalog_set_cluster(struct catalog *catalog, const struct object_set *objects)
{
	const struct object_set *old = catalog->objects;
	struct problems warnings = {0};
	struct catalog_cluster *made = NULL;
	struct resolver *resolver = NULL;
	int error = make_cluster(objects, catalog->told, &warnings, &made, &resolver);

	catalog_forget_views(catalog);
	notices_log(&catalog->warnings, &warnings);
	drop_current(catalog);
	/* Its caller may free the old set now; the next one is then compared with nothing. */
	catalog->objects = NULL;
	if (error)
		return error;
	catalog->resolver = resolver;
	catalog->current = made;
	catalog->objects = objects;
	catalog_touch(catalog, old);
	return catalog_flush(catalog);
}

static int diff_services(const struct catalog_cluster *old, const struct catalog_cluster *new,
			 struct changes *changes)
{
	size_t i = 0, j = 0;
	int error = 0;

	while (!error && (i < old->tables.service_count || j < new->tables.service_count)) {
		int order = i == old->tables.service_count ? 1
			    : j == new->tables.service_count
				    ? -1
				    : strcmp(old->names[i]->text, new->names[j]->text);

		if (order < 0)
			error = changes_add_service(changes, old->names[i]->text, true);
		else if (order > 0)
			error = changes_add_service(changes, new->names[j]->text, false);
		i += order <= 0;
		j += order >= 0;
	}
	return error;
}

static const char *name_of(const struct catalog_cluster *cluster, size_t service)
{
	return cluster->names[service]->text;
}

static int diff_frontends(const struct catalog_cluster *old, const struct catalog_cluster *new,
			  struct changes *changes)
{
	size_t i = 0, j = 0, old_count = old->tables.frontend_count;
	size_t new_count = new->tables.frontend_count;
	int error = 0;

	while (!error && (i < old_count || j < new_count)) {
		const struct tables_frontend *a = &old->tables.frontends[i];
		const struct tables_frontend *b = &new->tables.frontends[j];
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

int catalog_cluster_add_offloaded(const struct catalog_cluster *cluster, size_t index,
				  struct changes *changes)
{
	const struct tables_offloaded *row = &cluster->tables.offloaded[index];
	const struct change_endpoint change = {
		.endpoint = row->endpoint,
		.service = name_of(cluster, row->service),
		.fence = row->fence,
		.flags = row->flags,
	};

	return changes_add_offloaded(changes, &change);
}

static bool offloaded_equal(const struct catalog_cluster *old, const struct tables_offloaded *a,
			    const struct catalog_cluster *new, const struct tables_offloaded *b)
{
	return a->fence == b->fence && a->flags == b->flags &&
	       strcmp(name_of(old, a->service), name_of(new, b->service)) == 0;
}

static int diff_offloaded(const struct catalog_cluster *old, const struct catalog_cluster *new,
			  struct changes *changes)
{
	size_t i = 0, j = 0, old_count = old->tables.offloaded_count;
	size_t new_count = new->tables.offloaded_count;
	int error = 0;

	while (!error && (i < old_count || j < new_count)) {
		const struct tables_offloaded *a = &old->tables.offloaded[i];
		const struct tables_offloaded *b = &new->tables.offloaded[j];
		int order = i == old_count   ? 1
			    : j == new_count ? -1
					     : address_compare_endpoint(&a->endpoint, &b->endpoint);

		if (order < 0)
			error = changes_add_offloaded(
				changes, &(struct change_endpoint){.endpoint = a->endpoint});
		else if (order > 0 || !offloaded_equal(old, a, new, b))
			error = catalog_cluster_add_offloaded(new, j, changes);
		i += order <= 0;
		j += order >= 0;
	}
	return error;
}

int catalog_cluster_diff(const struct catalog_cluster *old, const struct catalog_cluster *new,
			 struct changes *changes)
{
	int error = diff_services(old, new, changes);

	if (!error)
		error = diff_frontends(old, new, changes);
	if (!error)
		error = diff_offloaded(old, new, changes);
	if (memcmp(&old->tables.markers, &new->tables.markers, sizeof(new->tables.markers)) != 0)
		changes->markers = &new->tables.markers;
	if (!policy_equal(&old->tables.policy, &new->tables.policy))
		changes->policy = &new->tables.policy;
	return error;
}
