/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving half of an end: its window, what came out of order, and whose bytes these are. */
#ifndef SHUNT_TESTS_UNIT_MODEL_RECEIVE_H
#define SHUNT_TESTS_UNIT_MODEL_RECEIVE_H

#include "model_options.h"

/* Whose byte must stand at `at` of what the client gets; *to is where that answer ends. */
static inline __u64 client_expects_at(struct world *world, __u64 at, int *stream, __u64 *to)
{
	if (world->kernel_answers && at >= world->kernel_answer_at) {
		*stream = STREAM_KERNEL;
		*to = NEVER;
		return at - world->kernel_answer_at;
	}
	for (int i = 0; i < world->request_count; i++) {
		const struct request *request = &world->requests[i];

		if (at < request->answer || at >= request->answer + request->answer_length)
			continue;
		if (!request->answered)
			break;
		*stream = request->connection;
		*to = request->answer + request->answer_length;
		return request->answer_at + at - request->answer;
	}
	model_fail(world, "the client gets byte %llu, which nobody answered\n",
		   (unsigned long long)at);
	return 0;
}

/* The same of what a server gets: bytes of the requests that are meant for its connection. */
static inline __u64 server_expects_at(struct world *world, const struct peer *server, __u64 at,
				      __u64 *to)
{
	for (int i = 0; i < world->request_count; i++) {
		const struct request *request = &world->requests[i];

		if (request->connection != server->connection || at < request->at ||
		    at >= request->at + request->length)
			continue;
		*to = request->at + request->length;
		return request->start + at - request->at;
	}
	model_fail(world, "connection %d of server %d gets byte %llu, which is not meant for it\n",
		   server->connection, server->endpoint, (unsigned long long)at);
	return 0;
}

/* Bytes [from, to) of the packet are taken: they must be those that are meant to stand there. */
static inline void receive_check(struct world *world, const struct peer *peer,
				 const struct packet *packet, __u64 content, __u64 from, __u64 to)
{
	while (from < to) {
		int stream = STREAM_CLIENT;
		__u64 end = to, expected;

		if (peer->half && from >= peer->assigned_in)
			return;
		if (peer->connection == STREAM_CLIENT)
			expected = client_expects_at(world, from, &stream, &end);
		else
			expected = server_expects_at(world, peer, from, &end);
		if (packet->stream != stream || content != expected)
			model_fail(world,
				   "%s %d gets byte %llu of stream %d at %llu, wants %llu of %d\n",
				   peer->name, peer->connection, (unsigned long long)content,
				   packet->stream, (unsigned long long)from,
				   (unsigned long long)expected, stream);
		if (end > to)
			end = to;
		content += end - from;
		from = end;
	}
}

static inline void range_remove(struct peer *peer, int index)
{
	peer->range_count--;
	memmove(&peer->ranges[index], &peer->ranges[index + 1],
		(peer->range_count - index) * sizeof(peer->ranges[0]));
}

/* Keeps [from, to) in the queue, the newest range first; what is complete is received. */
static inline void range_add(struct peer *peer, __u64 from, __u64 to)
{
	for (int i = 0; i < peer->range_count;) {
		struct range *range = &peer->ranges[i];

		if (range->to < from || range->from > to) {
			i++;
			continue;
		}
		from = range->from < from ? range->from : from;
		to = range->to > to ? range->to : to;
		range_remove(peer, i);
	}
	if (from <= peer->expects) {
		peer->expects = to > peer->expects ? to : peer->expects;
		return;
	}
	if (peer->range_count == MODEL_RANGES)
		range_remove(peer, MODEL_RANGES - 1);
	memmove(&peer->ranges[1], &peer->ranges[0], peer->range_count * sizeof(peer->ranges[0]));
	peer->ranges[0] = (struct range){from, to};
	peer->range_count++;
}

/* Takes the packet's payload, which begins at `from`, as far as the window goes. */
static inline void receive_data(struct world *world, struct peer *peer, const struct packet *packet,
				__s64 from)
{
	__s64 to = from + packet->length, was = peer->expects;
	__u64 content = packet->content;

	if (to > (__s64)peer->edge && peer->drops_overlong && peer->read < peer->expects)
		return; /* as Linux does since 6.17, while there is something to be read */
	if (to > (__s64)peer->edge)
		to = peer->edge;
	if (from < was) {
		if (to <= was)
			peer->duplicate = (struct range){from, from + packet->length};
		content += was - from;
		from = was;
	}
	peer->acknowledge |= from > was || to <= from || peer->range_count;
	if (to <= from)
		return;
	receive_check(world, peer, packet, content, from, to);
	range_add(peer, from, to);
	peer->unacknowledged++;
}

static inline void receive_fin(struct world *world, struct peer *peer, __u64 at)
{
	if (peer->peer_end == NEVER && at <= peer->edge)
		peer->peer_end = at;
	else if (peer->peer_end != NEVER && peer->peer_end != at)
		model_fail(world, "%s %d: a second FIN at %llu\n", peer->name, peer->connection,
			   (unsigned long long)at);
	peer->acknowledge = true;
}

/* What is in order after a segment; the FIN takes a number too. */
static inline void receive_advance(struct peer *peer)
{
	if (peer->peer_end != NEVER && peer->expects == peer->peer_end && !peer->fin_received) {
		peer->fin_received = true;
		peer->expects++;
		peer->acknowledge = true;
	}
	if (peer->unacknowledged >= 2)
		peer->acknowledge = true;
}

/* The window to offer; its right edge never moves back. */
static inline __u16 receive_window(struct peer *peer)
{
	__u64 edge = peer->read + peer->buffer;
	__u64 field;

	if (edge < peer->edge)
		edge = peer->edge;
	field = edge > peer->expects ? (edge - peer->expects) >> peer->scale : 0;
	if (field > 0xffff)
		field = 0xffff;
	if (peer->expects + (field << peer->scale) > peer->edge)
		peer->edge = peer->expects + (field << peer->scale);
	return field;
}

/* The blocks to report: a duplicate, then what is out of order. */
static inline void receive_blocks(struct peer *peer, struct options *options)
{
	__u32 base = peer->received_base;

	if (!peer->sack)
		return;
	if (peer->duplicate.to) {
		options->left[0] = base + peer->duplicate.from;
		options->right[0] = base + peer->duplicate.to;
		options->blocks = 1;
	}
	peer->duplicate = (struct range){0, 0};
	for (int i = 0; i < peer->range_count && options->blocks < MODEL_BLOCKS; i++) {
		options->left[options->blocks] = base + peer->ranges[i].from;
		options->right[options->blocks++] = base + peer->ranges[i].to;
	}
}

#endif
