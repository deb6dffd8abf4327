/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's tables as they are read, before what refers to each other is linked. */
#ifndef SHUNT_USER_AGENT_RECOVER_READ_H
#define SHUNT_USER_AGENT_RECOVER_READ_H

#include "user/agent/backend.h"
#include "user/agent/mirror.h"

/*
 * Nothing is sorted, elements hold the id of their service in place of its index, and the retired
 * ids are all ids that have counts.
 */
struct recover_reading {
	struct mirror mirror;
	size_t service_capacity;
	size_t frontend_capacity;
	size_t offloaded_capacity;
	size_t override_capacity;
	size_t retired_capacity;
};

/* Reads all into *reading, which is zeroed before. Its mirror is the caller's to clear, always. */
int recover_read(const struct backend *backend, struct recover_reading *reading);

/* Adds a service that the kernel has by this id. -ENOMEM. */
int recover_add_service(struct recover_reading *reading, __u32 id, const char *name, size_t length);

#endif
