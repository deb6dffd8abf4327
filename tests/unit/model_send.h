/* SPDX-License-Identifier: Apache-2.0 */
/* The sending half of an end: segments, acknowledgements, and the timers that repeat them. */
#ifndef SHUNT_TESTS_UNIT_MODEL_SEND_H
#define SHUNT_TESTS_UNIT_MODEL_SEND_H

#include "model_net.h"
#include "model_receive.h"

#define RESEND_TICKS 200
#define RESEND_TICKS_MAX 3200

static inline struct packet peer_packet(const struct peer *peer)
{
	return (struct packet){
		.image = {.offset = 5 << 4},
		.stream = peer->connection,
		.endpoint = peer->endpoint,
		.toward_server = peer->connection == STREAM_CLIENT,
		.edge = peer->edge,
	};
}

/* Sends bytes [from, from + length), or none, with what the end acknowledges. */
static inline void peer_segment(struct world *world, struct peer *peer, __u64 from, __u32 length,
				__u8 flags)
{
	struct options options = {.timestamp = peer->timestamps,
				  .value = model_time(world, peer),
				  .echo = peer->echo};
	__u16 window = receive_window(peer);
	struct packet packet = peer_packet(peer);

	packet.length = length;
	packet.content = from;
	packet.image.sequence = htonl(peer->sent_base + (__u32)from);
	packet.image.acknowledgement = htonl(peer->received_base + (__u32)peer->expects);
	packet.image.flags = flags | TCP_ACK;
	packet.image.window = htons(window);
	packet.duplicate = peer->sack && peer->duplicate.to;
	receive_blocks(peer, &options);
	options_write(world, &packet.image, &options);
	peer->acknowledge = false;
	peer->unacknowledged = 0;
	peer->told = peer->expects;
	peer->acknowledge_at = NEVER;
	model_note(world, peer->name, peer->connection, &packet);
	net_send(world, &packet);
}

static inline void peer_acknowledge(struct world *world, struct peer *peer)
{
	__u64 edge = peer->peer_edge > peer->una ? peer->peer_edge : peer->una;

	/* What was sent before a timeout was sent, but a number beyond the window is refused. */
	peer_segment(world, peer, edge < peer->highest ? edge : peer->highest, 0, 0);
}

static inline void peer_reset(struct world *world, const struct peer *peer, __u64 at)
{
	struct packet packet = peer_packet(peer);

	packet.image.sequence = htonl(peer->sent_base + (__u32)at);
	packet.image.acknowledgement = htonl(peer->received_base + (__u32)peer->expects);
	packet.image.flags = TCP_RST | TCP_ACK;
	model_note(world, "resets", peer->connection, &packet);
	net_send(world, &packet);
}

/* Sends one segment from `from` on, up to `limit`. Returns where it ends. */
static inline __u64 send_one(struct world *world, struct peer *peer, __u64 from, __u64 limit)
{
	__u64 to = from + peer->mss;
	__u8 flags = 0;

	if (model_chance(world, 200))
		to = from + 1 + model_random(world, peer->mss);
	if (to > peer->end)
		to = peer->end;
	if (to > limit)
		to = limit;
	if (to < from)
		to = from; /* the FIN alone */
	if (peer->fin && to == peer->end && to < limit)
		flags = TCP_FIN;
	if (to == from && !flags)
		return from;
	peer_segment(world, peer, from, to - from, flags);
	to += flags == TCP_FIN;
	if (to > peer->highest)
		peer->highest = to;
	if (peer->resend_at == NEVER)
		peer->resend_at = world->now + peer->backoff;
	return to;
}

/* Sends what the peer's window and the path take. */
static inline void peer_send(struct world *world, struct peer *peer)
{
	__u64 limit = peer->una + peer->path, next;
	__u64 total = peer->end + peer->fin;

	if (limit > peer->peer_edge)
		limit = peer->peer_edge;
	while (peer->next < limit && peer->next < total) {
		next = send_one(world, peer, peer->next, limit);
		if (next == peer->next)
			break;
		peer->next = next;
	}
	if (peer->fin && peer->next == peer->end && peer->next == peer->peer_edge)
		peer->next = send_one(world, peer, peer->next, peer->next + 1);
	if (peer->una == peer->highest && peer->next < total && peer->probe_at == NEVER)
		peer->probe_at = world->now + peer->backoff;
}

/* The window is closed: a probe, as Linux sends it, or a byte beyond the window (RFC 9293, 3.8.6.1). */
static inline void peer_probe(struct world *world, struct peer *peer)
{
	if (peer->probes_byte && peer->una < peer->end) {
		peer_segment(world, peer, peer->una, 1, 0);
		peer->probed = peer->una + 1;
	} else {
		peer_segment(world, peer, peer->una - 1, 0, 0);
	}
	if (peer->backoff < RESEND_TICKS_MAX)
		peer->backoff *= 2;
	peer->probe_at = world->now + peer->backoff;
}

/* Nothing was acknowledged for so long: from the first byte on, again, whatever the window is. */
static inline void peer_resend(struct world *world, struct peer *peer)
{
	if (peer->backoff < RESEND_TICKS_MAX)
		peer->backoff *= 2;
	peer->resend_at = world->now + peer->backoff;
	peer->path = peer->mss;
	peer->next = send_one(world, peer, peer->una, peer->highest);
}

static inline void acknowledged_window(struct peer *peer, const struct segment *segment, __s64 from,
				       __u64 at)
{
	__u64 edge = at + ((__u64)segment->window << peer->peer_scale);
	bool newer = at > peer->una || from > peer->told_at;

	/* As Linux does it: of two that say the same, the wider one, or none at all. */
	if (newer || (from == peer->told_at && (edge > peer->peer_edge || !segment->window))) {
		peer->peer_edge = edge;
		peer->told_at = from;
	}
}

static inline __s64 peer_sent(const struct peer *peer)
{
	return peer->probed > peer->highest ? peer->probed : peer->highest;
}

/* An acknowledgement: never of what was not sent. */
static inline void peer_acknowledged(struct world *world, struct peer *peer,
				     const struct segment *segment, __s64 from)
{
	__s64 at = offset_near(segment->acknowledgement, peer->sent_base, peer->una);

	if (at > peer_sent(peer))
		model_fail(world, "%s %d: %lld acknowledged, %llu sent\n", peer->name,
			   peer->connection, (long long)at, (unsigned long long)peer->highest);
	if (at < (__s64)peer->una)
		return;
	acknowledged_window(peer, segment, from, at);
	if (at > (__s64)peer->una) {
		peer->una = at;
		if (peer->highest < peer->una)
			peer->highest = peer->una;
		peer->repeats = 0;
		if (peer->path < peer->flight)
			peer->path += peer->mss;
		peer->backoff = RESEND_TICKS;
		peer->probe_at = NEVER;
		if (peer->next < peer->una)
			peer->next = peer->una;
		peer->resend_at = peer->una < peer->highest ? world->now + peer->backoff : NEVER;
	} else if (!segment->length && peer->una < peer->highest && ++peer->repeats == 3) {
		send_one(world, peer, peer->una, peer->highest);
	}
	if (peer->peer_edge > peer->una && peer->una == peer->highest)
		peer->probe_at = NEVER;
}

/* Blocks speak of bytes that were sent; one below the acknowledgement, of a duplicate (RFC 2883). */
static inline void peer_blocks(struct world *world, struct peer *peer, const struct packet *packet,
			       const struct options *options)
{
	__s64 at = offset_near(ntohl(packet->image.acknowledgement), peer->sent_base, peer->una);

	for (int i = 0; i < options->blocks; i++) {
		__s64 left = offset_near(options->left[i], peer->sent_base, peer->una);
		__s64 right = offset_near(options->right[i], peer->sent_base, peer->una);
		bool duplicate = i == 0 && packet->duplicate;

		if (right <= left || right > peer_sent(peer) || (left < at && !duplicate))
			model_fail(world,
				   "%s %d: block %lld to %lld, acknowledged %lld, sent %llu\n",
				   peer->name, peer->connection, (long long)left, (long long)right,
				   (long long)at, (unsigned long long)peer->highest);
	}
}

#endif
