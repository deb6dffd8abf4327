// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor_neighbours.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/lib/filters.h"

#define ADVICE_BEFORE                                                                            \
	"if it ends the hook (TC_ACT_OK, TCX_PASS, a redirect, u32 without an action), have it " \
	"go "                                                                                    \
	"on (TC_ACT_UNSPEC, TCX_NEXT), or come behind priority 21320"

struct walk {
	struct doctor *doctor;
	const struct rtnl_link *link;
	bool egress;
	__u32 last; /* priority that was told of last */
};

static const char *side_name(bool egress)
{
	return egress ? "egress" : "ingress";
}

static bool is_ours(const struct doctor *doctor, __u32 id)
{
	for (unsigned int i = 0; i < PINS_PROGRAM_COUNT; i++)
		if (doctor->programs[i] == id)
			return true;
	return false;
}

static int tell_before(void *argument, const struct filters_item *item)
{
	char text[PROGRAM_TEXT_SIZE] = "";
	struct walk *walk = argument;

	/* A priority may have many filters of one kind. */
	if (item->priority >= FILTERS_PRIORITY || item->priority == walk->last)
		return 0;
	walk->last = item->priority;
	if (item->program_id)
		program_describe(item->program_id, text);
	report_add(&walk->doctor->report, FINDING_WARNING, "order", ADVICE_BEFORE,
		   "%s: a %s filter at %s, priority %u, gets packets before Shunt and may take "
		   "them away%s%s",
		   walk->link->name, item->kind, side_name(walk->egress), item->priority,
		   text[0] ? ": " : "", text);
	return 0;
}

static void check_side(struct walk *walk)
{
	__u32 ids[FILTERS_TCX_MAX];
	size_t count = filters_tcx(walk->link->ifindex, walk->egress, ids);
	char text[PROGRAM_TEXT_SIZE];

	for (size_t i = 0; i < count; i++)
		report_add(&walk->doctor->report, FINDING_WARNING, "order", ADVICE_BEFORE,
			   "%s: a program of TCX at %s gets packets before Shunt and may take them "
			   "away: %s",
			   walk->link->name, side_name(walk->egress),
			   program_describe(ids[i], text));
	filters_each(walk->link->ifindex, walk->egress, tell_before, walk);
}

void doctor_check_before(struct doctor *doctor, const struct rtnl_link *link)
{
	check_side(&(struct walk){.doctor = doctor, .link = link});
	check_side(&(struct walk){.doctor = doctor, .link = link, .egress = true});
}

static void check_program(const struct walk *walk, __u32 id)
{
	char text[PROGRAM_TEXT_SIZE];
	bool redirects;

	/* Where it cannot be read, that it is there may have been told already. */
	if (!id || is_ours(walk->doctor, id) || program_redirects_to_peers(id, &redirects) ||
	    !redirects)
		return;
	report_add(&walk->doctor->report, FINDING_WARNING, "redirect",
		   "turn that off where pods' requests should be moved (Cilium: "
		   "bpf.hostLegacyRouting=true), or start shuntd with --attach pod",
		   "%s: %s at %s hands packets straight into pods (bpf_redirect_peer): answers "
		   "jump over Shunt, and marked requests fail or stay with the origin",
		   walk->link->name, program_describe(id, text), side_name(walk->egress));
}

static int on_filter(void *argument, const struct filters_item *item)
{
	check_program(argument, item->program_id);
	return 0;
}

/* Packets are handed over from where they come in. */
void doctor_check_redirects(struct doctor *doctor, const struct rtnl_link *link)
{
	struct walk walk = {.doctor = doctor, .link = link};
	__u32 ids[FILTERS_TCX_MAX];
	size_t count = filters_tcx(link->ifindex, false, ids);

	for (size_t i = 0; i < count; i++)
		check_program(&walk, ids[i]);
	filters_each(link->ifindex, false, on_filter, &walk);
}
