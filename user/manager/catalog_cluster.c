// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/changes_tables.h"
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

int catalog_cluster_diff(const struct catalog_cluster *old, const struct catalog_cluster *new,
			 struct changes *changes)
{
	return changes_between_tables(&old->tables, &new->tables, changes);
}
