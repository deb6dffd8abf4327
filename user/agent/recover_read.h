/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the kernel's tables into a mirror. */
#ifndef SHUNT_USER_AGENT_RECOVER_READ_H
#define SHUNT_USER_AGENT_RECOVER_READ_H

#include "user/agent/backend.h"
#include "user/agent/mirror.h"

/* Where the service of an id is. */
struct recover_place {
	__u32 id;
	__u32 slot;
};

struct recover_reading {
	struct mirror mirror;
	struct recover_place *places; /* sorted by id */
	size_t place_count;
	size_t place_capacity;
	__u32 *counted; /* ids of overrides that have counts */
	size_t counted_count;
	size_t counted_capacity;
};

/*
 * Reads all into *reading; what is in the kernel is taken for what is wanted. Elements of a service
 * that has no name, which somebody must have removed by hand, get one that nothing wants, so that
 * they go away with it. Ids are not looked at. The caller clears *reading, always.
 */
int recover_read(const struct backend *backend, struct recover_reading *reading);

void recover_read_clear(struct recover_reading *reading);

#endif
