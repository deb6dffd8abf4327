// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor_checks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include "user/cli/doctor_agent.h"
#include "user/cli/doctor_neighbours.h"
#include "user/lib/array.h"
#include "user/lib/filters.h"
#include "user/lib/pod_links.h"
#include "user/lib/rtnl.h"

#define CHECK "link"
#define LARGEST 65536 /* beyond that it is BIG TCP */

struct links {
	struct rtnl_link *items;
	size_t count;
	size_t capacity;
	int error;
};

static void take(void *argument, const struct rtnl_event *event)
{
	struct links *links = argument;

	if (!links->error)
		links->error = array_grow(&links->items, &links->capacity, links->count,
					  sizeof(*links->items));
	if (!links->error)
		links->items[links->count++] = event->link;
}

/* What is at our priority and handle on one side. */
struct ours {
	bool found;
	struct filters_item item;
};

static int find_ours(void *argument, const struct filters_item *item)
{
	struct ours *ours = argument;

	if (item->priority != FILTERS_PRIORITY || item->handle != FILTERS_HANDLE)
		return 0;
	ours->found = true;
	ours->item = *item;
	return 1;
}

static const char *side_name(bool egress)
{
	return egress ? "egress" : "ingress";
}

/* Returns whether the pinned program that should be on this side of a link's end is there. */
static bool check_side(struct doctor *doctor, const struct rtnl_link *link, enum filters_end end,
		       bool egress)
{
	enum pins_program program =
		egress == (end == FILTERS_HOST_END) ? PINS_TO_POD : PINS_FROM_POD;
	char text[PROGRAM_TEXT_SIZE];
	struct ours ours = {0};

	filters_each(link->ifindex, egress, find_ours, &ours);
	if (ours.found && ours.item.program_id == doctor->programs[program])
		return true;
	if (!ours.found)
		report_add(&doctor->report, FINDING_FAULT, CHECK,
			   "start shuntd: it attaches again; what removed it may be in its log",
			   "%s: the program %s is not attached at %s", link->name,
			   pins_program_names[program], side_name(egress));
	else
		report_add(&doctor->report, FINDING_FAULT, CHECK,
			   "if it is an older shuntd's, start shuntd, which replaces it; if it is "
			   "somebody else's, it has to give way",
			   "%s: another program, %s, has the place of %s (id %u) at %s", link->name,
			   program_describe(ours.item.program_id, text),
			   pins_program_names[program], doctor->programs[program],
			   side_name(egress));
	return false;
}

static void check_sizes(struct doctor *doctor, const struct rtnl_link *link)
{
	if (link->largest > LARGEST)
		report_add(&doctor->report, FINDING_WARNING, "offloads",
			   "`ip link set dev LINK gso_max_size 65536 gro_max_size 65536`, and "
			   "gso_ipv4_max_size and gro_ipv4_max_size likewise",
			   "%s: BIG TCP is on (packets of up to %u bytes): these are not moved",
			   link->name, link->largest);
}

/* Both sides of a link that an agent has attached to. */
static bool check_sides(struct doctor *doctor, const struct rtnl_link *link, enum filters_end end)
{
	bool ingress = check_side(doctor, link, end, false);

	return check_side(doctor, link, end, true) && ingress;
}

/* One that an agent has attached to. Returns whether all is well. */
static bool check_attached(struct doctor *doctor, const struct rtnl_link *link)
{
	bool well = check_sides(doctor, link, FILTERS_HOST_END);

	check_sizes(doctor, link);
	doctor_check_before(doctor, link);
	return well;
}

/* Those that should have our programs and have not. */
static void check_missing(struct doctor *doctor, const struct rtnl_link *link)
{
	double attached, chosen;
	bool settled = doctor->metrics &&
		       metrics_find(doctor->metrics, "shunt_links_attached", &attached) &&
		       metrics_find(doctor->metrics, "shunt_links_chosen", &chosen) &&
		       attached == chosen;
	char kind[FILTERS_KIND_SIZE];

	/* The agent's own choice is not known here. */
	if (settled && !doctor->choice.glob_count)
		report_add(&doctor->report, FINDING_NOTE, CHECK,
			   "give --interface as to shuntd, if that chooses others",
			   "%s: shuntd does not choose it: requests of the pod behind it are not "
			   "moved",
			   link->name);
	else if (filters_qdisc(link->ifindex, kind) == 0 && strcmp(kind, "ingress") == 0)
		report_add(&doctor->report, FINDING_FAULT, CHECK,
			   "who made that has to make a clsact qdisc, which does the same",
			   "%s: an ingress qdisc is in the place of a clsact qdisc: shuntd cannot "
			   "attach",
			   link->name);
	else
		report_add(&doctor->report, FINDING_FAULT, CHECK,
			   "start shuntd; where it runs, its log says why it cannot attach",
			   "%s: our programs are not there: requests of the pod behind it are not "
			   "moved",
			   link->name);
}

static void tell_all(struct doctor *doctor, size_t well, size_t all)
{
	if (!all)
		report_add(&doctor->report, FINDING_WARNING, CHECK,
			   "run it where the node's links are: in a container, with the node's "
			   "network",
			   "no link has our programs");
	else if (well == all)
		report_add(&doctor->report, FINDING_OK, CHECK, NULL,
			   "the pinned programs are on all links that shuntd chose: %zu", all);
}

struct pod_ends {
	struct doctor *doctor;
	size_t well;
	size_t all;
};

/* A pod has links that are none of ours. */
static int check_pod_end(void *argument, const struct pod_link *found)
{
	struct pod_ends *ends = argument;
	struct rtnl_link link = {.ifindex = (int)found->ifindex};
	struct filters filters;

	if (filters_query(link.ifindex, FILTERS_POD_END, &filters) ||
	    (!filters.from_pod && !filters.to_pod))
		return 0;
	snprintf(link.name, sizeof(link.name), "%s", found->name);
	ends->well += check_sides(ends->doctor, &link, FILTERS_POD_END);
	ends->all++;
	return 0;
}

static void check_pod_ends(struct doctor *doctor)
{
	struct pod_ends ends = {.doctor = doctor};
	int error = pod_links_each(doctor->maps.fds[PINS_LINKS], check_pod_end, &ends);

	if (error)
		report_add(&doctor->report, FINDING_FAULT, CHECK, NULL,
			   "cannot read the pods' links: %s", strerror(-error));
	else
		tell_all(doctor, ends.well, ends.all);
}

static void check_all(struct doctor *doctor, const struct links *links)
{
	int map = doctor->maps.fds[PINS_LINKS];
	size_t well = 0, all = 0;
	struct shunt_link element;

	for (size_t i = 0; i < links->count; i++) {
		const struct rtnl_link *link = &links->items[i];

		if (bpf_map_lookup_elem(map, &link->ifindex, &element) == 0) {
			well += check_attached(doctor, link);
			all++;
		} else if (choice_includes(&doctor->choice, link)) {
			check_missing(doctor, link);
		}
		doctor_check_redirects(doctor, link);
	}
	tell_all(doctor, well, all);
}

void doctor_check_links(struct doctor *doctor)
{
	struct links links = {0};
	int error;

	if (doctor->settings.flags & SHUNT_SETTINGS_AT_POD) {
		check_pod_ends(doctor);
		return;
	}
	error = rtnl_dump(take, &links);

	if (error || links.error)
		report_add(&doctor->report, FINDING_FAULT, CHECK, NULL, "cannot read the links: %s",
			   strerror(error ? -error : -links.error));
	else
		check_all(doctor, &links);
	free(links.items);
}
