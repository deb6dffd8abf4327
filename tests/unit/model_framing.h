/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where requests begin and whether they are answered, decided as bpf/request.h, head.h and response.h
 * decide it, but for the bytes of heads: how long a message is, the model knows.
 */
#ifndef SHUNT_TESTS_UNIT_MODEL_FRAMING_H
#define SHUNT_TESTS_UNIT_MODEL_FRAMING_H

#include "model_peer.h"

#define WANT_NOTHING (-1) /* else the request's index */
#define WANT_DROP (-2)
#define RESPONSE_SMALL 536

static inline __u64 client_offset(const struct world *world, __u32 sequence)
{
	return offset_near(sequence, world->client.sent_base, world->client.una);
}

/* Whoever is current gets the request that begins now, unless it moves. */
static inline void request_assign(struct world *world, int index, int connection)
{
	struct request *request = &world->requests[index];
	struct peer *server;

	request->connection = connection;
	if (connection < 0)
		return;
	server = &world->servers[connection];
	if (server->half)
		model_fail(world, "request %d goes to a server that has half of another\n", index);
	request->at = server->assigned_in;
	request->answer_at = server->assigned_out;
	server->assigned_in += request->length;
	server->assigned_out += request->answer_length;
}

/* The request goes elsewhere: its server is left with what it has got of it. */
static inline void request_withdraw(struct world *world, int index)
{
	struct request *request = &world->requests[index];

	if (request->connection >= 0) {
		struct peer *server = &world->servers[request->connection];

		server->assigned_in -= request->length;
		server->assigned_out -= request->answer_length;
	}
	request->connection = CONNECTION_PENDING;
}

static inline int current_connection(const struct middle *middle)
{
	if (middle->flow.answer_length)
		return CONNECTION_KERNEL;
	if (middle->flow.legs[middle->flow.current].state == SHUNT_LEG_OPENING)
		return CONNECTION_PENDING;
	return middle->leg_connection[middle->flow.current];
}

/* head_answered() */
static inline bool framing_answered(const struct world *world, __u32 reply)
{
	const struct framing *framing = &world->middle.framing;
	__u32 unanswered = framing->count - framing->response_count;

	if (sequence_before(reply, framing->response_next))
		return false;
	return !unanswered || (unanswered == 1 && framing->response_body &&
			       reply - framing->response_next >= framing->response_left);
}

/* head_begins() */
static inline void framing_begin(struct world *world, const struct segment *segment, __u32 at)
{
	struct framing *framing = &world->middle.framing;
	struct request *request = &world->requests[framing->count];
	__u32 reply = segment->acknowledgement;
	bool quiet;

	if (framing->lost) {
		quiet = !at && !(framing->flags & SHUNT_FRAMING_PIPELINED) &&
			(framing->flags & SHUNT_FRAMING_FIRST ||
			 sequence_after(reply, framing->reply));
	} else {
		quiet = framing_answered(world, reply);
		if (!quiet)
			framing->flags |= SHUNT_FRAMING_PIPELINED;
	}
	/* Of such a client, responses that overtook each other are not believed. */
	request->pipelined |= framing->flags & SHUNT_FRAMING_PIPELINED;
	request->begun = true;
	request_assign(world, framing->count, current_connection(&world->middle));
	framing->start = segment->sequence + at;
	framing->flags &= ~(SHUNT_FRAMING_QUIET | SHUNT_FRAMING_ANSWERED | SHUNT_FRAMING_FIRST);
	if (!quiet)
		return;
	framing->flags |=
		framing->lost ? SHUNT_FRAMING_QUIET : SHUNT_FRAMING_QUIET | SHUNT_FRAMING_ANSWERED;
	framing->lost = framing->overtaken = framing->response_body = false;
	framing->response_next = reply;
	framing->response_count = framing->count;
}

static inline int framing_head_done(struct world *world, bool split)
{
	struct middle *middle = &world->middle;
	struct framing *framing = &middle->framing;
	int index = framing->count++;

	framing->left = world->requests[index].length - world->requests[index].head;
	if (framing->flags & SHUNT_FRAMING_QUIET &&
	    (middle->moved || world->requests[index].target)) {
		framing->want_start = framing->start;
		framing->want_answered = framing->flags & SHUNT_FRAMING_ANSWERED;
		return index;
	}
	if (split)
		middle->held.used = false;
	return WANT_NOTHING;
}

/* No later request moves: all go to the current leg. */
static inline void framing_pin(struct world *world)
{
	world->middle.framing.pinned = true;
	for (int i = world->middle.framing.count; i < world->request_count; i++) {
		if (!world->requests[i].begun)
			request_assign(world, i, current_connection(&world->middle));
		world->requests[i].begun = true;
	}
}

/* A head that is not complete is kept in `held`, which has room for one. */
static inline void framing_keep(struct world *world, __u64 content, __u32 length, int want)
{
	struct middle *middle = &world->middle;

	if (middle->held.used || want != WANT_NOTHING) {
		framing_pin(world);
		return;
	}
	middle->held = (struct held){
		.used = true, .content = content, .length = length, .since = world->now};
	middle->framing.in_head = true;
	middle->framing.head_left -= length;
}

/* request_follow(); *split: the head of the request that is wanted began in earlier packets. */
static inline int framing_follow(struct world *world, const struct packet *packet,
				 const struct segment *segment, __u32 at, bool *split)
{
	struct framing *framing = &world->middle.framing;
	int want = WANT_NOTHING, one;
	__u64 take;

	while (at < segment->length && !framing->pinned) {
		if (!framing->in_head && framing->left) {
			take = earlier(framing->left, segment->length - at);
			framing->left -= take;
			at += take;
			continue;
		}
		if (framing->count == (__u32)world->request_count)
			model_fail(world, "a request begins that nobody sent\n");
		if (!framing->in_head) {
			framing_begin(world, segment, at);
			framing->head_left = world->requests[framing->count].head;
		}
		take = earlier(framing->head_left, segment->length - at);
		if (take < framing->head_left && !framing->in_head) {
			framing_keep(world, packet->content + at, take, want);
			return want;
		}
		if (framing->in_head)
			world->middle.held.length += take;
		framing->head_left -= take;
		if (framing->head_left)
			return want;
		one = framing_head_done(world, framing->in_head);
		if (one != WANT_NOTHING) {
			want = one;
			*split = framing->in_head;
		}
		framing->in_head = false;
		at += take;
	}
	return want;
}

/* request_examine() */
static inline int framing_examine(struct world *world, const struct packet *packet, bool *split)
{
	struct framing *framing = &world->middle.framing;
	struct segment segment = packet_segment(packet);
	int want;

	framing->reply_before = framing->reply;
	if (framing->pinned)
		return WANT_NOTHING;
	if (sequence_after(segment.sequence, framing->next)) {
		__u32 gap = segment.sequence - framing->next;

		if (framing->in_head || framing->left < gap) {
			if (client_offset(world, framing->next) < world->client.una)
				model_fail(world, "bytes are acknowledged that did not come by\n");
			return WANT_DROP; /* the client will send it again */
		}
		framing->left -= gap;
		framing->next = segment.sequence;
	}
	if (framing->next - segment.sequence >= segment.length)
		return WANT_NOTHING;
	want = framing_follow(world, packet, &segment, framing->next - segment.sequence, split);
	framing->next = segment.sequence + segment.length;
	framing->reply = segment.acknowledgement;
	return want;
}

/* response_run(): the answers from `at` of the payload on; false where they are lost. */
static inline bool response_run(struct world *world, __u32 length, __u32 at)
{
	struct framing *framing = &world->middle.framing;

	while (at < length) {
		__u64 take;

		if (!framing->response_body) {
			if (framing->response_count == framing->count)
				return false;
			framing->response_left =
				world->requests[framing->response_count].answer_length;
			framing->response_body = true;
		}
		take = earlier(framing->response_left, length - at);
		framing->response_left -= take;
		at += take;
		if (!framing->response_left) {
			framing->response_body = false;
			framing->response_count++;
		}
	}
	return true;
}

/* response_follow(); true: the packet is dropped, it will be sent again. */
static inline bool framing_response(struct world *world, const struct packet *packet, __u32 delta)
{
	struct framing *framing = &world->middle.framing;
	__u32 sequence = ntohl(packet->image.sequence) + delta;
	__u32 ahead = sequence - framing->response_next;

	if (framing->pinned || framing->lost)
		return false;
	if ((__s32)ahead > 0) {
		if (!framing->response_body || framing->response_left < ahead) {
			if (packet->length < RESPONSE_SMALL &&
			    offset_near(framing->response_next, world->client.received_base,
					world->client.expects) >= (__s64)world->client.expects)
				return true;
			framing->lost = framing->response_body;
			framing->overtaken = true;
			return false;
		}
		framing->response_left -= ahead;
		if (!framing->response_left) {
			framing->response_body = false;
			framing->response_count++;
		}
		framing->response_next = sequence;
		ahead = 0;
	}
	if (0 - ahead >= packet->length)
		return false;
	framing->lost = !response_run(world, packet->length, 0 - ahead);
	framing->response_next = sequence + packet->length;
	return false;
}

#endif
