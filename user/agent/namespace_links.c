// SPDX-License-Identifier: Apache-2.0
#include "user/agent/namespace_links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "user/lib/array.h"
#include "user/lib/filters.h"
#include "user/lib/log.h"

/* What is there now, while we are in the namespace. */
struct reading {
	struct namespaces *namespaces;
	struct namespace *namespace;
	struct rtnl_link *links;
	size_t count;
	size_t capacity;
	int error;
	struct namespace next; /* its links become those of the namespace */
};

static int map_fd(const struct namespaces *namespaces)
{
	return namespaces->kernel->maps.fds[PINS_LINKS];
}

static void on_link(void *argument, const struct rtnl_event *event)
{
	struct reading *reading = argument;

	/* A dump that had to be made anew tells of links twice. */
	for (size_t i = 0; i < reading->count; i++)
		if (reading->links[i].ifindex == event->link.ifindex)
			return;
	if (array_grow(&reading->links, &reading->capacity, reading->count, sizeof(event->link)))
		reading->error = -ENOMEM;
	else
		reading->links[reading->count++] = event->link;
}

static int write_element(struct reading *reading, __u8 flags)
{
	struct namespace *namespace = reading->namespace;
	struct shunt_link element = {.netns_id = namespace->id, .flags = flags};
	int error;

	if (namespace->has_element && memcmp(&namespace->element, &element, sizeof(element)) == 0)
		return 0;
	error = bpf_map_update_elem(map_fd(reading->namespaces), &namespace->number, &element,
				    BPF_ANY);
	if (!error) {
		namespace->element = element;
		namespace->has_element = true;
	}
	return error;
}

void namespace_links_remove_element(const struct namespaces *namespaces,
				    struct namespace *namespace)
{
	if (namespace->has_element)
		bpf_map_delete_elem(map_fd(namespaces), &namespace->number);
	namespace->has_element = false;
}

static struct namespace_link *find(const struct namespace *namespace, int ifindex)
{
	for (size_t i = 0; i < namespace->link_count; i++)
		if (namespace->links[i].ifindex == ifindex)
			return &namespace->links[i];
	return NULL;
}

/*
 * There is one element for all links of a namespace. Where another's qdisc is on one of them, none is
 * taken for ours, and all stay.
 */
static int prepare(struct reading *reading, int ifindex)
{
	const struct namespace *namespace = reading->namespace;
	bool only_ours = !namespace->has_element || namespace->element.flags & SHUNT_LINK_QDISC;
	bool had_ours = namespace->has_element && only_ours;
	struct filters filters = {0};
	bool made;
	int error = filters_prepare(ifindex, &made);

	if (error)
		return error;
	/* An earlier agent may have made it. */
	if (!made && had_ours)
		error = filters_query(ifindex, FILTERS_POD_END, &filters);
	if (!error && !made && !filters.from_pod && !filters.to_pod)
		only_ours = false;
	return error ? error : write_element(reading, only_ours ? SHUNT_LINK_QDISC : 0);
}

static int attach(struct reading *reading, int ifindex)
{
	const int *programs = reading->namespaces->kernel->programs;
	int error = prepare(reading, ifindex);

	return error ? error
		     : filters_attach(ifindex, FILTERS_POD_END, programs[PINS_FROM_POD],
				      programs[PINS_TO_POD]);
}

static void note_failure(struct reading *reading, struct namespace_link *link, int error)
{
	/* It went away. */
	if (error == -ENODEV)
		return;
	reading->namespaces->failures++;
	if (error != link->error)
		log_line("%s/%s: cannot attach: %s", reading->namespace->name, link->name,
			 filters_explain(error));
	link->error = error;
}

/* Whether the filters that we attached are still there. */
static bool is_intact(const struct reading *reading, const struct namespace_link *link)
{
	struct filters filters;

	if (!link->attached)
		return false;
	if (filters_query(link->ifindex, FILTERS_POD_END, &filters) ||
	    (filters.from_pod && filters.to_pod))
		return true;
	log_line("%s/%s: somebody removed our filters", reading->namespace->name, link->name);
	return false;
}

static void update(struct reading *reading, const struct rtnl_link *info)
{
	const struct namespace_link *known = find(reading->namespace, info->ifindex);
	struct namespace *next = &reading->next;
	struct namespace_link link = {.ifindex = info->ifindex};
	int error = 0;

	if (array_grow(&next->links, &next->link_capacity, next->link_count, sizeof(link))) {
		reading->error = -ENOMEM;
		return;
	}
	if (known)
		link = *known;
	memcpy(link.name, info->name, sizeof(link.name));
	if (!is_intact(reading, &link)) {
		error = attach(reading, info->ifindex);
		reading->namespaces->restored += link.attached && !error;
		link.attached = !error;
		if (error)
			note_failure(reading, &link, error);
		else
			log_line("%s/%s: attached", reading->namespace->name, link.name);
	}
	if (!error)
		link.error = 0;
	next->links[next->link_count++] = link;
}

/* What an earlier agent may have attached to. */
static void detach(const struct reading *reading, const struct rtnl_link *info)
{
	unsigned int removed;
	bool gone;

	if (filters_detach(info->ifindex, FILTERS_POD_END, &removed) || !removed)
		return;
	if (reading->namespace->element.flags & SHUNT_LINK_QDISC)
		filters_remove_empty_qdisc(info->ifindex, &gone);
	log_line("%s/%s: detached, no longer chosen", reading->namespace->name, info->name);
}

/* `fd` is of the namespace that we came from. */
static void read_here(struct reading *reading, int home)
{
	struct namespace *namespace = reading->namespace;
	const struct choice *choice = reading->namespaces->choice;
	__s32 id;

	reading->error = rtnl_dump(on_link, reading);
	if (!reading->error)
		reading->error = netns_get_id(home, &id);
	for (size_t i = 0; i < reading->count && !reading->error; i++) {
		if (choice_includes_in_pod(choice, &reading->links[i], id))
			update(reading, &reading->links[i]);
		else if (namespace->has_element)
			detach(reading, &reading->links[i]);
	}
	if (!reading->error && !reading->next.link_count)
		namespace_links_remove_element(reading->namespaces, namespace);
}

int namespace_links_read(struct namespaces *namespaces, struct namespace *namespace, int fd)
{
	struct reading reading = {.namespaces = namespaces, .namespace = namespace};
	struct namespace_link *unused = NULL;
	int error, home;

	error = netns_enter(fd, &home);
	if (error)
		return error;
	read_here(&reading, home);
	error = netns_leave(home);
	if (reading.error) {
		unused = reading.next.links;
	} else {
		unused = namespace->links;
		namespace->links = reading.next.links;
		namespace->link_count = reading.next.link_count;
		namespace->link_capacity = reading.next.link_capacity;
	}
	free(unused);
	free(reading.links);
	return error ? error : reading.error;
}
