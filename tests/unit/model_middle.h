/* SPDX-License-Identifier: Apache-2.0 */
/* What the switch makes: segments of its own, and those that it translates, held against the truth. */
#ifndef SHUNT_TESTS_UNIT_MODEL_MIDDLE_H
#define SHUNT_TESTS_UNIT_MODEL_MIDDLE_H

#include "model_framing.h"

#define MIDDLE_NEXT (-1) /* goes on */
#define MIDDLE_DONE (-2)

static inline struct shunt_leg *leg_current(struct middle *middle)
{
	return &middle->flow.legs[middle->flow.current];
}

static inline void middle_to_server(struct world *world, struct packet *packet)
{
	packet->passed = true;
	packet->toward_server = true;
	model_note(world, packet->crafted ? "switch crafts" : "to server", packet->endpoint,
		   packet);
	net_send(world, packet);
}

static inline void middle_to_client(struct world *world, struct packet *packet)
{
	packet->passed = true;
	packet->toward_server = false;
	model_note(world, packet->crafted ? "switch answers" : "to client", packet->endpoint,
		   packet);
	net_send(world, packet);
}

/* packet_timestamp() */
static inline bool packet_time(const struct packet *packet, __u32 *time)
{
	struct tcp_image image = packet->image;
	__u32 at = tcp_options_translate(&image, 0);

	if (at == TCP_OPTIONS_DONE)
		return false;
	*time = tcp_timestamp_value(&image, at);
	return true;
}

static inline struct packet middle_craft(__u8 flags, __u32 sequence, __u32 acknowledgement,
					 __u16 window)
{
	return (struct packet){
		.image = {.sequence = htonl(sequence),
			  .acknowledgement = htonl(acknowledgement),
			  .offset = 5 << 4,
			  .flags = flags,
			  .window = htons(window)},
		.crafted = true,
		.stream = STREAM_CLIENT,
	};
}

static inline void middle_craft_to_leg(struct world *world, const struct shunt_leg *leg, __u8 flags,
				       __u32 sequence, __u32 acknowledgement, __u16 window)
{
	struct packet packet = middle_craft(flags, sequence, acknowledgement, window);

	packet.endpoint = leg->endpoint.port;
	packet.meant = world->middle.meant;
	tcp_timestamp_add(&packet.image, !(flags & TCP_RST) && tcp_has_timestamps(leg),
			  world->middle.flow.client_time, leg->last_time);
	middle_to_server(world, &packet);
}

/* leg_reset() */
static inline void middle_reset(struct world *world, const struct shunt_leg *leg, int slot)
{
	world->middle.meant = world->middle.leg_connection[slot];
	middle_craft_to_leg(world, leg, TCP_RST | TCP_ACK, leg->next_sequence, leg->next_reply, 0);
}

/* leg_open() */
static inline void middle_open(struct world *world)
{
	struct shunt_flow *flow = &world->middle.flow;
	struct packet packet = middle_craft(TCP_SYN, flow->start - 1, 0, 0xffff);

	packet.endpoint = leg_current(&world->middle)->endpoint.port;
	packet.image.offset += (LEG_OFFER_LENGTH / 4) << 4;
	legs_offer(flow, packet.image.options);
	tcp_timestamp_add(&packet.image, flow->client_options & SHUNT_CLIENT_TIMESTAMPS,
			  flow->client_time, 0);
	middle_to_server(world, &packet);
}

/* leg_acknowledge(): the answer of the leg that is left. */
static inline void middle_acknowledge(struct world *world, const struct shunt_leg *left,
				      __u16 window)
{
	middle_craft_to_leg(world, left, TCP_ACK, left->next_sequence - !legs_caught_up(left),
			    left->next_reply,
			    tcp_window_to_leg(window, left, world->middle.flow.client_scale));
}

/* reset_parked() */
static inline void middle_reset_parked(struct world *world)
{
	struct shunt_flow *flow = &world->middle.flow;

	for (int i = 0; i < SHUNT_LEGS_MAX; i++) {
		if (i == flow->current || flow->legs[i].state != SHUNT_LEG_OPEN)
			continue;
		flow->legs[i].state = SHUNT_LEG_CLOSED;
		middle_reset(world, &flow->legs[i], i);
	}
}

/* replay(): the held bytes come by from_pod again. */
static inline void middle_replay(struct world *world)
{
	struct middle *middle = &world->middle;
	__u32 size = leg_current(middle)->mss, from = 0;

	__u32 timestamps = tcp_has_timestamps(leg_current(middle));

	if (size < 256)
		size = size ? 256 : 536;
	size -= timestamps * TCP_TIMESTAMP_ROOM;
	while (from < middle->held.length && middle->queued < 256) {
		__u32 left = middle->held.length - from;
		struct packet packet =
			middle_craft(TCP_ACK, middle->flow.start + from, middle->flow.client_reply,
				     middle->flow.client_window);

		packet.crafted = false; /* as the client's */
		packet.injected = true;
		packet.length = left < size ? left : size;
		packet.content = middle->held.content + from;
		packet.edge = world->client.edge;
		if (left <= size && middle->held.fin)
			packet.image.flags |= TCP_FIN;
		tcp_timestamp_add(&packet.image, timestamps, middle->flow.client_time,
				  middle->flow.server_time);
		middle->queue[middle->queued++] = packet;
		from += size;
	}
	middle->held.since = world->now;
	if (!middle->flow.split)
		middle->held.used = false;
}

/* The last request that is meant for a connection. */
static inline const struct request *request_on(const struct world *world, int connection)
{
	for (int i = world->request_count - 1; i >= 0; i--) {
		if (world->requests[i].connection == connection)
			return &world->requests[i];
	}
	return NULL;
}

static inline void window_check(struct world *world, const char *whom, __s64 claimed, __s64 edge,
				__u16 field, __u8 scale)
{
	/* A window that is open is never shown as closed, and may be less than one unit. */
	if (claimed > edge + (field == 1 ? (1U << scale) - 1 : 0))
		model_fail(world, "%s is told of a window up to %lld, it ends at %lld\n", whom,
			   (long long)claimed, (long long)edge);
}

/* What a server is told of the client's window, in its own stream. */
static inline void window_check_to_server(struct world *world, const struct packet *packet,
					  int connection)
{
	const struct request *request = request_on(world, connection);
	__u16 field = ntohs(packet->image.window);
	const struct peer *server;
	__s64 at, edge;

	if (!request || packet->image.flags & TCP_RST)
		return;
	server = &world->servers[connection];
	at = offset_near(ntohl(packet->image.acknowledgement), server->sent_base, server->una);
	edge = packet->edge - request->answer + request->answer_at;
	window_check(world, "a server", at + ((__s64)field << server->peer_scale), edge, field,
		     server->peer_scale);
}

/* The same for the client, of a server's. */
static inline void window_check_to_client(struct world *world, const struct packet *packet,
					  __u16 written)
{
	const struct request *request = request_on(world, packet->stream);
	__u16 field = ntohs(packet->image.window);
	const struct peer *client = &world->client;
	__s64 at, edge;

	if (!request || packet->image.flags & TCP_RST)
		return;
	at = offset_near(ntohl(packet->image.acknowledgement), client->sent_base, client->una);
	if (written && !field)
		model_fail(world, "the client is told of a closed window\n");
	edge = packet->edge - request->at + request->start;
	window_check(world, "the client", at + ((__s64)field << client->peer_scale), edge, field,
		     client->peer_scale);
}

#endif
