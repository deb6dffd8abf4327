/* SPDX-License-Identifier: Apache-2.0 */
/* Moving a request, as bpf/move.h and failure.h do it. */
#ifndef SHUNT_TESTS_UNIT_MODEL_MOVE_H
#define SHUNT_TESTS_UNIT_MODEL_MOVE_H

#include "model_middle.h"

/* A move is right only where all that the present server sent has reached the client, and all before
 * the request has reached that server. */
static inline void move_check(struct world *world, int index)
{
	int connection = world->middle.leg_connection[world->middle.flow.current];

	for (int i = 0; i < index; i++) {
		const struct request *before = &world->requests[i];
		__u64 answer_end = before->answer + before->answer_length;

		if (!before->answered || world->client.expects < answer_end)
			model_fail(world, "request %d moves, %d is not answered\n", index, i);
		if (before->connection == connection && !before->early &&
		    world->servers[connection].expects < before->at + before->length)
			model_fail(world, "request %d moves, %d has not arrived\n", index, i);
	}
}

/* What the client has begun to send from `index` on goes to another connection. */
static inline void move_assign(struct world *world, int index, int connection)
{
	for (int i = world->request_count - 1; i >= index; i--) {
		if (world->requests[i].begun)
			request_withdraw(world, i);
	}
	for (int i = index; i < world->request_count; i++) {
		if (world->requests[i].begun)
			request_assign(world, i, connection);
	}
	world->moves++;
}

/* flow_create(), of what the client's socket says */
static inline void flow_begin(struct world *world, const struct segment *segment)
{
	struct shunt_flow *flow = &world->middle.flow;
	const struct peer *client = &world->client;
	struct shunt_leg *origin = &flow->legs[0];

	memset(flow, 0, sizeof(*flow));
	flow->state = SHUNT_FLOW_OPEN;
	flow->client_options = (client->scaled ? SHUNT_CLIENT_SCALE : 0) |
			       (client->sack ? SHUNT_CLIENT_SACK : 0) |
			       (client->timestamps ? SHUNT_CLIENT_TIMESTAMPS : 0);
	flow->origin_scale = client->peer_scale;
	flow->client_scale = client->scale;
	flow->client_next = segment->sequence;
	flow->client_reply = segment->acknowledgement - 1;
	flow->acknowledged = client->sent_base + (__u32)client->una;
	flow->reply_next = client->received_base + (__u32)client->expects;
	flow->client_mss = client->mss;
	legs_begin(flow, client->timestamps, client->echo);
	origin->window_end = client->sent_base + (__u32)client->peer_edge;
	world->middle.moved = true;
}

/* leg_find(): an open leg to the endpoint, or -1 */
static inline int leg_find(const struct shunt_flow *flow, int endpoint)
{
	for (int i = 0; i < SHUNT_LEGS_MAX; i++) {
		if (flow->legs[i].state == SHUNT_LEG_OPEN &&
		    flow->legs[i].endpoint.port == endpoint && (i == 0) == (endpoint == 0))
			return i;
	}
	return -1;
}

static inline __u32 leg_slot(const struct shunt_flow *flow)
{
	for (__u32 i = 1; i < SHUNT_LEGS_MAX; i++) {
		if (i != flow->current && flow->legs[i].state != SHUNT_LEG_OPEN)
			return i;
	}
	return flow->current + 1 < SHUNT_LEGS_MAX ? flow->current + 1 : 1;
}

/* move_hold(): false where there is no room */
static inline bool move_hold(struct world *world, const struct packet *packet, bool split)
{
	struct held *held = &world->middle.held;
	__u32 start = world->middle.framing.want_start, sequence = ntohl(packet->image.sequence);
	__u32 from = sequence_before(sequence, start) ? start - sequence : 0;
	__u32 to = from ? 0 : sequence - start;
	__u32 length = packet->length - from;

	if (to > SHUNT_HELD_MAX)
		return false;
	if (length > SHUNT_HELD_MAX - to)
		length = SHUNT_HELD_MAX - to;
	if (!split)
		*held = (struct held){.used = true, .content = packet->content + from};
	else if (held->content + to != packet->content + from)
		model_fail(world, "held bytes have a gap\n");
	held->length = to + length;
	held->fin = packet->image.flags & TCP_FIN && from + length == packet->length;
	held->since = world->now;
	return true;
}

static inline void move_held(struct world *world, const struct segment *segment, __u32 start)
{
	struct shunt_flow *flow = &world->middle.flow;

	flow->client_next = start + world->middle.held.length + world->middle.held.fin;
	flow->client_reply = segment->acknowledgement;
	flow->client_window = segment->window;
}

/* move_reset_split() */
static inline void move_reset_split(struct world *world, struct shunt_leg *leg, __u32 sequence)
{
	int slot = leg - world->middle.flow.legs;

	leg->state = SHUNT_LEG_CLOSED;
	leg->next_sequence = sequence + leg->sequence_delta;
	if (sequence_before(leg->next_sequence, leg->acknowledged))
		leg->next_sequence = leg->acknowledged;
	middle_reset(world, leg, slot);
	world->servers[world->middle.leg_connection[slot]].half = true;
	world->splits++;
}

/* move_noted(): the time in ns since the last move */
static inline __u64 move_noted(struct world *world)
{
	struct shunt_flow *flow = &world->middle.flow;
	__u64 now = world->now * 1000000, age = now - flow->moved_at;

	flow->moved_at = now;
	return age;
}

/* move_parked(): MIDDLE_NEXT where the packet goes on, to the leg that is current now */
static inline int move_parked(struct world *world, struct packet *packet, int slot, int index,
			      bool split)
{
	struct middle *middle = &world->middle;
	struct shunt_flow *flow = &middle->flow;
	struct shunt_leg *leg = &flow->legs[slot], *left = leg_current(middle);
	struct segment segment = packet_segment(packet);
	__u32 start = world->middle.framing.want_start, reply = segment.acknowledgement;
	const struct peer *server = &world->servers[middle->leg_connection[slot]];
	__u64 age = move_noted(world);

	if (server->fin_seen)
		model_fail(world, "request %d moves to a server that has ended\n", index);
	/* It has just ended the connection: as with any kept connection, the request is too late. */
	if (server->closed || server->fin || server->end != server->assigned_out)
		world->done = true;
	legs_park(flow, left, start, reply);
	legs_resume(flow, leg, start, reply);
	flow->current = slot;
	flow->acknowledged = start;
	flow->reply_next = reply;
	flow->start = start;
	move_assign(world, index, middle->leg_connection[slot]);
	if (split) {
		move_hold(world, packet, true);
		move_held(world, &segment, start);
		flow->split = 1;
		move_reset_split(world, left, segment.sequence);
		middle_replay(world);
		return MIDDLE_DONE;
	}
	if (flow->split)
		flow->split = middle->held.used = false;
	if (legs_may_delay(flow, middle->framing.reply_before, segment.acknowledgement, age)) {
		world->delays += segment.acknowledgement != flow->client_reply;
		return MIDDLE_NEXT;
	}
	middle->queue[middle->queued++] = *packet;
	middle_acknowledge(world, left, segment.window);
	return MIDDLE_DONE;
}

/* move_opening() */
static inline void move_opening(struct world *world, const struct segment *segment, __u32 slot,
				__u32 start)
{
	struct shunt_flow *flow = &world->middle.flow;
	struct shunt_leg *leg = &flow->legs[slot];

	legs_park(flow, leg_current(&world->middle), start, segment->acknowledgement);
	flow->current = slot;
	flow->state = SHUNT_FLOW_OPENING;
	flow->start = start;
	flow->acknowledged = start;
	flow->reply_next = segment->acknowledgement;
	if (segment->flags & TCP_FIN)
		flow->fin |= SHUNT_FIN_CLIENT;
	leg->flags = SHUNT_LEG_NO_TIMESTAMPS;
	leg->window_scale = 0;
}

/* move_new() */
static inline int move_new(struct world *world, struct packet *packet, int index, bool split)
{
	struct middle *middle = &world->middle;
	struct shunt_flow *flow = &middle->flow;
	int endpoint = world->requests[index].target;
	__u32 slot = endpoint ? leg_slot(flow) : 0, start = middle->framing.want_start;
	struct shunt_leg *leg = &flow->legs[slot], *left = leg_current(middle), old = *leg;
	struct segment segment = packet_segment(packet);
	bool acknowledge = segment.acknowledgement != flow->client_reply;

	if (!move_hold(world, packet, split))
		return MIDDLE_NEXT;
	move_opening(world, &segment, slot, start);
	move_held(world, &segment, start);
	flow->split = split;
	move_noted(world);
	if (slot && old.state == SHUNT_LEG_OPEN)
		middle_reset(world, &old, slot);
	if (split)
		move_reset_split(world, left, segment.sequence);
	else if (acknowledge && left->state == SHUNT_LEG_OPEN)
		middle_acknowledge(world, left, segment.window);
	leg->endpoint.port = endpoint;
	leg->state = SHUNT_LEG_OPENING;
	for (__u32 i = 1; i < SHUNT_LEGS_MAX; i++) {
		if (i != slot && flow->legs[i].endpoint.port == endpoint && endpoint)
			flow->legs[i] = (struct shunt_leg){.state = SHUNT_LEG_ABSENT};
	}
	move_assign(world, index, CONNECTION_PENDING);
	middle_open(world);
	return MIDDLE_DONE;
}

/* A leg is given up only where its server is not known to have got all. */
static inline void given_up_check(struct world *world, int slot)
{
	const struct peer *server = &world->servers[world->middle.leg_connection[slot]];

	if (server->acknowledged_seen >= server->assigned_in)
		model_fail(world, "server %d is given up, it has got all\n", server->endpoint);
	world->given_up++;
}

/* move_request() */
static inline int move_request(struct world *world, struct packet *packet, int index, bool split)
{
	struct middle *middle = &world->middle;
	struct shunt_flow *flow = &middle->flow;
	struct segment segment = packet_segment(packet);
	__u32 time;
	int slot;

	if (!middle->moved)
		flow_begin(world, &segment);
	if (!legs_quiet(flow, middle->framing.want_start, segment.acknowledgement,
			middle->framing.want_answered))
		return MIDDLE_NEXT;
	slot = leg_find(flow, world->requests[index].target);
	if (slot == flow->current)
		return MIDDLE_NEXT;
	if (packet_time(packet, &time))
		flow->client_time = time;
	move_check(world, index);
	if (slot >= 0 && legs_caught_up(&flow->legs[slot]))
		return move_parked(world, packet, slot, index, split);
	if (slot >= 0) {
		given_up_check(world, slot);
		flow->legs[slot].state = SHUNT_LEG_CLOSED;
		middle_reset(world, &flow->legs[slot], slot);
	}
	return move_new(world, packet, index, split);
}

#endif
