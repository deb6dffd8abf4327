// SPDX-License-Identifier: Apache-2.0
/* Agents over real sockets: many, slow ones, and ones that are cut off. */
#include "publisher_peers.h"

#define AGENTS 200
#define FEW 20
#define BIG_ROWS 400 /* of a generation of about 60 KiB */

static void two_hundred_agents_follow(void **state)
{
	struct peer *peers;

	(void)state;
	start_server(0);
	world_set(&world, 0, 1);
	peers = connect_all(AGENTS);
	/* Generations come while they take their first snapshot. */
	for (unsigned char i = 1; i < 40; i++) {
		world_set(&world, i % WORLD_KEYS, i);
		turn(peers, AGENTS);
	}
	all_get_all(peers, AGENTS);
	/* Half of them are cut off; they miss something, and resume. */
	for (size_t i = 0; i < AGENTS; i += 2)
		peer_disconnect(&peers[i]);
	for (unsigned char i = 1; i < 10; i++)
		world_set(&world, i, 100 + i);
	all_get_all(peers, AGENTS);
	for (size_t i = 0; i < AGENTS; i += 2)
		peer_connect(&peers[i], i);
	all_get_all(peers, AGENTS);
	assert_int_equal(world.publisher->counts.resumed, AGENTS / 2);
	for (size_t i = 0; i < AGENTS; i++)
		assert_int_equal(peers[i].agent.snapshots, 1);
	disconnect_all(peers, AGENTS);
	for (__u64 end = clock_monotonic() + WORLD_LIMIT_MS * 1000000ull;
	     !TAILQ_EMPTY(&world.publisher->sessions) && clock_monotonic() < end;)
		uv_run(&world.loop, UV_RUN_ONCE);
	assert_true(TAILQ_EMPTY(&world.publisher->sessions));
	stop_server();
}

/* Names that are long enough to fill what the kernel keeps for a socket soon. */
static void publish_much(void)
{
	static char names[BIG_ROWS][160];
	struct changes changes = {0};

	for (size_t i = 0; i < BIG_ROWS; i++) {
		snprintf(names[i], sizeof(names[i]), "shop/%0140zu:http", i);
		assert_int_equal(changes_add_service(&changes, names[i], false), 0);
	}
	assert_int_equal(publisher_publish(world.publisher, &changes, ++world.revision), 0);
	changes_clear(&changes);
}

static void one_that_takes_nothing_is_dropped(void **state)
{
	const uint64_t *dropped;
	struct peer *peers;

	(void)state;
	start_server(512 * 1024);
	dropped = &world.publisher->counts.dropped[PUBLISHER_DROP_SLOW];
	world_set(&world, 0, 1);
	peers = calloc(FEW, sizeof(*peers));
	assert_non_null(peers);
	peers[7].deaf = true;
	for (size_t i = 0; i < FEW; i++)
		peer_connect(&peers[i], i);
	all_get_all(peers, FEW);
	for (int i = 0; i < 500 && !*dropped; i++) {
		publish_much();
		all_get_all(peers, FEW);
	}
	assert_int_equal(*dropped, 1);
	for (size_t i = 0; i < FEW; i++)
		assert_int_equal(peers[i].agent.snapshots, i != 7);
	/* It can come again. */
	peer_disconnect(&peers[7]);
	peers[7] = (struct peer){0};
	peer_connect(&peers[7], 7);
	all_get_all(peers, FEW);
	assert_int_equal(peers[7].agent.snapshots, 1);
	disconnect_all(peers, FEW);
	stop_server();
}

static void streams_end_with_the_publisher(void **state)
{
	struct peer *peers;

	(void)state;
	start_server(0);
	world_set(&world, 0, 1);
	peers = connect_all(FEW);
	all_get_all(peers, FEW);
	stop_server();
	for (size_t i = 0; i < FEW; i++) {
		peer_take(&peers[i]);
		assert_true(peers[i].closed);
	}
	disconnect_all(peers, FEW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hundred_agents_follow),
		cmocka_unit_test(one_that_takes_nothing_is_dropped),
		cmocka_unit_test(streams_end_with_the_publisher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
