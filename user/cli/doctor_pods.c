// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor_checks.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>
#include "user/lib/netns.h"
#include "user/lib/rtnl.h"

#define KIND_COUNT 3

/* Kinds of links whose node's end is not there, or is jumped over. */
static const char *const kinds[KIND_COUNT] = {"macvlan", "ipvlan", "netkit"};

struct namespaces {
	int own;
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

static int look(void *argument, int fd, __s32 id)
{
	struct namespaces *namespaces = argument;

	/* Our own may be without an id as well. */
	(void)id;
	memset(namespaces->present, 0, sizeof(namespaces->present));
	if (setns(fd, CLONE_NEWNET))
		return 0;
	rtnl_dump(take, namespaces);
	if (setns(namespaces->own, CLONE_NEWNET))
		return -errno;
	for (size_t i = 0; i < KIND_COUNT; i++)
		namespaces->counts[i] += namespaces->present[i];
	return 0;
}

void doctor_check_pods(struct doctor *doctor)
{
	struct namespaces namespaces = {0};

	namespaces.own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (namespaces.own < 0)
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
	close(namespaces.own);
}
