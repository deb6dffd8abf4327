/* SPDX-License-Identifier: Apache-2.0 */
/* The servers' packets at the switch, as to_pod and bpf/server.h treat them. */
#ifndef SHUNT_TESTS_UNIT_MODEL_SERVER_SIDE_H
#define SHUNT_TESTS_UNIT_MODEL_SERVER_SIDE_H

#include "model_client_side.h"

/* opened() */
static inline void opened(struct world *world, const struct packet *packet)
{
	struct middle *middle = &world->middle;
	struct shunt_flow *flow = &middle->flow;
	struct shunt_leg *leg = leg_current(middle);
	struct segment segment = packet_segment(packet);
	struct tcp_image image = packet->image;
	struct tcp_offer offer = {};

	if (!middle->held.used)
		return;
	tcp_offer_read(&image, &offer);
	legs_opened(flow, leg, segment.sequence, &offer);
	leg->window_end = segment.acknowledgement;
	legs_window(leg, &segment, 0);
	flow->state = SHUNT_FLOW_OPEN;
	middle->leg_connection[flow->current] = packet->stream;
	world->opens++;
	assign_pending(world, packet->stream);
	middle_replay(world);
}

/* remembered() */
static inline void remembered(struct world *world, const struct packet *packet)
{
	const struct shunt_leg *leg = leg_current(&world->middle);

	world->middle.meant = packet->stream;
	middle_craft_to_leg(world, leg, TCP_RST, ntohl(packet->image.acknowledgement), 0, 0);
	middle_open(world);
}

/* answer_leg() */
static inline void answer_leg(struct world *world, int index, const struct packet *packet,
			      bool reset)
{
	struct shunt_flow *flow = &world->middle.flow;
	struct shunt_leg *leg = &flow->legs[index];
	struct segment segment = packet_segment(packet);
	__u32 time;

	if (reset && (index == flow->current || segment.acknowledgement != leg->next_sequence)) {
		leg->next_sequence = segment.acknowledgement;
		leg->next_reply = segment.end;
	}
	if (packet_time(packet, &time))
		legs_parked_time(leg, segment.end, time);
	world->middle.meant = packet->stream;
	middle_craft_to_leg(world, leg, reset ? TCP_RST | TCP_ACK : TCP_ACK, leg->next_sequence,
			    leg->next_reply,
			    tcp_window_to_leg(flow->client_window, leg, flow->client_scale));
}

/* to_client() */
static inline void to_client(struct world *world, struct packet *packet, struct shunt_leg *leg)
{
	struct middle *middle = &world->middle;
	__u16 written = ntohs(packet->image.window);
	__u32 end = packet_segment(packet).end;

	legs_server_time(&middle->flow, leg, end,
			 tcp_to_client(&packet->image, leg, middle->flow.origin_scale,
				       middle->flow.server_time));
	if (packet->stream == middle->leg_connection[middle->flow.current])
		window_check_to_client(world, packet, written);
	if (packet->image.flags & TCP_RST && !packet->length)
		middle_reset_parked(world);
	middle_to_client(world, packet);
}

/* split_done() */
static inline void split_done(struct world *world)
{
	struct middle *middle = &world->middle;

	if (middle->held.used &&
	    sequence_before(middle->flow.acknowledged, middle->flow.start + middle->held.length))
		return;
	middle->flow.split = 0;
	middle->held.used = false;
}

/* What the switch can know of a server. */
static inline void server_seen(struct world *world, const struct packet *packet)
{
	struct peer *server = packet->stream < 0 ? NULL : &world->servers[packet->stream];
	struct segment segment = packet_segment(packet);
	__s64 at, edge;

	if (!server || segment.flags & TCP_RST)
		return;
	at = offset_near(segment.acknowledgement, server->received_base, server->expects);
	edge = at + ((__s64)segment.window << (segment.flags & TCP_SYN ? 0 : server->scale));
	if (at > (__s64)server->acknowledged_seen)
		server->acknowledged_seen = at;
	if (edge > (__s64)server->edge_seen)
		server->edge_seen = edge;
	server->fin_seen |= segment.flags & TCP_FIN;
}

/* from_server() */
static inline void from_server(struct world *world, struct packet *packet, int index)
{
	struct middle *middle = &world->middle;
	struct shunt_flow *flow = &middle->flow;
	struct shunt_leg *leg = &flow->legs[index];
	struct segment segment = packet_segment(packet);
	enum leg_action action;

	action = legs_from_server(flow, leg, index, &segment);
	if (action == LEG_DROP && packet->length && leg->state == SHUNT_LEG_OPEN &&
	    index != flow->current)
		model_fail(world, "what server %d sends again is not answered\n", packet->endpoint);
	switch (action) {
	case LEG_PASS:
		middle_to_client(world, packet);
		break;
	case LEG_TRANSLATE:
		if (flow->split)
			split_done(world);
		if (!packet->length || !framing_response(world, packet, leg->reply_delta))
			to_client(world, packet, leg);
		break;
	case LEG_OPENED:
		opened(world, packet);
		break;
	case LEG_REFUSED:
		if (middle->held.used)
			move_failed(world);
		break;
	case LEG_REMEMBERED:
		remembered(world, packet);
		break;
	case LEG_ACKNOWLEDGE:
		answer_leg(world, index, packet, false);
		break;
	case LEG_RESET:
		answer_leg(world, index, packet, true);
		break;
	default:
		break;
	}
}

/* The leg to the packet's endpoint, or -1: no longer one of this connection's. */
static inline int leg_owner(const struct world *world, const struct packet *packet)
{
	const struct shunt_flow *flow = &world->middle.flow;

	if (!packet->endpoint)
		return 0;
	for (int i = 1; i < SHUNT_LEGS_MAX; i++) {
		if (flow->legs[i].state != SHUNT_LEG_ABSENT &&
		    flow->legs[i].endpoint.port == packet->endpoint)
			return i;
	}
	return -1;
}

/* to_pod() */
static inline void to_pod(struct world *world, struct packet *packet)
{
	int index = leg_owner(world, packet);

	model_note(world, "to_pod", packet->endpoint, packet);
	server_seen(world, packet);
	if (!world->middle.moved) {
		if (!packet->length || !framing_response(world, packet, 0))
			middle_to_client(world, packet);
	} else if (index >= 0) {
		from_server(world, packet, index);
	} else if (!(packet->image.flags & TCP_RST)) {
		/* The client's stack knows no such connection. */
		struct packet reset =
			middle_craft(TCP_RST, ntohl(packet->image.acknowledgement), 0, 0);

		reset.endpoint = packet->endpoint;
		middle_to_server(world, &reset);
	}
	middle_run(world);
}

#endif
