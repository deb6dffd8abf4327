/* SPDX-License-Identifier: Apache-2.0 */
/* Taking everything of ours out of the kernel again. */
#ifndef SHUNT_USER_LIB_DETACH_H
#define SHUNT_USER_LIB_DETACH_H

#include <net/if.h>

struct detach_report {
	unsigned int connections; /* that were moved, and are ended */
	unsigned int broken; /* that were moved, and could not be ended: they may hang */
	unsigned int interfaces; /* that carried filters of ours */
	unsigned int filters; /* removed */
	unsigned int qdiscs; /* removed */
	unsigned int uplinks; /* that carried the fence */
	unsigned int pins; /* removed */
	unsigned int cgroup_programs; /* detached */
	char failed[IFNAMSIZ]; /* where the error is about an interface: its name */
};

/*
 * Ends the moved connections, then removes our filters from every interface of this network
 * namespace, the fence from the uplinks, our programs from their cgroup, the pins and the directory.
 * A clsact qdisc goes where an agent made it and no filter of anybody is left. What is not there is no
 * error: all may be called again, after a failure too.
 *
 * To be called with one thread only. -EWOULDBLOCK while an agent runs on this directory. *report is
 * written in every case.
 */
int detach_all(const char *directory, struct detach_report *report);

#define DETACH_TEXT_SIZE 512

/* Writes one line for a person of what detach_all() on directory did and returned. Returns text. */
const char *detach_describe(const struct detach_report *report, const char *directory, int error,
			    char text[DETACH_TEXT_SIZE]);

#endif
