// SPDX-License-Identifier: Apache-2.0
#include "user/agent/namespaces.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "user/agent/namespace_links.h"
#include "user/lib/array.h"
#include "user/lib/log.h"

static struct namespace *find(const struct namespaces *namespaces, __u32 number)
{
	for (size_t i = 0; i < namespaces->count; i++)
		if (namespaces->items[i].number == number)
			return &namespaces->items[i];
	return NULL;
}

/* One not known yet takes over what an earlier agent noted of it. */
static struct namespace *find_or_add(struct namespaces *namespaces, __u32 number)
{
	struct namespace *namespace = find(namespaces, number);
	int fd = namespaces->kernel->maps.fds[PINS_LINKS];

	if (namespace)
		return namespace;
	if (array_grow(&namespaces->items, &namespaces->capacity, namespaces->count,
		       sizeof(*namespace)))
		return NULL;
	namespace = &namespaces->items[namespaces->count++];
	*namespace = (struct namespace){.number = number, .id = -1, .changed = true};
	namespace->has_element = bpf_map_lookup_elem(fd, &number, &namespace->element) == 0;
	return namespace;
}

static void forget(struct namespaces *namespaces, struct namespace *namespace)
{
	namespace_links_remove_element(namespaces, namespace);
	free(namespace->links);
	*namespace = namespaces->items[--namespaces->count];
	namespaces->touched = true;
}

static int read_links(struct namespaces *namespaces, struct namespace *namespace,
		      const struct netns *netns)
{
	int error, fd;

	error = netns_open(netns, &fd);
	if (error)
		return error;
	error = netns_make_id(fd, &namespace->id);
	snprintf(namespace->name, sizeof(namespace->name), "%s", netns->name);
	if (!error)
		error = namespace_links_read(namespaces, namespace, fd);
	close(fd);
	return error;
}

/* One that cannot be looked at now is tried again with the next walk. */
static int on_netns(void *argument, const struct netns *netns)
{
	struct namespaces *namespaces = argument;
	struct namespace *namespace;
	int error;

	if (netns->number == namespaces->own)
		return 0;
	namespace = find_or_add(namespaces, netns->number);
	if (!namespace)
		return -ENOMEM;
	namespace->seen = true;
	if (!namespace->changed)
		return 0;
	error = read_links(namespaces, namespace, netns);
	if (error && error != -ENOENT && error != namespace->error)
		log_line("%s: cannot read its links: %s", netns->name, strerror(-error));
	namespace->error = error;
	namespace->changed = error != 0;
	namespaces->touched = true;
	return error == -ENOTRECOVERABLE ? error : 0;
}

/* Looks at what has changed, and at namespaces that are new. */
static int look(struct namespaces *namespaces)
{
	int error;

	for (size_t i = 0; i < namespaces->count; i++)
		namespaces->items[i].seen = false;
	error = netns_each(on_netns, namespaces);
	if (error == -ENOTRECOVERABLE) {
		log_line("there is no way back to the node's network namespace");
		exit(EXIT_FAILURE);
	}
	if (error && error != namespaces->error)
		log_line("cannot look for network namespaces: %s", strerror(-error));
	namespaces->error = error;
	return error;
}

static int find_noted(void *argument, const void *key, const void *value)
{
	struct namespace *namespace;
	__u32 number;

	memcpy(&number, key, sizeof(number));
	namespace = find_or_add(argument, number);
	if (!namespace)
		return -ENOMEM;
	memcpy(&namespace->element, value, sizeof(namespace->element));
	namespace->id = namespace->element.netns_id;
	return 0;
}

static int keep_if_seen_or_alive(void *argument, __s32 id)
{
	struct namespaces *namespaces = argument;

	for (size_t i = 0; i < namespaces->count; i++)
		if (namespaces->items[i].id == id)
			namespaces->items[i].seen = true;
	return 0;
}

/* Of two with one id the one that is not there to be seen has ended, and the other has its id now. */
static void forget_replaced(struct namespaces *namespaces)
{
	for (size_t i = namespaces->count; i-- > 0;)
		for (size_t j = 0; !namespaces->items[i].seen && j < namespaces->count; j++)
			if (namespaces->items[j].seen &&
			    namespaces->items[j].id == namespaces->items[i].id) {
				forget(namespaces, &namespaces->items[i]);
				break;
			}
}

int namespaces_read(struct namespaces *namespaces)
{
	struct stat own;
	int error;

	if (stat("/proc/thread-self/ns/net", &own))
		return -errno;
	namespaces->own = (__u32)own.st_ino;
	/* Those that ended while no agent ran are known by this, and have no id any more. */
	error = maps_each(namespaces->kernel->maps.fds[PINS_LINKS], 0, find_noted, namespaces);
	for (size_t i = 0; i < namespaces->count; i++)
		namespaces->items[i].changed = true;
	if (!error)
		error = look(namespaces);
	if (error)
		return error;
	forget_replaced(namespaces);
	error = netns_each_id(keep_if_seen_or_alive, namespaces);
	for (size_t i = namespaces->count; i-- > 0 && !error;)
		if (!namespaces->items[i].seen)
			forget(namespaces, &namespaces->items[i]);
	return error;
}

static void on_timer(uv_timer_t *timer)
{
	struct namespaces *namespaces = timer->data;

	look(namespaces);
	uv_timer_start(timer, on_timer, NAMESPACES_POLL_MS, 0);
	if (namespaces->touched)
		namespaces->changed(namespaces->argument);
	namespaces->touched = false;
}

void namespaces_start(struct namespaces *namespaces, uv_loop_t *loop, namespaces_changed changed,
		      void *argument)
{
	namespaces->changed = changed;
	namespaces->argument = argument;
	uv_timer_init(loop, &namespaces->timer);
	namespaces->timer.data = namespaces;
	uv_timer_start(&namespaces->timer, on_timer, NAMESPACES_POLL_MS, 0);
}

static void look_soon(struct namespaces *namespaces)
{
	if (uv_timer_get_due_in(&namespaces->timer) > NAMESPACES_SETTLE_MS)
		uv_timer_start(&namespaces->timer, on_timer, NAMESPACES_SETTLE_MS, 0);
}

static struct namespace *find_id(const struct namespaces *namespaces, __s32 id)
{
	for (size_t i = 0; i < namespaces->count; i++)
		if (namespaces->items[i].id == id)
			return &namespaces->items[i];
	return NULL;
}

void namespaces_change(struct namespaces *namespaces, const struct rtnl_event *event)
{
	bool ours = event->netns_id < 0;
	struct namespace *namespace =
		find_id(namespaces, ours ? event->link.netns_id : event->netns_id);

	if (ours && event->change == RTNL_NETNS_GONE) {
		if (namespace)
			forget(namespaces, namespace);
		return;
	}
	if (ours && event->change != RTNL_NETNS_NEW)
		return;
	if (!ours && event->change >= RTNL_READDRESSED)
		return;
	if (namespace && !ours)
	namespace->changed = true;
	look_soon(namespaces);
}

void namespaces_retry(struct namespaces *namespaces)
{
	for (size_t i = 0; i < namespaces->count; i++)
		for (size_t k = 0; k < namespaces->items[i].link_count; k++)
			if (namespaces->items[i].links[k].error)
				namespaces->items[i].changed = true;
}

void namespaces_count(const struct namespaces *namespaces, size_t *attached, size_t *chosen)
{
	*attached = *chosen = 0;
	for (size_t i = 0; i < namespaces->count; i++) {
		const struct namespace *namespace = &namespaces->items[i];

		*chosen += namespace->link_count;
		for (size_t k = 0; k < namespace->link_count; k++)
			*attached += namespace->links[k].attached;
	}
}

void namespaces_clear(struct namespaces *namespaces)
{
	for (size_t i = 0; i < namespaces->count; i++)
		free(namespaces->items[i].links);
	free(namespaces->items);
	namespaces->items = NULL;
	namespaces->count = namespaces->capacity = 0;
}
