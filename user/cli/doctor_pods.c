// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor_checks.h"

#include <string.h>
#include <unistd.h>
#include "user/lib/netns.h"
#include "user/lib/rtnl.h"

#define KIND_COUNT 3

/* Kinds of links whose node's end is not there, or is jumped over. */
static const char *const kinds[KIND_COUNT] = {"macvlan", "ipvlan", "netkit"};

struct namespaces {
	size_t counts[KIND_COUNT]; /* that have such a link */
	bool present[KIND_COUNT]; /* in the one that is looked at */
};

static void take(void *argument, const struct rtnl_event *event)
{
	struct namespaces *namespaces = argument;

	for (size_t i = 0; i < KIND_COUNT; i++)
		if (strcmp(event->link.kind, kinds[i]) == 0)
			namespaces->present[i] = true;
}

/* One that is gone by now has none. */
static int look(void *argument, const struct netns *netns)
{
	struct namespaces *namespaces = argument;
	int fd, home, error;

	if (netns_open(netns, &fd))
		return 0;
	memset(namespaces->present, 0, sizeof(namespaces->present));
	error = netns_enter(fd, &home);
	close(fd);
	if (error)
		return 0;
	rtnl_dump(take, namespaces);
	error = netns_leave(home);
	if (error)
		return error;
	for (size_t i = 0; i < KIND_COUNT; i++)
		namespaces->counts[i] += namespaces->present[i];
	return 0;
}

void doctor_check_pods(struct doctor *doctor)
{
	struct namespaces namespaces = {0};

	if (doctor->settings.flags & SHUNT_SETTINGS_AT_POD)
		return;
	if (netns_each(look, &namespaces) == 0)
		for (size_t i = 0; i < KIND_COUNT; i++)
			if (namespaces.counts[i])
				report_add(&doctor->report, FINDING_NOTE, "pods",
					   "where these are pods, start shuntd with --attach pod",
					   "network namespaces with a link of the kind %s: %zu; "
					   "what they send and get does not pass the node's end of "
					   "a veth, where Shunt is",
					   kinds[i], namespaces.counts[i]);
}
