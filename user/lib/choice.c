// SPDX-License-Identifier: Apache-2.0
#include "user/lib/choice.h"

#include <fnmatch.h>
#include <string.h>

bool choice_includes(const struct choice *choice, const struct rtnl_link *link)
{
	if (!choice->glob_count)
		return strcmp(link->kind, "veth") == 0 && link->netns_id >= 0;
	for (size_t i = 0; i < choice->glob_count; i++)
		if (fnmatch(choice->globs[i], link->name, 0) == 0)
			return true;
	return false;
}
