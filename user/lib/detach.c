// SPDX-License-Identifier: Apache-2.0
#include "user/lib/detach.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <shunt/tables.h>
#include "user/lib/bpffs.h"
#include "user/lib/filters.h"
#include "user/lib/maps.h"
#include "user/lib/pins.h"
#include "user/lib/pod_links.h"
#include "user/lib/sever.h"
#include "user/lib/uplink.h"

/* Whether the agent noted that it made the link's qdisc. */
static bool made_qdisc(int links_fd, __u32 ifindex)
{
	struct shunt_link link;

	return links_fd >= 0 && bpf_map_lookup_elem(links_fd, &ifindex, &link) == 0 &&
	       link.flags & SHUNT_LINK_QDISC;
}

static int detach_interface(int links_fd, __u32 ifindex, struct detach_report *report)
{
	unsigned int removed;
	bool gone = false;
	int error;

	error = filters_detach((int)ifindex, FILTERS_HOST_END, &removed);
	report->filters += removed;
	report->interfaces += removed > 0;
	if (!error && made_qdisc(links_fd, ifindex))
		error = filters_remove_empty_qdisc((int)ifindex, &gone);
	report->qdiscs += gone;
	/* The interface went away meanwhile. */
	return error == -ENODEV ? 0 : error;
}

static int detach_host_ends(int links_fd, struct detach_report *report)
{
	struct if_nameindex *interfaces = if_nameindex();
	int error = 0;

	if (!interfaces)
		return -errno;
	for (struct if_nameindex *i = interfaces; i->if_index; i++) {
		int failed = detach_interface(links_fd, i->if_index, report);

		if (failed && !error) {
			error = failed;
			snprintf(report->failed, sizeof(report->failed), "%s", i->if_name);
		}
	}
	if_freenameindex(interfaces);
	return error;
}

static int detach_pod_link(void *argument, const struct pod_link *link)
{
	struct detach_report *report = argument;
	unsigned int removed;
	bool gone = false;
	int error;

	error = filters_detach((int)link->ifindex, FILTERS_POD_END, &removed);
	report->filters += removed;
	report->interfaces += removed > 0;
	if (!error && removed && link->element->flags & SHUNT_LINK_QDISC)
		error = filters_remove_empty_qdisc((int)link->ifindex, &gone);
	report->qdiscs += gone;
	if (!error || error == -ENODEV)
		return 0;
	snprintf(report->failed, sizeof(report->failed), "%s", link->name);
	return error;
}

static int detach_interfaces(const char *directory, struct detach_report *report)
{
	char path[PATH_MAX];
	int links_fd = -ENOENT;
	int error;

	if (pins_map_path(directory, PINS_LINKS, path, sizeof(path)) == 0)
		links_fd = bpf_obj_get(path);
	error = detach_host_ends(links_fd, report);
	if (links_fd < 0)
		return error;
	if (!error)
		error = pod_links_each(links_fd, detach_pod_link, report);
	close(links_fd);
	return error;
}

struct uplinks {
	const char *directory;
	struct detach_report *report;
};

static int detach_uplink(void *argument, int ifindex)
{
	const struct uplinks *uplinks = argument;
	bool removed;
	int error = uplink_detach(uplinks->directory, ifindex, &removed);

	uplinks->report->uplinks += removed;
	if (error && !if_indextoname((unsigned int)ifindex, uplinks->report->failed))
		snprintf(uplinks->report->failed, IFNAMSIZ, "link %d", ifindex);
	return error;
}

static int detach_uplinks(const char *directory, struct detach_report *report)
{
	struct uplinks uplinks = {directory, report};

	return uplink_each(directory, detach_uplink, &uplinks);
}

/* At once, although another process may still hold the link open. */
static int detach_cgroup_program(const char *directory, enum pins_program program,
				 struct detach_report *report)
{
	char path[PATH_MAX];
	int error, fd;

	error = pins_cgroup_link_path(directory, program, path, sizeof(path));
	if (error)
		return error;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	error = bpf_link_detach(fd);
	close(fd);
	if (!error)
		report->cgroup_programs++;
	/* The cgroup is gone, and the attachment with it. */
	return error == -ENOLINK ? 0 : error;
}

static int detach_cgroup_programs(const char *directory, struct detach_report *report)
{
	int error = 0;

	for (unsigned int i = 0; !error && i < PINS_CGROUP_PROGRAM_COUNT; i++)
		error = detach_cgroup_program(directory, pins_cgroup_programs[i], report);
	return error;
}

/* What another version has laid out is not to be read, though its sizes be the same. */
static bool is_readable(const struct maps *maps)
{
	struct shunt_settings settings;

	return maps_read_settings(maps, &settings) == 0 &&
	       settings.layout_version == SHUNT_LAYOUT_VERSION;
}

/* As well as it can be done: a connection that is left does not keep the rest from going. */
static int sever_connections(const char *directory, struct detach_report *report)
{
	const char *failed;
	struct maps maps;
	int error = 0;

	/* Some map is missing where a start or a detach was interrupted. */
	if (maps_open(directory, &maps, &failed))
		return 0;
	if (is_readable(&maps))
		error = sever_moved(&maps, &report->connections, &report->broken);
	maps_close(&maps);
	return error == -ENOTRECOVERABLE ? error : 0;
}

int detach_all(const char *directory, struct detach_report *report)
{
	int lock = -1;
	int error;

	*report = (struct detach_report){0};
	error = bpffs_lock(directory, &lock);
	if (error && error != -ENOENT)
		return error;
	error = sever_connections(directory, report);
	if (!error)
		error = detach_interfaces(directory, report);
	if (!error)
		error = detach_uplinks(directory, report);
	if (!error)
		error = detach_cgroup_programs(directory, report);
	if (!error)
		error = pins_remove(directory, &report->pins);
	if (lock >= 0)
		close(lock);
	return error;
}

const char *detach_describe(const struct detach_report *report, const char *directory, int error,
			    char text[DETACH_TEXT_SIZE])
{
	if (error == -EWOULDBLOCK)
		snprintf(text, DETACH_TEXT_SIZE, "an agent runs on %s: stop it first", directory);
	else if (error == -ENOTEMPTY)
		snprintf(text, DETACH_TEXT_SIZE,
			 "all of ours is detached, but %s holds something else and stays",
			 directory);
	else if (error && report->failed[0])
		snprintf(text, DETACH_TEXT_SIZE, "%s: cannot detach: %s", report->failed,
			 strerror(-error));
	else if (error)
		snprintf(text, DETACH_TEXT_SIZE, "cannot detach what is pinned at %s: %s",
			 directory, strerror(-error));
	else if (!report->filters && !report->uplinks && !report->cgroup_programs && !report->pins)
		snprintf(text, DETACH_TEXT_SIZE, "nothing was attached");
	else
		snprintf(
			text, DETACH_TEXT_SIZE,
			"detached: %u filters and %u qdiscs of %u interfaces, the fence of %u "
			"uplinks, %u cgroup programs, %u pins; of moved connections %u were ended, "
			"%u could not be",
			report->filters, report->qdiscs, report->interfaces, report->uplinks,
			report->cgroup_programs, report->pins, report->connections, report->broken);
	return text;
}
