/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_CHOICE_H
#define SHUNT_USER_LIB_CHOICE_H

#include "user/lib/rtnl.h"

/* Which links to attach to. All zero: every veth whose peer lives in another network namespace. */
struct choice {
	const char *const *globs; /* as fnmatch(3) reads them; a name needs to match one */
	size_t glob_count;
};

bool choice_includes(const struct choice *choice, const struct rtnl_link *link);

/*
 * The same in a pod's network namespace, from which ours has the id home, or -1. All zero: every
 * veth, netkit, macvlan and ipvlan link that has its other part in ours.
 */
bool choice_includes_in_pod(const struct choice *choice, const struct rtnl_link *link, __s32 home);

#endif
