/* SPDX-License-Identifier: Apache-2.0 */
/* The servers: endpoints that accept connections, one at a time, and answer requests. */
#ifndef SHUNT_TESTS_UNIT_MODEL_SERVERS_H
#define SHUNT_TESTS_UNIT_MODEL_SERVERS_H

#include "model_server_side.h"

/* Soon wraps, or anywhere. */
static inline __u32 model_initial(struct world *world)
{
	if (model_chance(world, 700))
		return 0U - model_random(world, 1 + world->manners.size * 4);
	return model_random(world, 0x7fffffff) * 2;
}

static inline void server_reset_unknown(struct world *world, const struct packet *packet)
{
	struct packet reset = {
		.image = {.offset = 5 << 4,
			  .flags = TCP_RST,
			  .sequence = packet->image.acknowledgement},
		.endpoint = packet->endpoint,
		.stream = -1,
	};

	if (packet->image.flags & TCP_RST)
		return;
	if (!(packet->image.flags & TCP_ACK)) {
		reset.image.flags = TCP_RST | TCP_ACK;
		reset.image.sequence = 0;
		reset.image.acknowledgement = htonl(packet_segment(packet).end);
	}
	model_note(world, "no connection", packet->endpoint, &reset);
	net_send(world, &reset);
}

static inline void server_synack(struct world *world, struct peer *server)
{
	struct packet packet = peer_packet(server);
	__u32 window = server->buffer < 0xffff ? server->buffer : 0xffff;

	packet.image.sequence = htonl(server->sent_base - 1);
	packet.image.acknowledgement = htonl(server->received_base);
	packet.image.flags = TCP_SYN | TCP_ACK;
	packet.image.window = htons(window);
	if (server->edge < window)
		server->edge = window;
	packet.edge = server->edge;
	options_write_synack(world, &packet.image, server);
	server->resend_at = world->now + server->backoff;
	model_note(world, "accepts", server->connection, &packet);
	net_send(world, &packet);
}

/* A numbering far from that of the connection before, as clocks make it (RFC 6528). */
static inline __u32 server_initial(struct world *world, int endpoint)
{
	__u32 *last = &world->last_initial[endpoint];

	*last = *last ? *last + (1U << 25) + model_random(world, 1U << 25)
		      : model_initial(world) | 1;
	return *last;
}

static inline struct peer *server_new(struct world *world, int endpoint)
{
	int connection = world->connections++;
	struct peer *server;

	if (connection >= MODEL_CONNECTIONS)
		model_fail(world, "too many connections\n");
	server = &world->servers[connection];
	*server = (struct peer){.name = "server", .connection = connection, .endpoint = endpoint};
	server->sent_base = server_initial(world, endpoint) + 1;
	world->live[endpoint] = connection;
	return server;
}

static inline void server_accept(struct world *world, const struct packet *packet)
{
	struct peer *server = server_new(world, packet->endpoint);
	struct options options;

	options_read(world, &packet->image, &options);
	server->scaled = options.scaled && model_chance(world, 800);
	server->sack = options.sack_permitted && model_chance(world, 900);
	server->timestamps = options.timestamp && model_chance(world, 800);
	peer_init(world, server);
	server->echo = options.value;
	server->echo_stream = STREAM_CLIENT;
	if (!server->scaled)
		server->scale = 0;
	else
		server->peer_scale = options.scale;
	if (server->mss > options.mss)
		server->mss = options.mss;
	server->received_base = ntohl(packet->image.sequence) + 1;
	server->accepting = server->open = true;
	server_synack(world, server);
}

static inline void server_syn(struct world *world, const struct packet *packet)
{
	int live = world->live[packet->endpoint];
	struct peer *server = live < 0 ? NULL : &world->servers[live];

	if (!server && packet->endpoint && model_chance(world, world->manners.refusal))
		server_reset_unknown(world, packet);
	else if (!server)
		server_accept(world, packet);
	else if (server->accepting && server->received_base == ntohl(packet->image.sequence) + 1)
		server_synack(world, server);
	else
		peer_acknowledge(world, server); /* a challenge (RFC 5961, 4) */
}

static inline void server_gone(struct world *world, struct peer *server)
{
	server->closed = true;
	if (world->live[server->endpoint] == server->connection)
		world->live[server->endpoint] = -1;
}

/* The handshake's third segment; false where it is none. */
static inline bool server_accepted(struct world *world, struct peer *server,
				   const struct packet *packet)
{
	struct segment segment = packet_segment(packet);

	if (segment.flags & TCP_RST) {
		if (segment.sequence == server->received_base)
			peer_got_reset(world, server, packet, 0);
		if (server->closed)
			server_gone(world, server);
		return false;
	}
	if (segment.acknowledgement != server->sent_base) {
		server_reset_unknown(world, packet);
		return false;
	}
	server->accepting = false;
	server->resend_at = NEVER;
	server->peer_edge = (__u64)segment.window << server->peer_scale;
	return true;
}

static inline void server_input(struct world *world, const struct packet *packet)
{
	int live = world->live[packet->endpoint];
	struct peer *server;

	if (packet->image.flags & TCP_SYN) {
		server_syn(world, packet);
		return;
	}
	if (live < 0) {
		server_reset_unknown(world, packet);
		return;
	}
	server = &world->servers[live];
	if (server->accepting && !server_accepted(world, server, packet))
		return;
	peer_input(world, server, packet);
	if (server->closed || (server->fin_received && server->una == server->end + 1))
		server_gone(world, server);
}

/* The request that the connection has to answer next, or -1. */
static inline int server_request(const struct world *world, const struct peer *server)
{
	for (int i = 0; i < world->request_count; i++) {
		if (world->requests[i].connection == server->connection &&
		    !world->requests[i].answered)
			return i;
	}
	return -1;
}

static inline void server_answer(struct world *world, struct peer *server)
{
	int index = server_request(world, server);
	struct request *request;
	__u64 needs;

	server->answer_at = NEVER;
	if (index < 0) {
		if (server->fin_received && !server->fin)
			server->fin = true;
		return;
	}
	request = &world->requests[index];
	needs = request->at + (request->early ? request->head : request->length);
	if (server->read < needs)
		return;
	if (server->end != request->answer_at)
		model_fail(world, "server %d answers at %llu\n", server->endpoint,
			   (unsigned long long)server->end);
	request->answered = true;
	server->end += request->answer_length;
	if (world->manners.server_closes && index == world->request_count - 1)
		server->fin = true;
}

/* A server that has nothing to do ends the connection, or says that it was idle for too long. */
static inline void server_idle(struct world *world, struct peer *server)
{
	struct middle *middle = &world->middle;

	if (!middle->moved || server->fin || server->una != server->highest ||
	    server->assigned_out != server->end || server->assigned_in != server->expects ||
	    server->connection == current_connection(middle) ||
	    !model_chance(world, world->manners.parked_end))
		return;
	model_note(world, "ends while parked", server->connection, NULL);
	if (model_chance(world, 200)) {
		peer_reset(world, server, server->next);
		server_gone(world, server);
		return;
	}
	if (model_chance(world, 300))
		server->end += 50;
	server->fin = true;
}

static inline void server_timers(struct world *world, struct peer *server)
{
	if (server->accepting) {
		if (server->resend_at <= world->now && server->backoff < 6400) {
			server->backoff *= 2;
			server_synack(world, server);
		} else if (server->resend_at <= world->now) {
			server_gone(world, server);
		}
		return;
	}
	if (server->keepalive_at <= world->now)
		server_idle(world, server);
	peer_timers(world, server);
	if (!server->closed && server->answer_at <= world->now)
		server_answer(world, server);
	else if (server->answer_at == NEVER && server->read + server->fin_received > 0)
		server->answer_at = world->now + 1 + model_random(world, 60);
	if (!server->closed)
		peer_send(world, server);
}

#endif
