/* SPDX-License-Identifier: Apache-2.0 */
/* One run: a client that sends its requests, and the clock that drives all. */
#ifndef SHUNT_TESTS_UNIT_MODEL_WORLD_H
#define SHUNT_TESTS_UNIT_MODEL_WORLD_H

#include "model_servers.h"

static inline void manners_choose(struct world *world)
{
	static const struct {
		__u32 size, mss;
	} sizes[] = {{150, 40}, {3000, 1460}, {30000, 9000}, {200000, 65000}};
	struct manners *manners = &world->manners;
	int size = model_random(world, 4);

	manners->size = sizes[size].size;
	manners->mss = sizes[size].mss;
	manners->loss = model_chance(world, 500) ? 0 : model_random(world, 120);
	manners->repeat = model_chance(world, 500) ? 0 : model_random(world, 200);
	manners->late = model_chance(world, 500) ? 0 : model_random(world, 60);
	manners->jitter = model_chance(world, 400) ? 0 : model_random(world, 60);
	manners->refusal = model_chance(world, 700) ? 0 : 200;
	manners->parked_end = model_chance(world, 500) ? 0 : 300;
	manners->fails_to_origin = model_chance(world, 800);
	manners->scaled = model_chance(world, 800);
	manners->sack = model_chance(world, 800);
	manners->timestamps = model_chance(world, 600);
	manners->pipelines = model_chance(world, 200);
	manners->half_close = model_chance(world, 200);
	manners->server_closes = model_chance(world, 200);
	manners->resets = model_chance(world, 100);
}

static inline __u64 length_random(struct world *world)
{
	__u32 most = model_chance(world, 500) ? world->manners.size : 1 + world->manners.size / 30;

	return 1 + model_random(world, most);
}

static inline void requests_choose(struct world *world)
{
	int targets = 1 + model_random(world, MODEL_ENDPOINTS);
	__u64 start = 0, answer = 0;

	world->request_count = 2 + model_random(world, MODEL_REQUESTS - 1);
	for (int i = 0; i < world->request_count; i++) {
		struct request *request = &world->requests[i];

		request->start = start;
		request->answer = answer;
		request->length = length_random(world);
		request->answer_length = length_random(world);
		request->head = 1;
		if (model_chance(world, 200))
			request->head = 1 + model_random(world, request->length);
		if (request->head > SHUNT_HEAD_MAX)
			request->head = SHUNT_HEAD_MAX;
		request->target = model_random(world, targets);
		request->early = model_chance(world, 50);
		request->connection = CONNECTION_PENDING;
		start += request->length;
		answer += request->answer_length;
	}
}

/* The client and the origin have shaken hands. */
static inline void connection_begin(struct world *world)
{
	struct peer *client = &world->client, *origin;

	client->name = "client";
	client->connection = STREAM_CLIENT;
	for (int i = 0; i < MODEL_ENDPOINTS; i++)
		world->live[i] = -1;
	origin = server_new(world, 0);
	client->scaled = origin->scaled = world->manners.scaled;
	client->sack = origin->sack = world->manners.sack;
	client->timestamps = origin->timestamps = world->manners.timestamps;
	client->sent_base = model_initial(world);
	peer_init(world, client);
	peer_init(world, origin);
	client->scale = client->scaled ? client->scale : 0;
	origin->scale = origin->scaled ? origin->scale : 0;
	client->peer_scale = origin->scale;
	origin->peer_scale = client->scale;
	origin->received_base = client->sent_base;
	client->received_base = origin->sent_base;
	client->echo = origin->began;
	origin->echo = client->began;
	origin->echo_stream = STREAM_CLIENT;
	client->open = origin->open = true;
	if (origin->mss > client->mss)
		origin->mss = client->mss;
	client->edge = client->buffer < 0xffff ? client->buffer : 0xffff;
	origin->edge = origin->buffer < 0xffff ? origin->buffer : 0xffff;
	client->peer_edge = origin->edge;
	origin->peer_edge = client->edge;
	world->middle.framing.next = client->sent_base;
	world->middle.framing.response_next = client->received_base;
	world->middle.framing.flags = SHUNT_FRAMING_FIRST;
}

static inline void world_begin(struct world *world, __u64 seed)
{
	memset(world, 0, sizeof(*world));
	world->seed = seed;
	world->random = seed * 0x9e3779b97f4a7c15ULL + 1;
	for (int i = 0; i < MODEL_PACKETS; i++)
		world->heap[i] = i;
	model_random(world, 1);
	manners_choose(world);
	requests_choose(world);
	connection_begin(world);
}

/* The client has read whole answers, and sends the next request, or two. */
static inline void client_application(struct world *world)
{
	struct peer *client = &world->client;
	struct request *next = &world->requests[world->sent_count];

	while (world->completed < world->request_count) {
		const struct request *request = &world->requests[world->completed];

		if (client->read < request->answer + request->answer_length)
			break;
		world->completed++;
	}
	client->answer_at = world->now + 1 + model_random(world, 50);
	if (world->sent_count < world->request_count &&
	    (world->completed == world->sent_count ||
	     (world->manners.pipelines && model_chance(world, 30)))) {
		next->pipelined = world->completed < world->sent_count;
		client->end += next->length;
		world->sent_count++;
		if (world->sent_count == world->request_count && world->manners.half_close)
			client->fin = true;
	}
	if (world->completed == world->request_count || client->fin_received)
		client->fin = true;
	peer_send(world, client);
}

/* The client gives up in the middle. */
static inline void client_resets(struct world *world)
{
	if (!world->manners.resets || world->sent_count < world->request_count / 2 ||
	    !model_chance(world, 20))
		return;
	world->reset_expected = true;
	peer_reset(world, &world->client, world->client.next);
	world->client.closed = true;
}

static inline void deliver(struct world *world, struct packet *packet)
{
	if (!packet->passed && packet->toward_server) {
		from_pod(world, packet);
	} else if (!packet->passed) {
		to_pod(world, packet);
	} else if (packet->toward_server) {
		server_input(world, packet);
	} else if (!world->client.closed) {
		peer_input(world, &world->client, packet);
	}
}

static inline void world_tick(struct world *world)
{
	struct packet packet;
	__u64 next = earlier(net_next(world), peer_due(&world->client));

	for (int i = 0; i < MODEL_ENDPOINTS; i++) {
		if (world->live[i] >= 0)
			next = earlier(next, peer_due(&world->servers[world->live[i]]));
	}
	if (next == NEVER)
		model_fail(world, "nothing happens any more\n");
	if (next > world->now)
		world->now = next;
	while (!world->done && net_take(world, &packet))
		deliver(world, &packet);
	peer_timers(world, &world->client);
	if (world->client.answer_at <= world->now && !world->client.closed) {
		client_application(world);
		client_resets(world);
	}
	for (int i = 0; i < MODEL_ENDPOINTS; i++) {
		if (world->live[i] >= 0)
			server_timers(world, &world->servers[world->live[i]]);
	}
}

#endif
