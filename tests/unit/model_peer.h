/* SPDX-License-Identifier: Apache-2.0 */
/* An end as a whole: what a segment does to it, its application, and its timers. */
#ifndef SHUNT_TESTS_UNIT_MODEL_PEER_H
#define SHUNT_TESTS_UNIT_MODEL_PEER_H

#include "model_send.h"

static inline void peer_init(struct world *world, struct peer *peer)
{
	peer->una = peer->next = peer->highest = peer->end = 0;
	peer->peer_end = NEVER;
	peer->edge = 0;
	peer->backoff = RESEND_TICKS;
	peer->resend_at = peer->acknowledge_at = peer->probe_at = NEVER;
	peer->read_at = peer->answer_at = NEVER;
	peer->keepalive_at = world->now + 500 + model_random(world, 20000);
	if (model_chance(world, 300))
		peer->keepalive_at = NEVER;
	peer->ticks = model_chance(world, 700) ? 1 : 1 + model_random(world, 15);
	peer->clock = model_chance(world, 500) ? 0U - model_random(world, 20000)
					       : model_random(world, 0x7fffffff) * 2;
	peer->began = model_time(world, peer);
	peer->mss = 1 + world->manners.mss / 8 + model_random(world, world->manners.mss);
	if (peer->mss > 65000)
		peer->mss = 65000;
	peer->path = peer->mss;
	peer->flight = (1 + model_random(world, 12)) * peer->mss;
	peer->scale = model_random(world, 15);
	peer->buffer = (1 + model_random(world, 3)) * world->manners.size;
	if (model_chance(world, 300)) { /* one that a request fills */
		peer->buffer = 50 + world->manners.size / 8;
		peer->scale = model_random(world, 4);
	}
	peer->buffer += peer->scaled ? 4U << peer->scale : 100;
	peer->probes_byte = model_chance(world, 300);
	peer->drops_overlong = model_chance(world, 300);
	peer->reads = true;
}

static inline void peer_reset_by(struct world *world, struct peer *peer)
{
	if (peer->fin_received &&
	    peer->fin) { /* the end of both sides, if the last word was lost */
		peer->una = peer->next = peer->highest = peer->end + 1;
		peer->resend_at = NEVER;
		return;
	}
	peer->closed = true;
	if (peer->connection == STREAM_CLIENT && !world->reset_expected)
		model_fail(world, "the client is reset\n");
}

/* Only a RST at the very number is believed (RFC 5961, 3.2). */
static inline void peer_got_reset(struct world *world, struct peer *peer,
				  const struct packet *packet, __s64 from)
{
	/* Late, and meant for the connection before, which had the same numbers: nobody can tell. */
	if (from == (__s64)peer->expects && packet->crafted && packet->meant != peer->connection &&
	    peer->connection != STREAM_CLIENT)
		world->done = true;
	else if (from == (__s64)peer->expects)
		peer_reset_by(world, peer);
	else if (from > (__s64)peer->expects && from < (__s64)peer->edge)
		peer_acknowledge(world, peer);
}

/* What a segment echoes, the end has sent. */
static inline void peer_echoed(struct world *world, const struct peer *peer,
			       const struct options *options)
{
	if (sequence_before(options->echo, peer->began) ||
	    sequence_after(options->echo, model_time(world, peer)))
		model_fail(world, "%s %d: timestamp %u is echoed, from %u to %u were sent\n",
			   peer->name, peer->connection, options->echo, peer->began,
			   model_time(world, peer));
}

/* Takes a segment's timestamp; false where the segment is an old duplicate (RFC 7323, 5). */
static inline bool peer_timestamp(struct world *world, struct peer *peer,
				  const struct packet *packet, const struct options *options,
				  __s64 from, __s64 to)
{
	if (packet->meant != peer->connection && peer->connection != STREAM_CLIENT)
		return true; /* it is late, and was meant for the connection before */
	if (!peer->timestamps && options->timestamp)
		model_fail(world, "%s %d: a timestamp that was not agreed on\n", peer->name,
			   peer->connection);
	if (peer->timestamps && peer->connection != STREAM_CLIENT && !options->timestamp)
		model_fail(world, "%s %d: a timestamp is missing\n", peer->name, peer->connection);
	if (!options->timestamp)
		return true;
	peer_echoed(world, peer, options);
	if (sequence_before(options->value, peer->echo)) {
		world->old_times++;
		/* Of one connection that may be: a probe has overtaken them. */
		if (to > (__s64)peer->expects && packet->stream != peer->echo_stream)
			model_fail(world, "%s %d: new bytes have the old timestamp %u\n",
				   peer->name, peer->connection, options->value);
		return false;
	}
	if (from <= (__s64)peer->told) {
		peer->echo = options->value;
		peer->echo_stream = packet->stream;
	}
	return true;
}

static inline void peer_take(struct world *world, struct peer *peer, const struct packet *packet,
			     const struct segment *segment, __s64 from)
{
	bool fin = segment->flags & TCP_FIN;
	__s64 fin_at = from + segment->length;

	if (segment->length)
		receive_data(world, peer, packet, from);
	if (fin && fin_at >= (__s64)peer->expects)
		receive_fin(world, peer, fin_at);
	else if (fin)
		peer->acknowledge = true;
	receive_advance(peer);
	if (peer->reads && peer->read < peer->expects && peer->read_at == NEVER)
		peer->read_at = world->now + model_random(world, 30);
	if (peer->unacknowledged && peer->acknowledge_at == NEVER)
		peer->acknowledge_at = world->now + 1 + model_random(world, 200);
	if (peer->acknowledge)
		peer_acknowledge(world, peer);
}

/* A segment arrives (RFC 9293, 3.10.7.4). */
static inline void peer_input(struct world *world, struct peer *peer, const struct packet *packet)
{
	struct segment segment = packet_segment(packet);
	__s64 from = offset_near(segment.sequence, peer->received_base, peer->expects);
	__s64 to = from + segment.length + !!(segment.flags & TCP_FIN);
	struct options options;

	if (segment.flags & TCP_RST) {
		peer_got_reset(world, peer, packet, from);
		return;
	}
	if (segment.flags & TCP_SYN || from > (__s64)peer->edge) {
		peer_acknowledge(world, peer);
		return;
	}
	if (to < (__s64)peer->told) { /* old: what it acknowledges still counts */
		peer_acknowledged(world, peer, &segment, from);
		if (segment.length || from == (__s64)peer->told - 1)
			peer_acknowledge(world, peer);
		return;
	}
	options_read(world, &packet->image, &options);
	if (!peer_timestamp(world, peer, packet, &options, from, to)) {
		peer_acknowledge(world, peer);
		return;
	}
	peer_blocks(world, peer, packet, &options);
	peer_acknowledged(world, peer, &segment, from);
	peer_take(world, peer, packet, &segment, from);
	peer_send(world, peer);
}

/* The application reads, and tells of a window that is open again. */
static inline void peer_read(struct world *world, struct peer *peer)
{
	__u64 edge = peer->edge, all = peer->expects - peer->fin_received;

	peer->read_at = NEVER;
	if (model_chance(world, 100)) {
		peer->read_at = world->now + model_random(world, 3000);
		return;
	}
	peer->read = all;
	if (peer->read + peer->buffer > edge + peer->buffer / 2)
		peer_acknowledge(world, peer);
}

static inline void peer_timers(struct world *world, struct peer *peer)
{
	if (!peer->open || peer->closed)
		return;
	if (peer->read_at <= world->now)
		peer_read(world, peer);
	if (peer->acknowledge_at <= world->now)
		peer_acknowledge(world, peer);
	if (peer->resend_at <= world->now)
		peer_resend(world, peer);
	if (peer->probe_at <= world->now)
		peer_probe(world, peer);
	if (peer->keepalive_at <= world->now) {
		peer->keepalive_at = world->now + 500 + model_random(world, 20000);
		if (peer->una == peer->highest)
			peer_segment(world, peer, peer->una - 1,
				     peer->una <= peer->end && model_chance(world, 500), 0);
	}
}

static inline __u64 earlier(__u64 a, __u64 b)
{
	return a < b ? a : b;
}

static inline __u64 peer_due(const struct peer *peer)
{
	__u64 due = earlier(peer->read_at, peer->acknowledge_at);

	if (!peer->open || peer->closed)
		return NEVER;
	if (peer->accepting)
		return peer->resend_at;
	due = earlier(due, earlier(peer->resend_at, peer->probe_at));
	return earlier(due, earlier(peer->keepalive_at, peer->answer_at));
}

#endif
