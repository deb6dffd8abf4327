/* SPDX-License-Identifier: Apache-2.0 */
/* All that is attached to a link's hooks for TC, whosever it is. */
#ifndef SHUNT_USER_LIB_FILTERS_LIST_H
#define SHUNT_USER_LIB_FILTERS_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#define FILTERS_TCX_MAX 64
#define FILTERS_KIND_SIZE 16

struct filters_item {
	__u32 priority; /* lower ones come first */
	__u32 handle;
	char kind[FILTERS_KIND_SIZE]; /* "bpf", "u32" */
	__u32 program_id; /* of a "bpf" filter */
	char name[64]; /* likewise */
};

/* Non-zero ends the walk. */
typedef int (*filters_visit)(void *argument, const struct filters_item *item);

/* Visits the filters of clsact in their order; none where there is no such qdisc. */
int filters_each(int ifindex, bool egress, filters_visit visit, void *argument);

/* Ids of the programs of TCX, which come before all filters. Returns how many; 0 where there is no TCX. */
size_t filters_tcx(int ifindex, bool egress, __u32 ids[FILTERS_TCX_MAX]);

/* "clsact" or "ingress", what is in the place of clsact; empty: nothing. */
int filters_qdisc(int ifindex, char kind[FILTERS_KIND_SIZE]);

#endif
