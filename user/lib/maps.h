/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the pinned maps. */
#ifndef SHUNT_USER_LIB_MAPS_H
#define SHUNT_USER_LIB_MAPS_H

#include <linux/bpf.h>
#include <shunt/tables.h>
#include "user/lib/pins.h"

struct maps {
	int fds[PINS_MAP_COUNT];
};

/*
 * Opens every map pinned under directory. -ENOENT where there is none, -EPERM or -EACCES without
 * the right to, -ESTALE where a map's elements are not what this program takes them for. *failed
 * names the map that could not be opened. The caller closes *maps.
 */
int maps_open(const char *directory, struct maps *maps, const char **failed);

/* Safe on NULL. */
void maps_close(struct maps *maps);

/* Gets one element; values of a per-CPU map one after the other. Non-zero ends the walk. */
typedef int (*maps_visit)(void *argument, const void *key, const void *value);

/*
 * Visits each element of a hash map, in no order; elements that come or go meanwhile may be missed.
 * flags: BPF_F_LOCK for values with a lock. Returns what visit returned if it ended the walk.
 */
int maps_each(int fd, __u64 flags, maps_visit visit, void *argument);

/* The number of elements of a hash map now. */
int maps_count(int fd, __u32 *count);

/* The number of elements that the map has room for. */
int maps_capacity(int fd, __u32 *capacity);

/* Writes the sum over all CPUs of a per-CPU value that is made of count 64-bit numbers. */
int maps_sum(int fd, const void *key, __u64 *sums, size_t count);

/* Adds up a per-CPU value, as maps_each() gives it. */
void maps_add_up(const void *value, __u64 *sums, size_t count);

/* Counts of enum shunt_reason since the maps were made. */
int maps_read_stats(const struct maps *maps, __u64 counts[SHUNT_REASON_COUNT]);

int maps_read_settings(const struct maps *maps, struct shunt_settings *settings);

/* The names of markers in force. */
int maps_read_markers(const struct maps *maps, struct shunt_markers *markers);

/* The keys of passports in force. */
int maps_read_keys(const struct maps *maps, struct shunt_keys *keys);

/* The epoch that new passports are made with; 0: none can be made. */
int maps_read_epoch(const struct maps *maps, __u32 *epoch);

/* The name of a service port, or "service N" where there is none of this id. Returns text. */
const char *maps_service_name(const struct maps *maps, __u32 service,
			      char text[SHUNT_SERVICE_NAME_MAX + 1]);

#endif
