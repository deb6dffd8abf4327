/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two network namespaces with a link between them, as a pod and its node: a client's socket is made in
 * the one, two servers listen in the other, and the programs are on the end that they are for. Nothing names
 * them: they go with the process.
 */
#ifndef SHUNT_USER_LIB_TRIAL_BED_H
#define SHUNT_USER_LIB_TRIAL_BED_H

#include "user/lib/filters.h"
#include "user/lib/trial_wire.h"

/* File descriptors, and which end of a link they are for. */
struct trial_programs {
	int from_pod;
	int to_pod;
	enum filters_end end;
};

struct trial_bed {
	bool has[TRIAL_FAMILIES];
	int origin[TRIAL_FAMILIES]; /* sockets that listen */
	int offloaded[TRIAL_FAMILIES];
};

/*
 * Makes them, by a process of its own, which is in the client's namespace afterwards. It takes
 * CAP_SYS_ADMIN, or a kernel that lets everybody have a user namespace. *failed: what could not be
 * made.
 */
int trial_bed_make(struct trial_bed *bed, const struct trial_programs *programs,
		   const char **failed);

#endif
