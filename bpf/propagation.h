/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Who passes contexts on: on the links of pods that serve, which requests come in with a marker, and
 * whether the calls that the pod makes meanwhile have one. Which of several requests in flight a call
 * belongs to is not seen from outside; so it is counted what was in flight, and how likely it was a
 * marked one. Requests are looked for only where a packet begins with one, since nothing depends on it.
 */
#ifndef SHUNT_BPF_PROPAGATION_H
#define SHUNT_BPF_PROPAGATION_H

#include "head.h"

/* An element of `in_flight`: since when, in ms, whether it has a marker, and what tells it from others. */
#define IN_FLIGHT_TIME 24 /* shift */
#define IN_FLIGHT_MARKED (1U << 23)
#define IN_FLIGHT_TAG (IN_FLIGHT_MARKED - 1)

#define PAYLOAD_NOTHING 0
#define PAYLOAD_REQUEST 1
#define PAYLOAD_RESPONSE 2 /* not an interim one */

#define WORD(a, b, c, d) ((__u32)(a) | (__u32)(b) << 8 | (__u32)(c) << 16 | (__u32)(d) << 24)

static __always_inline bool propagation_is_counted(void)
{
	__u32 zero = 0;
	const struct shunt_settings *now = bpf_map_lookup_elem(&settings, &zero);

	return now && now->flags & SHUNT_SETTINGS_PROPAGATION;
}

/* What the packet's payload begins with. */
static __always_inline int propagation_payload(struct __sk_buff *skb, const struct packet *packet)
{
	struct {
		__u32 first;
		__u32 version;
		__u8 space;
		__u8 status;
	} __attribute__((packed)) begin;

	if (packet->segment.length < sizeof(begin) ||
	    bpf_skb_load_bytes(skb, packet->payload, &begin, sizeof(begin)))
		return PAYLOAD_NOTHING;
	switch (begin.first) {
	case WORD('G', 'E', 'T', ' '):
	case WORD('P', 'O', 'S', 'T'):
	case WORD('P', 'U', 'T', ' '):
	case WORD('H', 'E', 'A', 'D'):
	case WORD('D', 'E', 'L', 'E'):
	case WORD('P', 'A', 'T', 'C'):
	case WORD('O', 'P', 'T', 'I'):
		return PAYLOAD_REQUEST;
	case WORD('H', 'T', 'T', 'P'):
		return begin.status == '1' ? PAYLOAD_NOTHING : PAYLOAD_RESPONSE;
	default:
		return PAYLOAD_NOTHING;
	}
}

/* Of a connection that a peer has made to the pod. */
static __always_inline __u32 in_flight_hash(const struct shunt_address *peer, __u16 peer_port,
					    __u16 own_port)
{
	const __u32 *words = (const __u32 *)peer->bytes;
	__u32 hash = words[0] ^ words[1] ^ words[2] ^ words[3];

	hash = (hash ^ (__u32)own_port << 16 ^ peer_port) * 0x9e3779b1;
	return (hash ^ hash >> 15) * 0x85ebca77;
}

static __always_inline __u64 in_flight_now(void)
{
	return bpf_ktime_get_ns() / 1000000;
}

static __always_inline bool in_flight_has(__u64 entry, __u64 now)
{
	return now - (entry >> IN_FLIGHT_TIME) < SHUNT_IN_FLIGHT_MS;
}

/* Either of two places: where both are others', one of them is forgotten. */
static __always_inline void in_flight_begin(struct shunt_caller *caller, __u32 hash, bool marked)
{
	__u32 index = hash >> 26, tag = hash & IN_FLIGHT_TAG;
	__u64 now = in_flight_now(), old = caller->in_flight[index & (SHUNT_IN_FLIGHT_MAX - 1)];

	if (in_flight_has(old, now) && (old & IN_FLIGHT_TAG) != tag)
		index ^= 1;
	caller->in_flight[index & (SHUNT_IN_FLIGHT_MAX - 1)] =
		now << IN_FLIGHT_TIME | (marked ? IN_FLIGHT_MARKED : 0) | tag;
}

static __always_inline void in_flight_end(struct shunt_caller *caller, __u32 hash)
{
	__u32 tag = hash & IN_FLIGHT_TAG, i;

	for (i = 0; i < 2; i++) {
		__u64 *entry = &caller->in_flight[(hash >> 26 ^ i) & (SHUNT_IN_FLIGHT_MAX - 1)];

		if ((*entry & IN_FLIGHT_TAG) == tag)
			*entry = 0;
	}
}

/* 1 or 0 as in_flight_has(), without a branch, which the verifier would follow for every element. */
static __always_inline __u32 in_flight_one(__u64 entry, __u64 now)
{
	__u64 left = now - (entry >> IN_FLIGHT_TIME) - SHUNT_IN_FLIGHT_MS;

	opaque(left);
	return left >> 63;
}

/* The pod behind the packet's link makes a call to a frontend. */
SUBPROGRAM int propagation_call(struct __sk_buff *skb, __u32 marked)
{
	__u32 in_flight = 0, with_marker = 0, link = direction_link(skb), i, during;
	const struct shunt_caller *caller = bpf_map_lookup_elem(&callers, &link);
	struct shunt_propagation *counts;
	__u64 now = in_flight_now();
	__u32 service;

	if (!caller)
		return 0;
	service = caller->service;
	counts = bpf_map_lookup_elem(&propagation, &service);
	if (!counts)
		return 0;
	for (i = 0; i < SHUNT_IN_FLIGHT_MAX; i++) {
		__u64 entry = caller->in_flight[i];
		__u32 one = in_flight_one(entry, now);

		in_flight += one;
		with_marker += one & (__u32)(entry >> (IN_FLIGHT_TIME - 1));
	}
	during = (in_flight > with_marker ? SHUNT_DURING_UNMARKED : 0) |
		 (with_marker ? SHUNT_DURING_MARKED : 0);
	counts->calls[marked & 1][during]++;
	if (in_flight)
		counts->expected += with_marker * 1000 / in_flight;
	return 0;
}

/* The request that the packet in hand begins with: 1 with a marker, 0 without, -1 where that is not known yet,
 * -2 where it is none. */
static __always_inline int propagation_marked(struct __sk_buff *skb, struct scratch *scratch,
					      __u32 service)
{
	struct shunt_service *name = bpf_map_lookup_elem(&services, &service);
	const struct shunt_markers *table = stream_markers();
	struct shunt_head *head = &scratch->head;
	int result = stream_head(skb, scratch, 0);
	struct carrier_space *space;
	__u32 zero = 0;

	space = bpf_map_lookup_elem(&carrier_memory, &zero);
	if (result == HTTP_DONE && head->carrier_length && name && table && space) {
		carrier_read(stream_bytes(&scratch->held), head, table, space, name);
		if (space->endpoint_count)
			return 1;
	}
	if (result == HTTP_BAD)
		return -2;
	if (head->rank != SHUNT_HEAD_NO_MARKER)
		return 1;
	return result == HTTP_DONE ? 0 : -1;
}

/* The pod behind the packet's link gets a request. */
SUBPROGRAM int propagation_request(struct __sk_buff *skb, int marked)
{
	struct scratch *scratch = scratch_get();
	__u32 link = direction_link(skb);
	struct shunt_caller *caller = bpf_map_lookup_elem(&callers, &link);
	struct shunt_propagation *counts;
	const struct packet *packet;
	__u32 service;

	if (!caller || !scratch || marked < -1)
		return 0;
	packet = &scratch->packet;
	in_flight_begin(caller,
			in_flight_hash(&packet->addresses[0], packet->source_port,
				       packet->destination_port),
			marked > 0);
	service = caller->service;
	counts = bpf_map_lookup_elem(&propagation, &service);
	if (counts && marked >= 0)
		counts->requests[marked & 1]++;
	return 0;
}

/* The packet in hand has a payload and goes to a pod that did not ask for it. One whose marker may be in
 * a later packet is in flight as one without. */
SUBPROGRAM int propagation_received(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	const struct shunt_caller *caller;
	__u32 link = direction_link(skb);

	caller = bpf_map_lookup_elem(&callers, &link);
	if (!caller || !scratch || propagation_payload(skb, &scratch->packet) != PAYLOAD_REQUEST)
		return 0;
	return propagation_request(skb, propagation_marked(skb, scratch, caller->service));
}

/* The packet in hand has a payload and is a pod's, on a connection that is not tracked: to a frontend, or
 * to whom it serves. */
SUBPROGRAM int propagation_sent(struct __sk_buff *skb, __u32 to_frontend)
{
	struct scratch *scratch = scratch_get();
	const struct packet *packet;
	struct shunt_caller *caller;
	__u32 link = direction_link(skb);
	int payload, marked;

	caller = bpf_map_lookup_elem(&callers, &link);
	if (!caller || !scratch)
		return 0;
	packet = &scratch->packet;
	payload = propagation_payload(skb, packet);
	if (payload == PAYLOAD_RESPONSE && !to_frontend)
		in_flight_end(caller,
			      in_flight_hash(&packet->addresses[1], packet->destination_port,
					     packet->source_port));
	if (payload != PAYLOAD_REQUEST || !to_frontend)
		return 0;
	marked = propagation_marked(skb, scratch, caller->service);
	if (marked >= 0)
		propagation_call(skb, marked);
	return 0;
}

#endif
