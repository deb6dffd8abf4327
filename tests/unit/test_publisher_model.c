// SPDX-License-Identifier: Apache-2.0
/*
 * Random generations, and agents that connect, lag, resume and go: whoever has taken all there is
 * has what the publisher has.
 */
#include "publisher_agent.h"

#define AGENTS 12
#define ROUNDS 40000
#define LOG_BYTES 1500 /* a few generations, so that agents fall out of it */

static struct world world;
static struct agent agents[AGENTS];

static size_t below(size_t limit)
{
	return (size_t)random() % limit;
}

static uint64_t changed; /* the last revision that changed something */

static void publish(void)
{
	struct changes changes = {0};
	size_t first = below(WORLD_KEYS), count = below(4);

	if (!below(40)) {
		world.table.values[first] = (unsigned char)below(4);
		world_set_all(&world);
		changed = world.revision;
		return;
	}
	/* None: the store has come to a revision that changes nothing. */
	for (size_t i = 0; i < count; i++) {
		size_t key = (first + i) % WORLD_KEYS;

		world.table.values[key] = (unsigned char)below(4);
		world_add(&changes, key, world.table.values[key]);
	}
	assert_int_equal(publisher_publish(world.publisher, &changes, ++world.revision), 0);
	if (count)
		changed = world.revision;
	changes_clear(&changes);
}

static void is_up_to_date(struct agent *agent)
{
	struct publisher_node *node;

	assert_int_equal(agent->generation, publisher_generation(world.publisher));
	/* Revisions that change nothing are not sent. */
	assert_true(agent->revision >= changed);
	assert_true(agent->revision <= publisher_revision(world.publisher));
	agent_report(agent, world.publisher);
	assert_int_equal(publisher_node_get(world.publisher, agent->node, &node), 0);
	assert_int_equal(publisher_node_own_revision(world.publisher, node),
			 publisher_revision(world.publisher));
	assert_memory_equal(&agent->table, &world.table, sizeof(agent->table));
}

/* An agent that was dropped comes again, with what it has. */
static void drain(struct agent *agent)
{
	if (!agent_drain(agent)) {
		agent_disconnect(agent);
		agent_connect(agent, world.publisher);
		assert_true(agent_drain(agent));
	}
	is_up_to_date(agent);
}

static void act(struct agent *agent)
{
	if (!agent->session) {
		/* One that starts anew has nothing. */
		if (!below(10))
			*agent->instance = '\0';
		agent_connect(agent, world.publisher);
		return;
	}
	switch (below(8)) {
	case 0:
		agent_disconnect(agent);
		break;
	case 1:
		drain(agent);
		break;
	default:
		if (agent_take(agent, 1 + below(200)) < 0)
			agent_disconnect(agent);
	}
}

static void whoever_has_taken_all_has_what_there_is(void **state)
{
	size_t snapshots = 0, changes = 0;

	(void)state;
	srandom(11);
	world_start(&world, "manager-0", 0, LOG_BYTES);
	for (size_t i = 0; i < AGENTS; i++)
		snprintf(agents[i].node, sizeof(agents[i].node), "node-%zu", i);
	publish();
	for (int round = 0; round < ROUNDS; round++) {
		if (!below(4))
			publish();
		else
			act(&agents[below(AGENTS)]);
		assert_true(world.publisher->log.bytes <= LOG_BYTES ||
			    world.publisher->log.count <= 1);
	}
	for (size_t i = 0; i < AGENTS; i++) {
		if (!agents[i].session)
			agent_connect(&agents[i], world.publisher);
		drain(&agents[i]);
		snapshots += agents[i].snapshots;
		changes += agents[i].changes;
		agent_disconnect(&agents[i]);
	}
	/* All that can happen did. */
	assert_true(snapshots > 100 && changes > 1000);
	assert_true(world.publisher->counts.resumed > 100);
	assert_true(world.publisher->counts.dropped[PUBLISHER_DROP_SLOW] > 100);
	assert_true(world.snapshots > 10);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_has_taken_all_has_what_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
