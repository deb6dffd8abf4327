/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is pinned under the directory given with --bpffs:
 *
 *   MAP                each map of PINS_MAPS
 *   programs/PROGRAM   each program of PINS_PROGRAMS
 *   attachments/NAME   the link of each program of pins_cgroup_programs; `links` is a map
 *   uplinks/IFINDEX    the link of the fence on each uplink
 *   tracer             an empty directory that `shunt trace` locks
 */
#ifndef SHUNT_USER_LIB_PINS_H
#define SHUNT_USER_LIB_PINS_H

#include <stddef.h>

#define PINS_MAPS(X)                      \
	X(FRONTENDS, frontends)           \
	X(OVERRIDES, overrides)           \
	X(STAGED, staged)                 \
	X(OFFLOADED, offloaded)           \
	X(SERVICES, services)             \
	X(FLOWS, flows)                   \
	X(FRAMING, framing)               \
	X(HELD, held)                     \
	X(LEGS, legs)                     \
	X(MOVED, moved)                   \
	X(LINKS, links)                   \
	X(PODS, pods)                     \
	X(CLOSING, closing)               \
	X(CLOCK, clock)                   \
	X(SETTINGS, settings)             \
	X(MARKERS, markers)               \
	X(KEYS, keys)                     \
	X(SOURCES, sources)               \
	X(FENCE_ALLOWED, fence_allowed)   \
	X(STEERED, steered)               \
	X(DIALLED, dialled)               \
	X(TRACING, tracing)               \
	X(STATS, stats)                   \
	X(OVERRIDE_STATS, override_stats) \
	X(SERVICE_STATS, service_stats)   \
	X(HANDSHAKES, handshakes)         \
	X(CALLERS, callers)               \
	X(PROPAGATION, propagation)       \
	X(EVENTS, events)

#define PINS_PROGRAMS(X)              \
	X(FROM_POD, from_pod)         \
	X(TO_POD, to_pod)             \
	X(WATCH, watch)               \
	X(CONNECT4, connect4)         \
	X(CONNECT6, connect6)         \
	X(GETPEERNAME4, getpeername4) \
	X(GETPEERNAME6, getpeername6) \
	X(SWEEP, sweep)               \
	X(FENCE_XDP, fence_xdp)       \
	X(FENCE_GENERIC, fence_generic)

enum pins_map {
#define X(NAME, name) PINS_##NAME,
	PINS_MAPS(X)
#undef X
	PINS_MAP_COUNT
};

enum pins_program {
#define X(NAME, name) PINS_##NAME,
	PINS_PROGRAMS(X)
#undef X
	PINS_PROGRAM_COUNT
};

#define PINS_CGROUP_PROGRAM_COUNT 5

extern const char *const pins_map_names[PINS_MAP_COUNT];
extern const char *const pins_program_names[PINS_PROGRAM_COUNT];

/* Those that a link attaches to the root of cgroup v2. */
extern const enum pins_program pins_cgroup_programs[PINS_CGROUP_PROGRAM_COUNT];

/* Write a path and return 0, or -ENAMETOOLONG where size is too small. */
int pins_map_path(const char *directory, enum pins_map map, char *path, size_t size);
int pins_program_path(const char *directory, enum pins_program program, char *path, size_t size);
int pins_cgroup_link_path(const char *directory, enum pins_program program, char *path,
			  size_t size);
int pins_programs_path(const char *directory, char *path, size_t size);
int pins_uplinks_path(const char *directory, char *path, size_t size);
int pins_uplink_path(const char *directory, int ifindex, char *path, size_t size);
int pins_tracer_path(const char *directory, char *path, size_t size);

/* Makes the directories below directory, which exists. Those that are there already stay. */
int pins_make_directories(const char *directory);

/*
 * Pins the object of fd at path in place of what is pinned there, if anything, in one step: there
 * is no moment without a pin. What an interrupted call left is replaced.
 */
int pins_replace(int fd, const char *path);

/*
 * Unpins everything, of an interrupted start too, and removes the directory, its parents not. *count
 * is the number of pins removed. Anything unknown that is found there stays: -ENOTEMPTY.
 */
int pins_remove(const char *directory, unsigned int *count);

#endif
