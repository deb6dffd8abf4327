/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our TC filters on a link of the present namespace. On the host's end from_pod is on its ingress and
 * to_pod on its egress, on the pod's own end the other way round; direct action under a clsact qdisc, with a handle and priority of our own. What belongs to others is never
 * changed or removed.
 */
#ifndef SHUNT_USER_LIB_FILTERS_H
#define SHUNT_USER_LIB_FILTERS_H

#include <stdbool.h>

#define FILTERS_HANDLE 0x5348
#define FILTERS_PRIORITY 0x5348

enum filters_end {
	FILTERS_HOST_END,
	FILTERS_POD_END
};

struct filters {
	bool from_pod;
	bool to_pod;
};

/*
 * Makes the clsact qdisc. *made is false where there was one already. -ENOTUNIQ where an ingress
 * qdisc is in its place.
 */
int filters_prepare(int ifindex, bool *made);

/*
 * Attaches both programs, each in place of one of ours that is there already, with no moment
 * without one. -EEXIST where someone else uses our handle and priority.
 */
int filters_attach(int ifindex, enum filters_end end, int from_pod_fd, int to_pod_fd);

/* What one of the errors above means, or another one; a constant. */
const char *filters_explain(int error);

/* Which of ours are attached. */
int filters_query(int ifindex, enum filters_end end, struct filters *filters);

/* Removes ours, if any; *removed says how many. The qdisc stays. */
int filters_detach(int ifindex, enum filters_end end, unsigned int *removed);

/* Removes the clsact qdisc if nobody's filter is left in either direction; *removed tells. */
int filters_remove_empty_qdisc(int ifindex, bool *removed);

#endif
