/* SPDX-License-Identifier: Apache-2.0 */
/* What `shunt status` tells, read from the pinned maps. */
#ifndef SHUNT_USER_CLI_STATUS_READ_H
#define SHUNT_USER_CLI_STATUS_READ_H

#include <net/if.h>
#include <linux/bpf.h>
#include "user/lib/filters.h"
#include "user/lib/maps.h"
#include "user/lib/netns.h"
#include "user/lib/markers.h"
#include "user/lib/uplink.h"

#define STATUS_TABLE_COUNT 10

struct status_entries {
	enum pins_map map;
	__u32 count;
	__u32 capacity;
};

struct status_link {
	__u32 netns; /* number of the network namespace that it is in; 0: the node's */
	char netns_name[NETNS_NAME_SIZE];
	__u32 ifindex;
	char name[IFNAMSIZ];
	struct filters filters;
};

/* A physical link with the fence. */
struct status_uplink {
	int ifindex;
	char name[IFNAMSIZ];
	enum uplink_mode mode;
};

/* An override that was used. */
struct status_override {
	__u32 id;
	struct shunt_override_key key;
	struct shunt_override_stats counts;
};

struct status {
	struct shunt_settings settings;
	__u32 epoch; /* of the key that passports are made with; 0: none can be made */
	struct marker markers[SHUNT_MARKERS_MAX]; /* in force, by precedence */
	size_t marker_count;
	struct status_entries tables[STATUS_TABLE_COUNT];
	__u64 counts[SHUNT_REASON_COUNT];
	struct status_link *links; /* by name */
	size_t link_count;
	size_t link_capacity;
	struct status_uplink *uplinks; /* by name */
	size_t uplink_count;
	size_t uplink_capacity;
	struct status_override *overrides; /* by context and service */
	size_t override_count;
	size_t override_capacity;
};

/* directory: of pins. The caller clears *status, which is written only on success. */
int status_read(const char *directory, const struct maps *maps, struct status *status);

/* Safe on a zeroed struct. */
void status_clear(struct status *status);

#endif
