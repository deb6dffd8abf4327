// SPDX-License-Identifier: Apache-2.0
/*
 * Random connections through the translation of sequence numbers: every server gets exactly the
 * bytes of the requests that are meant for it, the client exactly its answers.
 *
 *   MODEL_SEEDS=N   how many seeds to run
 *   MODEL_SEED=S    the first one
 */
#include <stdlib.h>
#include "model_world.h"

#define SEEDS 8000

/* Everything that was sent has arrived, and where it belongs. */
static void world_check(struct world *world)
{
	for (int i = 0; i < world->request_count; i++) {
		const struct request *request = &world->requests[i];
		const struct peer *server;

		if (request->connection < 0)
			continue;
		server = &world->servers[request->connection];
		if (!request->early && server->expects < request->at + request->length)
			model_fail(world, "request %d was not received\n", i);
		if (!request->pipelined && !request->fallback && !world->middle.framing.pinned &&
		    server->endpoint != request->target)
			model_fail(world, "request %d for server %d went to %d\n", i,
				   request->target, server->endpoint);
	}
	world->wraps +=
		world->client.sent_base + (__u32)world->client.end < world->client.sent_base;
}

static bool world_ended(const struct world *world)
{
	return world->done || world->client.closed ||
	       (world->completed == world->request_count && world->client.fin_received &&
		world->client.una == world->client.end + 1) ||
	       (world->kernel_answers && world->client.fin_received);
}

static void run(struct world *world, __u64 seed)
{
	world_begin(world, seed);
	world->client.answer_at = 1;
	while (!world_ended(world)) {
		world_tick(world);
		if (world->now > MODEL_TICKS_MAX)
			model_fail(world, "no end: %d of %d requests completed\n", world->completed,
				   world->request_count);
	}
	if (!world->done && !world->client.closed && !world->kernel_answers)
		world_check(world);
}

static __u64 setting(const char *name, __u64 otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

/* What has happened in all runs. */
struct tally {
	__u64 moves, opens, beyond, given_up, wraps, splits, answers, refusals, cut_short,
		old_times, delays;
};

static void tally_add(struct tally *tally, const struct world *world)
{
	tally->moves += world->moves;
	tally->opens += world->opens;
	tally->beyond += world->beyond;
	tally->given_up += world->given_up;
	tally->wraps += world->wraps;
	tally->splits += world->splits;
	tally->answers += world->answers_by_kernel;
	tally->refusals += world->refusals;
	tally->cut_short += world->done;
	tally->old_times += world->old_times;
	tally->delays += world->delays;
}

/* The random choice must have gone everywhere, and few runs end early. */
static void tally_check(const struct tally *tally, __u64 seeds)
{
	print_message(
		"# moves %llu, legs opened %llu, refused %llu, given up %llu, split heads %llu, "
		"beyond the window %llu, wraps %llu, answers of the kernel %llu, "
		"old timestamps %llu, delayed acknowledgements %llu, cut short %llu of %llu\n",
		(unsigned long long)tally->moves, (unsigned long long)tally->opens,
		(unsigned long long)tally->refusals, (unsigned long long)tally->given_up,
		(unsigned long long)tally->splits, (unsigned long long)tally->beyond,
		(unsigned long long)tally->wraps, (unsigned long long)tally->answers,
		(unsigned long long)tally->old_times, (unsigned long long)tally->delays,
		(unsigned long long)tally->cut_short, (unsigned long long)seeds);
	if (seeds < SEEDS)
		return;
	assert_true(tally->moves > seeds && tally->opens > seeds && tally->splits > seeds / 10);
	assert_true(tally->wraps > seeds / 10 && tally->refusals > seeds / 20);
	assert_true(tally->beyond && tally->given_up && tally->answers && tally->old_times);
	assert_true(tally->delays);
	assert_true(tally->cut_short < seeds / 10);
}

static void every_byte_arrives_where_it_belongs(void **state)
{
	__u64 first = setting("MODEL_SEED", 1);
	__u64 seeds = setting("MODEL_SEEDS", getenv("MODEL_SEED") ? 1 : SEEDS);
	static struct world world;
	struct tally tally = {0};

	(void)state;
	for (__u64 seed = first; seed < first + seeds; seed++) {
		run(&world, seed);
		tally_add(&tally, &world);
	}
	tally_check(&tally, seeds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_arrives_where_it_belongs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
