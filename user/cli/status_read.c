// SPDX-License-Identifier: Apache-2.0
#include "user/cli/status_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/pod_links.h"

static int compare_links(const void *a, const void *b)
{
	const struct status_link *x = a, *y = b;
	int order = strcmp(x->netns_name, y->netns_name);

	return order ? order : strcmp(x->name, y->name);
}

static int compare_uplinks(const void *a, const void *b)
{
	const struct status_uplink *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int compare_ids(const void *a, const void *b)
{
	const struct status_override *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int compare_keys(const void *a, const void *b)
{
	const struct status_override *x = a, *y = b;
	int order = strncmp(x->key.context, y->key.context, sizeof(x->key.context));

	return order ? order
		     : (x->key.service > y->key.service) - (x->key.service < y->key.service);
}

static int read_tables(const struct maps *maps, struct status *status)
{
	static const enum pins_map tables[STATUS_TABLE_COUNT] = {
		PINS_SERVICES,	    PINS_FRONTENDS, PINS_OFFLOADED, PINS_OVERRIDES, PINS_SOURCES,
		PINS_FENCE_ALLOWED, PINS_STEERED,   PINS_FLOWS,	    PINS_HELD,	    PINS_FRAMING,
	};
	int error = 0;

	for (size_t i = 0; !error && i < STATUS_TABLE_COUNT; i++) {
		struct status_entries *entries = &status->tables[i];

		entries->map = tables[i];
		error = maps_count(maps->fds[tables[i]], &entries->count);
		if (!error)
			error = maps_capacity(maps->fds[tables[i]], &entries->capacity);
	}
	return error;
}

static int add_link(struct status *status, const struct status_link *link)
{
	int error = array_grow(&status->links, &status->link_capacity, status->link_count,
			       sizeof(*link));

	if (!error)
		status->links[status->link_count++] = *link;
	return error;
}

/* A link that went away a moment ago, and what cannot be asked about it, is left out. */
static int on_link(void *argument, const void *key, const void *value)
{
	struct status_link link = {0};

	(void)value;
	memcpy(&link.ifindex, key, sizeof(link.ifindex));
	if (!if_indextoname(link.ifindex, link.name) ||
	    filters_query((int)link.ifindex, FILTERS_HOST_END, &link.filters))
		return 0;
	return add_link(argument, &link);
}

/* A pod has links that are none of ours. */
static int on_pod_link(void *argument, const struct pod_link *found)
{
	struct status_link link = {.ifindex = found->ifindex, .netns = found->netns->number};

	if (filters_query((int)link.ifindex, FILTERS_POD_END, &link.filters) ||
	    (!link.filters.from_pod && !link.filters.to_pod))
		return 0;
	snprintf(link.name, sizeof(link.name), "%s", found->name);
	snprintf(link.netns_name, sizeof(link.netns_name), "%s", found->netns->name);
	return add_link(argument, &link);
}

static int read_links(const struct maps *maps, struct status *status)
{
	int fd = maps->fds[PINS_LINKS], error;

	error = status->settings.flags & SHUNT_SETTINGS_AT_POD
			? pod_links_each(fd, on_pod_link, status)
			: maps_each(fd, 0, on_link, status);
	if (!error)
		array_sort(status->links, status->link_count, sizeof(*status->links),
			   compare_links);
	return error;
}

struct uplink_walk {
	const char *directory;
	struct status *status;
};

static int on_uplink(void *argument, int ifindex)
{
	const struct uplink_walk *walk = argument;
	struct status *status = walk->status;
	struct status_uplink uplink = {.ifindex = ifindex};
	int error;

	uplink.mode = uplink_query(walk->directory, ifindex);
	if (uplink.mode == UPLINK_NONE || !if_indextoname((unsigned int)ifindex, uplink.name))
		return 0;
	error = array_grow(&status->uplinks, &status->uplink_capacity, status->uplink_count,
			   sizeof(uplink));
	if (!error)
		status->uplinks[status->uplink_count++] = uplink;
	return error;
}

static int read_uplinks(const char *directory, struct status *status)
{
	struct uplink_walk walk = {directory, status};
	int error = uplink_each(directory, on_uplink, &walk);

	if (!error)
		array_sort(status->uplinks, status->uplink_count, sizeof(*status->uplinks),
			   compare_uplinks);
	return error;
}

static int on_counts(void *argument, const void *key, const void *value)
{
	struct status_override override = {0};
	struct status *status = argument;
	__u64 sums[3];
	int error;

	memcpy(&override.id, key, sizeof(override.id));
	maps_add_up(value, sums, 3);
	override.counts = (struct shunt_override_stats){sums[0], sums[1], sums[2]};
	error = array_grow(&status->overrides, &status->override_capacity, status->override_count,
			   sizeof(override));
	if (!error)
		status->overrides[status->override_count++] = override;
	return error;
}

/* Gives the counts of an id their name. */
static int on_override(void *argument, const void *key, const void *value)
{
	const struct shunt_override *override = value;
	struct status *status = argument;
	struct status_override wanted = {.id = override->id};
	size_t found = array_lower_bound(&wanted, status->overrides, status->override_count,
					 sizeof(wanted), compare_ids);

	if (found < status->override_count && status->overrides[found].id == wanted.id)
		memcpy(&status->overrides[found].key, key, sizeof(wanted.key));
	return 0;
}

static int read_overrides(const struct maps *maps, struct status *status)
{
	size_t kept = 0;
	int error;

	error = maps_each(maps->fds[PINS_OVERRIDE_STATS], 0, on_counts, status);
	if (error)
		return error;
	array_sort(status->overrides, status->override_count, sizeof(*status->overrides),
		   compare_ids);
	error = maps_each(maps->fds[PINS_OVERRIDES], 0, on_override, status);
	if (error)
		return error;
	/* Those of removed overrides, which moved connections still count for, have no name. */
	for (size_t i = 0; i < status->override_count; i++)
		if (status->overrides[i].key.context[0])
			status->overrides[kept++] = status->overrides[i];
	status->override_count = kept;
	array_sort(status->overrides, kept, sizeof(*status->overrides), compare_keys);
	return 0;
}

static int read_markers(const struct maps *maps, struct status *status)
{
	struct shunt_markers table;
	int error;

	error = maps_read_markers(maps, &table);
	if (!error)
		status->marker_count = markers_list(&table, status->markers);
	return error;
}

int status_read(const char *directory, const struct maps *maps, struct status *status)
{
	struct status read = {0};
	int error;

	error = maps_read_settings(maps, &read.settings);
	if (!error)
		error = maps_read_epoch(maps, &read.epoch);
	if (!error)
		error = read_markers(maps, &read);
	if (!error)
		error = read_tables(maps, &read);
	if (!error)
		error = maps_read_stats(maps, read.counts);
	if (!error)
		error = read_links(maps, &read);
	if (!error)
		error = read_uplinks(directory, &read);
	if (!error)
		error = read_overrides(maps, &read);
	if (error) {
		status_clear(&read);
		return error;
	}
	*status = read;
	return 0;
}

void status_clear(struct status *status)
{
	free(status->links);
	free(status->uplinks);
	free(status->overrides);
	*status = (struct status){0};
}
