/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of the passports of moved requests, by the kernel's counts. The self-test asks from
 * the node's own address; what translates only those of pods is seen here.
 */
#ifndef SHUNT_USER_AGENT_SELFTEST_MOVED_H
#define SHUNT_USER_AGENT_SELFTEST_MOVED_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <shunt/reasons.h>

struct maps;

#define MOVED_KINDS 2 /* lost, refused */
#define MOVED_AGAIN_MS (10 * 60 * 1000) /* until more of a kind is said again */

/* All zero: nothing was looked at. */
struct moved {
	bool begun;
	struct {
		__u64 count; /* that is accounted for */
		__u64 again_at; /* in ms */
	} kinds[MOVED_KINDS];
};

/*
 * Takes in the counts of all reasons at a time in ms, and writes how many failures of each kind have
 * to be said now: those since the first look, or since they were said last.
 */
void moved_look(struct moved *moved, const __u64 counts[SHUNT_REASON_COUNT], __u64 now_ms,
		__u64 said[MOVED_KINDS]);

/* The same with the kernel's counts, and logs it. */
void moved_report(struct moved *moved, const struct maps *maps, __u64 now_ms);

#endif
