/* SPDX-License-Identifier: Apache-2.0 */
/* Events as objects: what an agent tells, and what `shunt trace` prints and filters. */
#ifndef SHUNT_USER_LIB_EVENT_JSON_H
#define SHUNT_USER_LIB_EVENT_JSON_H

#include <jansson.h>
#include <linux/bpf.h>
#include <shunt/events.h>

/* What an event is told with. NULL: not known. */
struct event_names {
	const char *service;
	const char *client_pod;
	const char *target_pod;
};

/*
 * A record of the ring, of size bytes, as an event. All that may hold a secret beside method and path
 * is cleared: the query, and what follows the request line. -EINVAL where it is none.
 */
int event_read(const void *record, size_t size, struct shunt_event *event);

/* Where the request went, as far as the event says: its target, or its origin. NULL: not known. */
const struct shunt_endpoint *event_target(const struct shunt_event *event,
					  struct shunt_endpoint *origin);

/* At wall ns since 1970. The caller has the reference; NULL for want of memory. */
json_t *event_to_json(const struct shunt_event *event, __u64 wall, const struct event_names *names);

/* That so many events were not recorded, for a reason: SHUNT_REASON_EVENT_*. */
json_t *event_lost_to_json(__u64 wall, unsigned int reason, __u64 count);

#endif
