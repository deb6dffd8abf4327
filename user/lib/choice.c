// SPDX-License-Identifier: Apache-2.0
#include "user/lib/choice.h"

#include <fnmatch.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool matches(const struct choice *choice, const char *name)
{
	for (size_t i = 0; i < choice->glob_count; i++)
		if (fnmatch(choice->globs[i], name, 0) == 0)
			return true;
	return false;
}

bool choice_includes(const struct choice *choice, const struct rtnl_link *link)
{
	if (choice->glob_count)
		return matches(choice, link->name);
	return strcmp(link->kind, "veth") == 0 && link->netns_id >= 0;
}

bool choice_includes_in_pod(const struct choice *choice, const struct rtnl_link *link, __s32 home)
{
	static const char *const kinds[] = {"veth", "netkit", "macvlan", "ipvlan"};

	/* The programs read such frames only; loopback's look alike, but do not leave the pod. */
	if (!link->ethernet)
		return false;
	if (choice->glob_count)
		return matches(choice, link->name);
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(link->kind, kinds[i]) == 0)
			return home >= 0 && link->netns_id == home;
	return false;
}
