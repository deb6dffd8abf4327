/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Keeping a request's bytes while its leg opens, and sending them again. */
#ifndef SHUNT_BPF_REPLAY_H
#define SHUNT_BPF_REPLAY_H

#include "craft.h"
#include "flow.h"

/* What remains to be done with the packet in hand; other values are TC verdicts. */
#define MOVE_NOTHING (-2) /* it goes on, to the current leg */
#define MOVE_REPLAY (-3) /* replay() in its place */
#define MOVE_FAILED (-4) /* move_failed() in its place, for `held`'s reason */

#define REPLAY_SEGMENTS_MAX 64
#define REPLAY_MSS_MIN 256

static __always_inline struct shunt_leg *leg_at(struct shunt_flow *flow, __u32 index)
{
	opaque(index);
	return &flow->legs[index & (SHUNT_LEGS_MAX - 1)];
}

/*
 * Copies leg `index` to scratch->leg, if it is the current one, without the flow's lock, which takes as
 * long as looking up the flow. False where it is not current, or where a move came in between: a move counts
 * itself before it makes another leg current (leg_becomes_current()), and none changes a current leg's
 * numbers.
 */
static __always_inline bool leg_copy(struct scratch *scratch, struct shunt_flow *flow, __u32 index)
{
	const volatile __u32 *moves = &flow->moves;
	const volatile __u8 *current = &flow->current;
	__u32 before = *moves;

	if (*current != index)
		return false;
	scratch->leg = *leg_at(flow, index);
	asm volatile("" ::: "memory");
	return *current == index && *moves == before;
}

/* Makes leg `index` current, whose numbers are written. The flow's lock is held. */
static __always_inline void leg_becomes_current(struct shunt_flow *flow, __u32 index)
{
	__sync_fetch_and_add(&flow->moves, 1); /* on all architectures a barrier on both sides */
	flow->current = index;
}

/* Adds the payload of the packet in hand from `from` on to entry->bytes from `to`, as far as there is
 * room. */
static __always_inline int hold_payload(struct __sk_buff *skb, const struct packet *packet,
					struct shunt_held *entry, __u32 from, __u32 to)
{
	__u32 left = packet->segment.length - from, at = packet->payload + from, n;

	if (to > SHUNT_HELD_MAX)
		return -1;
	if (left > SHUNT_HELD_MAX - to)
		left = SHUNT_HELD_MAX - to;
	for (n = 0; n < SHUNT_HELD_MAX / 2048 + 1 && left; n++) {
		__u32 size = left < 2048 ? left : 2048;

		left -= size;
		opaque(size);
		size = ((size - 1) & 2047) + 1;
		opaque(to);
		to &= SHUNT_HELD_MAX - 1;
		if (bpf_skb_load_bytes(skb, at, &entry->bytes[to], size))
			return -1;
		at += size;
		to += size;
	}
	entry->length = to;
	return 0;
}

/*
 * Sends the held bytes once more as if the client had just sent them, in segments that the
 * current leg takes. They come back through from_pod, which translates them like any other.
 */
SUBPROGRAM int replay(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	struct shunt_held *entry;
	struct shunt_flow *flow;
	__u32 size, timestamps, from = 0, n;

	if (!scratch)
		return -1;
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	entry = bpf_map_lookup_elem(&held, &scratch->connection);
	if (!flow || !entry)
		return -1;
	size = leg_at(flow, flow->current)->mss;
	if (!size)
		size = socket_is_ipv6(&scratch->connection) ? 1220 : 536; /* RFC 9293, 3.7.1 */
	if (size < REPLAY_MSS_MIN)
		size = REPLAY_MSS_MIN;
	timestamps = tcp_has_timestamps(leg_at(flow, flow->current));
	size -= timestamps * TCP_TIMESTAMP_ROOM;
	for (n = 0; n < REPLAY_SEGMENTS_MAX && from < entry->length; n++) {
		__u32 left = entry->length - from;
		__u8 flags = TCP_ACK;

		if (left <= size) {
			flags |= TCP_PSH;
			if (entry->flags & SHUNT_HELD_FIN)
				flags |= TCP_FIN;
		}
		craft_to_leg(scratch, &flow->legs[0].endpoint, flow->legs[0].mac, flags,
			     flow->start + from, flow->client_reply, flow->client_window);
		tcp_timestamp_add(&scratch->craft.image, timestamps, flow->client_time,
				  flow->server_time);
		scratch->craft.payload = CRAFT_HELD;
		scratch->craft.from = from;
		scratch->craft.length = left < size ? left : size;
		if (craft_inject(skb, scratch))
			return -1;
		from += size;
	}
	entry->since = bpf_ktime_get_ns();
	if (!flow->split)
		bpf_map_delete_elem(&held, &scratch->connection);
	return 0;
}

#endif
