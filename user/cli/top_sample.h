/* SPDX-License-Identifier: Apache-2.0 */
/* The counts of overrides at one moment, and how many came between two. */
#ifndef SHUNT_USER_CLI_TOP_SAMPLE_H
#define SHUNT_USER_CLI_TOP_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include "user/lib/maps.h"

enum top_by {
	TOP_BY_OVERRIDE,
	TOP_BY_CONTEXT,
	TOP_BY_SERVICE,
};

struct top_count {
	__u32 id; /* of the override */
	struct shunt_override_key key;
	struct shunt_override_stats counts;
};

/* All zero is empty. Sorted by id. */
struct top_sample {
	struct top_count *items;
	size_t count;
	size_t capacity;
	__u64 time; /* ns, monotonic clock */
};

/* A line: what is summed up over all overrides of the context, the service, or both. */
struct top_row {
	struct shunt_override_key key; /* without what it is summed up over */
	struct shunt_override_stats total;
	struct shunt_override_stats since; /* of those: since the sample before */
};

/*
 * Reads the counts that there are. Names are taken over from the sample before, where it has them. -errno;
 * *sample is written only on success, and the caller clears it.
 */
int top_sample_read(const struct maps *maps, const struct top_sample *before,
		    struct top_sample *sample);

/* Safe on a zeroed struct. */
void top_sample_clear(struct top_sample *sample);

/*
 * The rows of a sample, the busiest since the one before first. To be freed; their number is written.
 * NULL where there are none, or for want of memory.
 */
struct top_row *top_rows(const struct top_sample *before, const struct top_sample *now,
			 enum top_by by, size_t *count);

#endif
