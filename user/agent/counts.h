/* SPDX-License-Identifier: Apache-2.0 */
/* How often each override was used, by the kernel's counts, since this was last told. */
#ifndef SHUNT_USER_AGENT_COUNTS_H
#define SHUNT_USER_AGENT_COUNTS_H

#include "user/agent/backend.h"
#include "user/agent/mirror.h"

#define COUNTS_USES_MAX 4096 /* told at once; the others come next time */

struct counts_use {
	const char *context; /* of the mirror */
	const char *service;
	__u64 requests;
};

struct counts_entry {
	__u32 id; /* of an override */
	__u32 slot; /* of it in the mirror, while that is looked for */
	__u64 requests;
};

struct counts_list {
	struct counts_entry *entries; /* sorted by id */
	size_t count;
	size_t capacity;
};

/* All zero: everything that was counted is to be told. */
struct counts {
	struct counts_list told;
	struct counts_list pending; /* what is told by the uses that were collected last */
};

/* What was counted until now was told already, by an earlier run. */
int counts_start(struct counts *counts, const struct backend *backend);

/*
 * Collects at most COUNTS_USES_MAX overrides that are in the mirror and were used. The array is to
 * be freed; what it refers to belongs to the mirror. Until counts_told() the same is collected again.
 */
int counts_collect(struct counts *counts, const struct backend *backend,
		   const struct mirror *mirror, struct counts_use **uses, size_t *count);

/* What was collected last has arrived. */
void counts_told(struct counts *counts);

void counts_clear(struct counts *counts);

#endif
