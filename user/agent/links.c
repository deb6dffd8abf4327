// SPDX-License-Identifier: Apache-2.0
#include "user/agent/links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include "user/lib/array.h"
#include "user/lib/filters.h"
#include "user/lib/log.h"

struct link {
	struct rtnl_link info;
	struct shunt_link element; /* as it is in the map */
	bool has_element;
	bool attached;
	bool seen; /* by the dump under way */
	int error; /* why it could not be attached to; 0 where it was not tried or is */
};

static int map_fd(const struct links *links)
{
	return links->kernel->maps.fds[PINS_LINKS];
}

static struct link *find(const struct links *links, int ifindex)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->items[i].info.ifindex == ifindex)
			return &links->items[i];
	return NULL;
}

/* The link of this index; one not known yet takes over what an earlier agent noted of it. */
static struct link *find_or_add(struct links *links, int ifindex)
{
	struct link *link = find(links, ifindex);

	if (link)
		return link;
	if (array_grow(&links->items, &links->capacity, links->count, sizeof(*link)))
		return NULL;
	link = &links->items[links->count++];
	*link = (struct link){.info.ifindex = ifindex};
	link->has_element = bpf_map_lookup_elem(map_fd(links), &ifindex, &link->element) == 0;
	return link;
}

static void note_failure(struct links *links, struct link *link, int error)
{
	/* It went away; the message that says so is on its way. */
	if (error == -ENODEV)
		return;
	links->failures++;
	if (error != link->error)
		log_line("%s: cannot attach: %s", link->info.name, filters_explain(error));
	link->error = error;
}

static struct shunt_link describe(const struct links *links, const struct link *link)
{
	struct shunt_link element = {.netns_id = link->info.netns_id};
	const struct link *master = link->info.master ? find(links, link->info.master) : NULL;

	if (link->has_element)
		element.flags = link->element.flags & SHUNT_LINK_QDISC;
	if (master && strcmp(link->info.port_kind, "bridge") == 0) {
		element.flags |= SHUNT_LINK_BRIDGED;
		memcpy(element.mac, master->info.mac, sizeof(element.mac));
	}
	return element;
}

static int write_element(const struct links *links, struct link *link, struct shunt_link element)
{
	int error;

	if (link->has_element && memcmp(&link->element, &element, sizeof(element)) == 0)
		return 0;
	error = bpf_map_update_elem(map_fd(links), &link->info.ifindex, &element, BPF_ANY);
	if (!error) {
		link->element = element;
		link->has_element = true;
	}
	return error;
}

static int attach(struct links *links, struct link *link)
{
	const int *programs = links->kernel->programs;
	struct shunt_link element = describe(links, link);
	bool made = false;
	int error = 0;

	if (!link->attached)
		error = filters_prepare(link->info.ifindex, &made);
	if (made)
		element.flags |= SHUNT_LINK_QDISC;
	if (!error)
		error = write_element(links, link, element);
	if (!error && !link->attached)
		error = filters_attach(link->info.ifindex, FILTERS_HOST_END,
				       programs[PINS_FROM_POD], programs[PINS_TO_POD]);
	return error;
}

static void remove_element(const struct links *links, struct link *link)
{
	if (link->has_element)
		bpf_map_delete_elem(map_fd(links), &link->info.ifindex);
	link->has_element = false;
}

static void detach(const struct links *links, struct link *link)
{
	unsigned int removed;
	bool gone;

	if (filters_detach(link->info.ifindex, FILTERS_HOST_END, &removed))
		return;
	if (link->element.flags & SHUNT_LINK_QDISC)
		filters_remove_empty_qdisc(link->info.ifindex, &gone);
	if (removed)
		log_line("%s: detached, no longer chosen", link->info.name);
	remove_element(links, link);
	link->attached = false;
	link->error = 0;
}

/* Brings the kernel to what the link is now. */
static void update(struct links *links, struct link *link)
{
	int error;

	if (!choice_includes(links->choice, &link->info)) {
		if (link->has_element)
			detach(links, link);
		return;
	}
	error = attach(links, link);
	if (error) {
		note_failure(links, link, error);
		return;
	}
	if (!link->attached)
		log_line("%s: attached", link->info.name);
	link->attached = true;
	link->error = 0;
}

static void update_ports(struct links *links, int master)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->items[i].info.master == master)
			update(links, &links->items[i]);
}

static void forget(struct links *links, struct link *link)
{
	remove_element(links, link);
	*link = links->items[--links->count];
}

/* Ours may not be what was removed. A link that is going away has none, which is as it should be. */
static void restore_filters(struct links *links, struct link *link)
{
	struct filters filters;

	if (!link->attached || filters_query(link->info.ifindex, FILTERS_HOST_END, &filters) ||
	    (filters.from_pod && filters.to_pod))
		return;
	log_line("%s: somebody removed our filters", link->info.name);
	link->attached = false;
	update(links, link);
	links->restored += link->attached;
}

static void change_link(struct links *links, const struct rtnl_link *info)
{
	struct link *link = find_or_add(links, info->ifindex);

	if (!link) {
		log_line("%s: %s", info->name, strerror(ENOMEM));
		return;
	}
	link->info = *info;
	update(links, link);
	if (strcmp(info->kind, "bridge") == 0)
		update_ports(links, info->ifindex);
}

void links_change(struct links *links, const struct rtnl_event *event)
{
	struct link *link;

	if (event->change == RTNL_IS) {
		change_link(links, &event->link);
		return;
	}
	link = find(links, event->link.ifindex);
	if (!link)
		return;
	if (event->change == RTNL_GONE)
		forget(links, link);
	else
		restore_filters(links, link);
}

static void take(void *argument, const struct rtnl_event *event)
{
	struct link *link = find_or_add(argument, event->link.ifindex);

	if (!link)
		return;
	link->info = event->link;
	link->seen = true;
}

static int find_stale(void *argument, const void *key, const void *value)
{
	struct links *links = argument;
	struct link *link;
	int ifindex;

	(void)value;
	memcpy(&ifindex, key, sizeof(ifindex));
	link = find_or_add(links, ifindex);
	return link ? 0 : -ENOMEM;
}

int links_read(struct links *links)
{
	int error;

	for (size_t i = 0; i < links->count; i++)
		links->items[i].seen = false;
	/* Elements of links that went while no agent ran are known by this, and never seen. */
	error = maps_each(map_fd(links), 0, find_stale, links);
	if (!error)
		error = rtnl_dump(take, links);
	if (error)
		return error;
	for (size_t i = links->count; i-- > 0;)
		if (!links->items[i].seen)
			forget(links, &links->items[i]);
	/* A bridge may come after its ports: only now all are known. */
	for (size_t i = 0; i < links->count; i++) {
		restore_filters(links, &links->items[i]);
		update(links, &links->items[i]);
	}
	return 0;
}

void links_retry(struct links *links)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->items[i].error)
			update(links, &links->items[i]);
}

int links_each(const struct links *links, links_visit visit, void *argument)
{
	int stopped = 0;

	for (size_t i = 0; i < links->count && !stopped; i++)
		if (links->items[i].attached)
			stopped = visit(argument, (__u32)links->items[i].info.ifindex,
					links->items[i].info.netns_id);
	return stopped;
}

void links_count(const struct links *links, size_t *attached, size_t *chosen)
{
	*attached = *chosen = 0;
	for (size_t i = 0; i < links->count; i++) {
		*attached += links->items[i].attached;
		*chosen += choice_includes(links->choice, &links->items[i].info);
	}
}

void links_clear(struct links *links)
{
	free(links->items);
	links->items = NULL;
	links->count = links->capacity = 0;
}
