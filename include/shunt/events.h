/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) OR Apache-2.0 */
/* Records of the ring buffer `events`. One is written for each move and each failure. */
#ifndef SHUNT_EVENTS_H
#define SHUNT_EVENTS_H

#include <shunt/tables.h>

struct shunt_event {
	__u64 time; /* ns, monotonic clock */
	__u64 duration; /* ns from the first SYN to the leg's being open, 0 where none was opened */
	__u32 service;
	__u32 override_id;
	__u8 reason; /* enum shunt_reason */
	__u8 leg;
	__u16 reserved;
	struct shunt_connection connection;
	struct shunt_endpoint target;
	char context[SHUNT_CONTEXT_NAME_MAX + 1]; /* empty: the origin */
};

_Static_assert(sizeof(struct shunt_event) == 152, "no hidden padding");

#endif
