// SPDX-License-Identifier: Apache-2.0
#include "user/lib/pod_links.h"

#include <errno.h>
#include <unistd.h>
#include <bpf/bpf.h>

struct walk {
	int links_fd;
	pod_links_visit visit;
	void *argument;
};

static int visit_here(const struct walk *walk, const struct netns *netns,
		      const struct shunt_link *element)
{
	struct if_nameindex *interfaces = if_nameindex();
	struct pod_link link = {.netns = netns, .element = element};
	int error = 0;

	if (!interfaces)
		return -errno;
	for (struct if_nameindex *i = interfaces; !error && i->if_index; i++) {
		link.ifindex = i->if_index;
		link.name = i->if_name;
		error = walk->visit(walk->argument, &link);
	}
	if_freenameindex(interfaces);
	return error;
}

static int on_netns(void *argument, const struct netns *netns)
{
	const struct walk *walk = argument;
	struct shunt_link element;
	int error, fd, home, left;

	/* One that ends meanwhile takes its links with it. */
	if (bpf_map_lookup_elem(walk->links_fd, &netns->number, &element) || netns_open(netns, &fd))
		return 0;
	error = netns_enter(fd, &home);
	close(fd);
	if (error)
		return error;
	error = visit_here(walk, netns, &element);
	left = netns_leave(home);
	return left ? left : error;
}

int pod_links_each(int links_fd, pod_links_visit visit, void *argument)
{
	struct walk walk = {links_fd, visit, argument};

	return netns_each(on_netns, &walk);
}
