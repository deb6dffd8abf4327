/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The maps. maps.bpf.c defines them, every other object declares them: it includes this file
 * with MAP left as extern.
 */
#ifndef SHUNT_BPF_MAPS_H
#define SHUNT_BPF_MAPS_H

#include "carrier.h"
#include "scratch.h"

#ifndef MAP
#define MAP extern
#endif

/* 1: the programs are on the pods' own ends of their links, see direction.h. The agent sets it before it
 * loads them, so the verifier leaves out what is for the other end. */
MAP const volatile __u32 at_pod SEC(SHUNT_AT_POD);

/* Addresses that clients dial. Agent writes. A miss or a full table: the packet is not ours. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SHUNT_FRONTENDS_MAX);
	__type(key, struct shunt_endpoint);
	__type(value, struct shunt_frontend);
} frontends SEC(".maps");

/* Where a context's requests to a service port go. Agent writes. A miss: to the origin. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SHUNT_OVERRIDES_MAX);
	__type(key, struct shunt_override_key);
	__type(value, struct shunt_override);
} overrides SEC(".maps");

/* Overrides that one generation changes together, while the agent writes them one by one to `overrides`:
 * `settings` puts all in force at once. Agent writes. Full: each is in force when it is written. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SHUNT_STAGED_MAX);
	__type(key, struct shunt_override_key);
	__type(value, struct shunt_override);
} staged SEC(".maps");

/* Endpoints of offloaded pods by service port: the only ones that a leg may go to, and what the fence
 * guards. Agent writes. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SHUNT_OFFLOADED_MAX);
	__type(key, struct shunt_endpoint);
	__type(value, struct shunt_offloaded);
} offloaded SEC(".maps");

/* Service-port names, for people. Agent writes. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SHUNT_SERVICES_MAX);
	__type(key, __u32);
	__type(value, struct shunt_service);
} services SEC(".maps");

/* Moved connections. The switch writes. Full: new moves are refused and counted. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SHUNT_FLOWS_MAX);
	__type(key, struct shunt_connection);
	__type(value, struct shunt_flow);
} flows SEC(".maps");

/* A leg's connection as its server sees it -> its flow. The switch writes, with `flows`. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SHUNT_FLOWS_MAX *(SHUNT_LEGS_MAX - 1));
	__type(key, struct shunt_connection);
	__type(value, struct shunt_leg_owner);
} legs SEC(".maps");

/* How many of `flows` have a client's address and port of that hash. The switch writes, with `flows`. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << SHUNT_MOVED_BITS);
	__type(key, __u32);
	__type(value, __u32);
} moved SEC(".maps");

/* Request boundaries. The switch writes. Evicted: the next boundary must be proven anew. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SHUNT_FRAMING_MAX);
	__type(key, struct shunt_connection);
	__type(value, struct shunt_framing);
} framing SEC(".maps");

/* Request bytes kept while a leg opens or a head is incomplete. The switch writes. Full: such a
 * request goes to the origin, which is counted. Preallocated, since an element is large. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SHUNT_HELD_ENTRIES_MAX);
	__type(key, struct shunt_connection);
	__type(value, struct shunt_held);
} held SEC(".maps");

/* Closed connections whose flows are still there for late packets. The switch and the watch write.
 * Full: the sweep removes the flow. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, SHUNT_FLOWS_MAX);
	__type(value, struct shunt_closing);
} closing SEC(".maps");

/* One element, whose timer empties `closing`. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct shunt_clock);
} clock SEC(".maps");

/* What a move needs to know of a link. Agent writes. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SHUNT_LINKS_MAX);
	__type(key, __u32);
	__type(value, struct shunt_link);
} links SEC(".maps");

/* The offloaded pod behind a link. Agent writes. A miss: the fence knows it by the addresses in
 * `offloaded` only. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SHUNT_LINKS_MAX);
	__type(key, __u32);
	__type(value, struct shunt_pod);
} pods SEC(".maps");

/* One element. Agent writes. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct shunt_settings);
} settings SEC(".maps");

/* Names of markers: two elements, `settings` says which is in force. Agent writes the other one. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct shunt_markers);
} markers SEC(".maps");

/* Keys of passports: two elements, `settings` says which is in force. Agent writes the other one. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct shunt_keys);
} keys SEC(".maps");

/* Whose markers count, where not everybody's do. Agent writes. A miss: they are ignored. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SHUNT_SOURCES_MAX);
	__type(key, struct shunt_prefix);
	__type(value, struct shunt_source);
} sources SEC(".maps");

/* From where the fence lets every connection in. Agent writes. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SHUNT_ALLOWED_MAX);
	__type(key, struct shunt_prefix);
	__type(value, struct shunt_allowed);
} fence_allowed SEC(".maps");

/* Frontends behind which offloaded pods stand too, and the ordinary endpoints to choose from. Agent
 * writes. A miss: the connection goes where it would. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SHUNT_STEERED_MAX);
	__type(key, struct shunt_endpoint);
	__type(value, struct shunt_steer);
} steered SEC(".maps");

/* What a steered socket's program connected to. Steer writes; the kernel removes it with the socket. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct shunt_endpoint);
} dialled SEC(".maps");

/* One element. Whoever reads `events` writes it: the agent, or `shunt trace` where there is none. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct shunt_tracing);
} tracing SEC(".maps");

/* Counts by enum shunt_reason. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SHUNT_REASONS_MAX);
	__type(key, __u32);
	__type(value, __u64);
} stats SEC(".maps");

/* Counts by override id. The switch makes an element at its first use, the agent removes it with
 * the override. Full: not counted. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SHUNT_OVERRIDES_MAX);
	__type(key, __u32);
	__type(value, struct shunt_override_stats);
} override_stats SEC(".maps");

/* Counts of requests by service-port id, modulo its size. The switch writes; the agent clears an element
 * when it removes the service. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SHUNT_SERVICE_STATS_MAX);
	__type(key, __u32);
	__type(value, struct shunt_service_stats);
} service_stats SEC(".maps");

/* Pods whose calls are counted, and what each has in flight. Agent and switch write. A miss: not counted. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SHUNT_LINKS_MAX);
	__type(key, __u32);
	__type(value, struct shunt_caller);
} callers SEC(".maps");

/* Counts of requests and calls by the service port of the pod. The agent makes an element with the first
 * of its pods and removes it with the service, the switch counts. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SHUNT_LINKS_MAX);
	__type(key, __u32);
	__type(value, struct shunt_propagation);
} propagation SEC(".maps");

/* One element. The switch writes. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct shunt_handshakes);
} handshakes SEC(".maps");

/* What becomes of requests, while somebody reads it. Full: the record is lost and counted. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SHUNT_EVENTS_BYTES);
} events SEC(".maps");

/* Working memory, one for each CPU. No program waits or is entered again while it uses it; on the pods'
 * own ends there are SHUNT_LEVELS_MAX of it, one in use at a time. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch_memory SEC(".maps");

/* On the pods' own ends, which of these is in use. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch_level);
} scratch_level SEC(".maps");

/* The same for what is needed only where a request has a carrier; an element has 32 KiB at most. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct carrier_space);
} carrier_memory SEC(".maps");

static __always_inline struct scratch *scratch_get(void)
{
	struct scratch_level *level;
	__u32 index = 0;

	if (at_pod) {
		level = bpf_map_lookup_elem(&scratch_level, &index);
		if (!level)
			return NULL;
		index = level->now;
	}
	return bpf_map_lookup_elem(&scratch_memory, &index);
}

#endif
