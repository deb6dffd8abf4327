// SPDX-License-Identifier: Apache-2.0
/*
 * Random requests that alternate between two legs. Each server must see its own contiguous
 * stream in its own numbering, and the client one contiguous stream, also across 2^32.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "legs_model.h"

#define SEEDS 40
#define STEPS 2500 /* of each seed */

static void model_init(struct model *model, __u32 seed)
{
	struct shunt_flow *flow = &model->flow;
	struct server *origin = &model->servers[0];

	memset(model, 0, sizeof(*model));
	model->random = seed;
	model->sequence = model_initial(model);
	model->reply = model_initial(model);
	*origin = (struct server){
		.sequence = model->reply, .client_sequence = model->sequence, .open = true};
	flow->state = SHUNT_FLOW_OPEN;
	flow->client_next = model->sequence;
	flow->client_reply = model->reply;
	flow->acknowledged = model->sequence;
	flow->reply_next = model->reply;
	flow->origin_scale = MODEL_SCALE;
	flow->legs[0].state = SHUNT_LEG_OPEN;
	flow->legs[0].window_scale = MODEL_SCALE;
	flow->legs[0].window_end = model->sequence + 0xffff;
}

/* The client sends a stretch of its stream, or nothing; the present server sees it rightly. */
static void client_sends(struct model *model, struct stretch what)
{
	struct shunt_flow *flow = &model->flow;
	struct shunt_leg *leg = &flow->legs[flow->current];
	__u32 expects = model_client_expects(model), pad = model_random(model, 5);
	__u32 hole = 1 + model_random(model, 3000);
	struct segment segment =
		segment_new(model->sequence + what.at, expects, what.length, TCP_ACK);
	struct tcp_image image = segment_image(&segment, expects + hole, expects + hole + 9, pad);

	assert_int_equal(legs_from_client(flow, leg, &segment), LEG_TRANSLATE);
	tcp_to_leg(&image, leg, MODEL_SCALE);
	assert_int_equal(ntohl(image.sequence), model_at_server(model, what.at));
	assert_int_equal(ntohl(image.acknowledgement),
			 model_reply_at_server(model, model->received));
	for (__u32 edge = 0; edge < 2; edge++)
		assert_int_equal(image_sack(&image, pad, edge),
				 model_reply_at_server(model, model->received + hole + 9 * edge));
}

/* The present server sends a stretch of what the client gets, or nothing, rightly as well. */
static void server_sends(struct model *model, struct stretch what)
{
	struct shunt_flow *flow = &model->flow;
	struct shunt_leg *leg = &flow->legs[flow->current];
	struct server *server = model_present(model);
	__u32 expects = server_expects(server), pad = model_random(model, 5);
	struct segment segment =
		segment_new(model_reply_at_server(model, what.at), expects, what.length, TCP_ACK);
	struct tcp_image image = segment_image(&segment, expects + 1, expects + 11, pad);
	__u64 got = model->request + server->received - model->request_received;

	assert_int_equal(legs_from_server(flow, leg, flow->current, &segment), LEG_TRANSLATE);
	tcp_to_client(&image, leg, flow->origin_scale);
	assert_int_equal(ntohl(image.sequence), (__u32)(model->reply + what.at));
	assert_int_equal(ntohl(image.acknowledgement), (__u32)(model->sequence + got));
	assert_int_equal(image_sack(&image, pad, 0), (__u32)(model->sequence + got + 1));
	assert_int_equal(image_sack(&image, pad, 1), (__u32)(model->sequence + got + 11));
}

/* Bytes of the past, which lie below what the receiver has: it trims them. */
static void resend(struct model *model, bool client)
{
	__u64 total = client ? model->sent : model->received;
	struct stretch what = {.length = 1 + model_random(model, 1460)};
	__u64 back = what.length + model_random(model, 30000);

	if (total < back)
		return;
	what.at = total - back;
	if (client) {
		client_sends(model, what);
		assert_false(sequence_after(model_at_server(model, what.at + what.length),
					    server_expects(model_present(model))));
	} else {
		server_sends(model, what);
		assert_false(sequence_after(model->reply + what.at + what.length,
					    model_client_expects(model)));
	}
}

/* The leg's server accepts: a new connection, with a numbering of its own. */
static void open_leg(struct model *model, __u32 index, __u32 start, __u32 reply)
{
	struct shunt_flow *flow = &model->flow;
	struct shunt_leg *leg = &flow->legs[index];
	struct server *server = &model->servers[index];
	__u32 initial = model_initial(model);
	struct segment synack = segment_new(initial, start, 0, TCP_SYN | TCP_ACK);
	struct segment request = segment_new(start, reply, 10, TCP_ACK);

	flow->state = SHUNT_FLOW_OPENING;
	leg->state = SHUNT_LEG_OPENING;
	assert_int_equal(legs_from_client(flow, leg, &request), LEG_HOLD);
	flow->client_next = start + 10;
	assert_int_equal(legs_from_client(flow, leg, &request), LEG_RETRY);
	assert_int_equal(legs_from_server(flow, leg, index, &synack), LEG_OPENED);
	legs_opened(leg, initial, reply);
	leg->window_end = start;
	legs_window(leg, &synack, 0);
	leg->window_scale = MODEL_SCALE;
	flow->state = SHUNT_FLOW_OPEN;
	flow->client_next = start;
	model->reopened++;
	*server = (struct server){.sequence = initial + 1, .client_sequence = start, .open = true};
}

/* A request that begins now makes leg `index` current, as bpf/move.h does it. */
static void move(struct model *model, __u32 index)
{
	struct shunt_flow *flow = &model->flow;
	struct shunt_leg *leg = &flow->legs[index];
	__u32 start = model_client_next(model), reply = model_client_expects(model);

	assert_true(legs_quiet(flow, start, reply, false));
	if (index != flow->current) {
		legs_park(&flow->legs[flow->current], start, reply, flow->acknowledged);
		flow->current = index;
		flow->start = start;
		flow->acknowledged = start;
		flow->reply_next = reply;
		model->moves++;
		if (leg->state == SHUNT_LEG_OPEN) {
			assert_true(legs_caught_up(leg));
			legs_resume(leg, start, reply);
		} else {
			open_leg(model, index, start, reply);
		}
	}
	model->request = model->sent;
	model->answer = model->received;
	model->request_received = model->servers[index].received;
	model->answer_sent = model->servers[index].sent;
}

/* A request, in several segments, some of them seen twice and not in order. */
static void request(struct model *model)
{
	__u32 total = 1 + model_random(model, 6000);
	__u64 end = model->sent + total;

	while (model->sent < end) {
		struct stretch what = {.at = model->sent, .length = 1 + model_random(model, 1460)};

		if (what.length > end - what.at)
			what.length = end - what.at;
		if (what.at + what.length < end && !model_random(model, 4))
			client_sends(model, (struct stretch){what.at + what.length, 1});
		client_sends(model, what);
		if (!model_random(model, 4))
			client_sends(model, what);
		model->sent += what.length;
		model_present(model)->received += what.length;
		assert_int_equal(server_expects(model_present(model)),
				 model_at_server(model, model->sent));
	}
	assert_false(legs_quiet(&model->flow, model_client_next(model), model_client_expects(model),
				false));
	server_sends(model, (struct stretch){model->received, 0});
	assert_true(legs_quiet(&model->flow, model_client_next(model), model_client_expects(model),
			       false));
}

static void answer(struct model *model)
{
	struct stretch what = {.at = model->received, .length = 1 + model_random(model, 4000)};

	server_sends(model, what);
	assert_false(legs_quiet(&model->flow, model_client_next(model), model_client_expects(model),
				false));
	if (!model_random(model, 4))
		server_sends(model, what);
	model->received += what.length;
	model_present(model)->sent += what.length;
	client_sends(model, (struct stretch){model->sent, 0});
}

/* What a parked server may send: it is answered in its own numbering, or reset. */
static void parked(struct model *model)
{
	__u32 index = !model->flow.current, back = 1 + model_random(model, 3000);
	struct shunt_leg *leg = &model->flow.legs[index];
	struct server *server = &model->servers[index];
	__u32 next = server_next(server), expects = server_expects(server);
	struct segment probe = segment_new(next - 1, expects, 0, TCP_ACK);
	struct segment tail = segment_new(next - back, expects, back, TCP_ACK);
	struct segment update = segment_new(next, expects, 0, TCP_ACK);
	struct segment fin = segment_new(next, expects, 0, TCP_ACK | TCP_FIN);

	if (!server->open)
		return;
	assert_int_equal(legs_from_server(&model->flow, leg, index, &probe), LEG_ACKNOWLEDGE);
	assert_int_equal(legs_from_server(&model->flow, leg, index, &tail), LEG_ACKNOWLEDGE);
	assert_int_equal(legs_from_server(&model->flow, leg, index, &update), LEG_DROP);
	assert_int_equal(leg->next_sequence, expects);
	assert_int_equal(leg->next_reply, next);
	if (model_random(model, 20))
		return;
	assert_int_equal(legs_from_server(&model->flow, leg, index, &fin), LEG_RESET);
	assert_int_equal(leg->state, SHUNT_LEG_CLOSED);
	server->open = false;
}

static void step(struct model *model)
{
	switch (model_random(model, 6)) {
	case 0:
	case 1:
		move(model, model_random(model, MODEL_SERVERS));
		request(model);
		answer(model);
		break;
	case 2:
		answer(model);
		break;
	case 3:
		resend(model, true);
		break;
	case 4:
		resend(model, false);
		break;
	case 5:
		parked(model);
		break;
	}
}

static void every_stream_stays_contiguous(void **state)
{
	static struct model model;

	(void)state;
	for (__u32 seed = 1; seed <= SEEDS; seed++) {
		model_init(&model, seed);
		for (__u32 i = 0; i < STEPS; i++)
			step(&model);
		/* The random choice must have gone everywhere, and past 2^32. */
		assert_true(model.moves > STEPS / 10 && model.reopened > 5);
		assert_true(model.sent > 20000 && model.received > 20000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_stream_stays_contiguous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
