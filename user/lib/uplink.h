/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fence on physical links: an XDP program, attached by a BPF link that is pinned under the
 * directory of pins by its ifindex. So it stays without the agent, nobody's program takes its place
 * unasked, and nobody needs to ask whose it is. What others attached is never changed or removed.
 */
#ifndef SHUNT_USER_LIB_UPLINK_H
#define SHUNT_USER_LIB_UPLINK_H

#include <stdbool.h>
#include <linux/bpf.h>

enum uplink_mode {
	UPLINK_NONE, /* ours is not attached */
	UPLINK_NATIVE, /* in the driver */
	UPLINK_GENERIC, /* behind it: slower, and there for every kind of link */
};

/* "none", "native", "generic". */
extern const char *const uplink_mode_names[];

/* File descriptors of the programs for the two modes. */
struct uplink_programs {
	int native;
	int generic;
};

/*
 * Attaches one of the programs, in place of an earlier one of ours with no moment without,
 * otherwise in the driver, and where that does not take it behind it: *refused is then why, and 0
 * else. -EBUSY or -EEXIST where somebody else's program is attached. -EINVAL: the link is gone.
 */
int uplink_attach(const char *directory, int ifindex, const struct uplink_programs *programs,
		  int *refused);

bool uplink_is_attached(const char *directory, int ifindex);

/* How ours is attached. What cannot be asked about is not. */
enum uplink_mode uplink_query(const char *directory, int ifindex);

/* Detaches ours and removes its pin, of a link that is gone too. *removed: there was one. */
int uplink_detach(const char *directory, int ifindex, bool *removed);

/* Non-zero ends the walk. */
typedef int (*uplink_visit)(void *argument, int ifindex);

/* Visits each link that has a pin, in no order. Returns what visit returned if it ended the walk. */
int uplink_each(const char *directory, uplink_visit visit, void *argument);

/* What is attached there, if anything. */
struct uplink_program {
	__u32 id; /* 0: nothing */
	char name[BPF_OBJ_NAME_LEN]; /* empty where it may not be known: that takes CAP_SYS_ADMIN */
};

void uplink_look(int ifindex, struct uplink_program *program);

#endif
