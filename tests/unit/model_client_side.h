/* SPDX-License-Identifier: Apache-2.0 */
/* The client's packets at the switch, as from_pod and bpf/client.h treat them. */
#ifndef SHUNT_TESTS_UNIT_MODEL_CLIENT_SIDE_H
#define SHUNT_TESTS_UNIT_MODEL_CLIENT_SIDE_H

#include "model_move.h"

#define KERNEL_ANSWER 90

/* answer_send() */
static inline void kernel_answer(struct world *world)
{
	struct shunt_flow *flow = &world->middle.flow;
	struct packet packet;

	if (!flow->answer_length) {
		flow->answer_sequence = flow->client_reply;
		flow->answer_length = KERNEL_ANSWER + 1;
		flow->state = SHUNT_FLOW_ANSWERED;
		world->kernel_answers = true;
		world->kernel_answer_at = offset_near(
			flow->client_reply, world->client.received_base, world->client.expects);
		world->answers_by_kernel++;
		/* It is sent as a whole, or not at all. */
		if (world->kernel_answer_at + KERNEL_ANSWER > world->client.edge)
			world->done = true;
	}
	packet = middle_craft(TCP_PSH | TCP_ACK | TCP_FIN, flow->answer_sequence, flow->client_next,
			      0xffff);
	packet.stream = STREAM_KERNEL;
	packet.length = KERNEL_ANSWER;
	middle_to_client(world, &packet);
}

/* Requests that wait for the leg go to the connection that it has got. */
static inline void assign_pending(struct world *world, int connection)
{
	for (int i = 0; i < world->request_count; i++) {
		struct request *request = &world->requests[i];

		if (!request->begun || request->connection != CONNECTION_PENDING)
			continue;
		request->fallback = connection == CONNECTION_KERNEL ||
				    world->servers[connection].endpoint != request->target;
		request_assign(world, i, connection);
	}
}

/* move_failed(): the origin, or an answer */
static inline void move_failed(struct world *world)
{
	struct middle *middle = &world->middle;
	struct shunt_flow *flow = &middle->flow;
	struct shunt_leg *origin = &flow->legs[0];

	world->refusals++;
	leg_current(middle)->state = flow->current ? SHUNT_LEG_ABSENT : SHUNT_LEG_CLOSED;
	if (!flow->current || !world->manners.fails_to_origin) {
		kernel_answer(world);
		assign_pending(world, CONNECTION_KERNEL);
		return;
	}
	flow->current = 0;
	if (origin->state == SHUNT_LEG_OPEN && !legs_caught_up(origin)) {
		origin->state = SHUNT_LEG_CLOSED;
		middle_reset(world, origin, 0);
	}
	if (origin->state != SHUNT_LEG_OPEN) {
		middle->held.since = world->now;
		origin->state = SHUNT_LEG_OPENING;
		middle_open(world);
		return;
	}
	legs_resume(flow, origin, flow->start, flow->client_reply);
	flow->acknowledged = flow->start;
	flow->reply_next = flow->client_reply;
	flow->state = SHUNT_FLOW_OPEN;
	if (world->servers[middle->leg_connection[0]].closed ||
	    world->servers[middle->leg_connection[0]].fin)
		world->done = true;
	assign_pending(world, middle->leg_connection[0]);
	middle_replay(world);
}

/* hold_more() */
static inline void hold_more(struct world *world, const struct packet *packet)
{
	struct shunt_flow *flow = &world->middle.flow;
	struct held *held = &world->middle.held;
	struct segment segment = packet_segment(packet);
	__u32 to = segment.sequence - flow->start, length = packet->length;

	if (!held->used || to != held->length || held->fin || to > SHUNT_HELD_MAX)
		return;
	if (held->content + to != packet->content)
		model_fail(world, "held bytes have a gap\n");
	if (length > SHUNT_HELD_MAX - to)
		length = SHUNT_HELD_MAX - to;
	held->length += length;
	flow->client_next = flow->start + held->length;
	if (segment.flags & TCP_FIN && length == packet->length) {
		held->fin = true;
		flow->client_next++;
	}
}

/* retry_open() */
static inline void retry_open(struct world *world)
{
	if (!world->middle.held.used)
		return;
	if (world->now - world->middle.held.since >= 3000)
		move_failed(world);
	else
		middle_open(world);
}

/* answered() */
static inline void client_answered(struct world *world, const struct packet *packet,
				   enum leg_action action)
{
	struct shunt_flow *flow = &world->middle.flow;
	struct packet reply;

	if (!packet->length)
		middle_reset_parked(world);
	if (action == LEG_ANSWER) {
		kernel_answer(world);
		return;
	}
	if (action == LEG_DROP)
		return;
	reply = middle_craft(TCP_ACK, flow->answer_sequence + flow->answer_length,
			     flow->client_next, 0xffff);
	middle_to_client(world, &reply);
}

/* to_leg() */
static inline void to_leg(struct world *world, struct packet *packet)
{
	struct middle *middle = &world->middle;
	struct shunt_flow *flow = &middle->flow;
	struct shunt_leg *leg = leg_current(middle);
	__u8 flags = packet->image.flags;

	legs_client_time(flow,
			 tcp_to_leg(&packet->image, leg, flow->client_scale, flow->client_time));
	packet->endpoint = leg->endpoint.port;
	packet->meant = middle->leg_connection[flow->current];
	window_check_to_server(world, packet, middle->leg_connection[flow->current]);
	if (!packet->length && (flags & TCP_RST || flow->fin)) {
		middle_reset_parked(world);
		packet->crafted = true;
	}
	middle_to_server(world, packet);
}

static inline bool split_due(const struct world *world, const struct packet *packet)
{
	const struct middle *middle = &world->middle;

	return middle->flow.split && packet->length && middle->held.used &&
	       world->now - middle->held.since > 100 &&
	       sequence_before(ntohl(packet->image.sequence),
			       middle->flow.start + middle->held.length);
}

/* Only what is beyond the window that the server told is dropped. */
static inline void beyond_check(struct world *world, const struct packet *packet)
{
	struct middle *middle = &world->middle;
	const struct peer *server = &world->servers[middle->leg_connection[middle->flow.current]];
	__u32 number = ntohl(packet->image.sequence) + leg_current(middle)->sequence_delta;
	__s64 from = offset_near(number, server->received_base, server->expects);

	if (from < (__s64)server->edge_seen)
		model_fail(world, "server %d does not get byte %lld, its window goes up to %llu\n",
			   server->endpoint, (long long)from,
			   (unsigned long long)server->edge_seen);
}

/* from_client() */
static inline void client_packet(struct world *world, struct packet *packet)
{
	struct middle *middle = &world->middle;
	struct shunt_flow *flow = &middle->flow;
	struct segment segment = packet_segment(packet);
	enum leg_action action;
	__u32 time;

	if ((flow->state == SHUNT_FLOW_OPENING || flow->split) && packet_time(packet, &time))
		legs_client_time(flow, time);
	action = legs_from_client(flow, leg_current(middle), &segment);
	switch (action) {
	case LEG_TRANSLATE:
		if (split_due(world, packet))
			middle_replay(world);
		else
			to_leg(world, packet);
		break;
	case LEG_HOLD:
		hold_more(world, packet);
		break;
	case LEG_RETRY:
		retry_open(world);
		break;
	case LEG_ABORT:
		middle_reset_parked(world);
		middle_craft_to_leg(world, leg_current(middle), TCP_RST, flow->start, 0, 0);
		flow->state = SHUNT_FLOW_CLOSED;
		break;
	case LEG_BEYOND:
		beyond_check(world, packet);
		if (split_due(world, packet))
			middle_replay(world);
		model_note(world, "beyond", flow->current, packet);
		world->beyond++;
		break;
	default:
		if (flow->answer_length)
			client_answered(world, packet, action);
	}
}

static inline void from_pod_one(struct world *world, struct packet *packet)
{
	struct middle *middle = &world->middle;
	bool split = false;

	if (packet->length || (middle->moved && packet->image.flags & TCP_FIN)) {
		int want = framing_examine(world, packet, &split);

		if (want == WANT_DROP)
			return;
		if (want != WANT_NOTHING) {
			if (move_request(world, packet, want, split) == MIDDLE_DONE)
				return;
			if (split && !middle->flow.split)
				middle->held.used = false;
		}
	}
	if (middle->moved)
		client_packet(world, packet);
	else
		middle_to_server(world, packet);
}

/* Runs what was injected, each in its turn. */
static inline void middle_run(struct world *world)
{
	struct middle *middle = &world->middle;

	for (middle->taken = 0; middle->taken < middle->queued; middle->taken++) {
		struct packet packet = middle->queue[middle->taken];

		from_pod_one(world, &packet);
	}
	middle->queued = 0;
}

/* from_pod() */
static inline void from_pod(struct world *world, struct packet *packet)
{
	model_note(world, "from_pod", STREAM_CLIENT, packet);
	from_pod_one(world, packet);
	middle_run(world);
}

#endif
