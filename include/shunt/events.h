/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) OR Apache-2.0 */
/*
 * Records of the ring buffer `events`: what became of requests that name a context, or came back from
 * one, and what was refused. A record may be cut off behind `context`: then the line is not known.
 */
#ifndef SHUNT_EVENTS_H
#define SHUNT_EVENTS_H

#include <shunt/tables.h>

#define SHUNT_EVENT_LINE_MAX 96 /* bytes of a request line */

struct shunt_event {
	__u64 time; /* ns, monotonic clock */
	__u64 duration; /* ns from the first SYN to the leg's being open, 0 where none was opened */
	__u32 service;
	__u32 override_id;
	__u8 reason; /* enum shunt_reason */
	__u8 leg;
	__u8 then; /* where a leg failed, what came of it: NEXT_ENDPOINT, TO_ORIGIN or ANSWERED */
	__u8 reserved;
	struct shunt_connection connection;
	struct shunt_endpoint target;
	char context[SHUNT_CONTEXT_NAME_MAX + 1]; /* empty: the origin */
	char line[SHUNT_EVENT_LINE_MAX]; /* how the request began, where SHUNT_TRACING_LINES asks */
};

#define SHUNT_EVENT_SHORT 152 /* bytes of a record without `line` */

_Static_assert(sizeof(struct shunt_event) == SHUNT_EVENT_SHORT + SHUNT_EVENT_LINE_MAX,
	       "no hidden padding");

#endif
