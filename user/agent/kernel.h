/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our programs and maps in the kernel: loaded, pinned, and those for cgroups attached. What is
 * pinned already is reused or replaced in place, so that there is no moment without it, and a
 * start that was interrupted anywhere is completed by the next one.
 */
#ifndef SHUNT_USER_AGENT_KERNEL_H
#define SHUNT_USER_AGENT_KERNEL_H

#include <stdbool.h>
#include "user/lib/maps.h"
#include "user/lib/problems.h"

struct bpf_object;

struct kernel {
	struct bpf_object *object;
	struct maps maps; /* belong to the object */
	int programs[PINS_PROGRAM_COUNT]; /* file descriptors, likewise */
};

struct kernel_options {
	const char *directory; /* made by bpffs_prepare() */
	const char *cgroup; /* the cgroup v2 directory that programs are attached to */
	__u32 moved; /* connections that there is room for, where no maps are pinned yet */
	bool at_pod; /* the programs on links are for the pods' own ends */
};

/*
 * -ESTALE where what is pinned is laid out otherwise, or for the other end. What failed, or is not as
 * it was wanted, is in problems. On success the caller stops it.
 */
int kernel_start(const struct kernel_options *options, struct kernel *kernel,
		 struct problems *problems);

/* Frees what the process holds; all that is pinned or attached stays. Safe on a zeroed struct. */
void kernel_stop(struct kernel *kernel);

/* Runs the program that removes stale state. */
int kernel_sweep(const struct kernel *kernel);

/* Makes another table of markers the one in force, at once. */
int kernel_set_markers(const struct kernel *kernel, const struct shunt_markers *markers);

/* The same with the keys of passports. */
int kernel_set_keys(const struct kernel *kernel, const struct shunt_keys *keys);

/* Puts those of SHUNT_SETTINGS_* in force that are in the mask. */
int kernel_set_flags(const struct kernel *kernel, __u32 mask, __u32 flags);

/* Notes in `settings` that a generation was applied, at a time in seconds since 1970. */
int kernel_set_generation(const struct kernel *kernel, __u64 generation, __u64 applied_at);

#endif
