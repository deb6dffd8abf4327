// SPDX-License-Identifier: Apache-2.0
/* The stream of a manager over real sockets, from a scripted server on the same loop. */
#include "tests/unit/apply_world.h"
#include <signal.h>
#include <unistd.h>
#include "tests/unit/sync_server.h"
#include "user/agent/source_manager.h"

#define LIMIT_MS 20000

struct agent_world {
	uv_loop_t loop;
	uv_timer_t limit;
	struct fake_maps fake;
	struct backend_memory memory;
	struct sync sync;
	struct server servers[2];
	char urls[2][64];
	const char *list[2];
	struct options_manager options;
	struct source_manager source;
	struct sync_buffer stream; /* hello, a snapshot, a change, a heartbeat */
	char cache[64];
};

static void start_server(struct agent_world *world, int index)
{
	struct server *server = &world->servers[index];

	server_start(server, &world->loop);
	server->bytes = world->stream.bytes;
	server->length = world->stream.length;
	snprintf(world->urls[index], sizeof(world->urls[index]), "http://127.0.0.1:%u",
		 server->port);
	world->list[index] = world->urls[index];
}

static const struct shunt_endpoint *keep(struct changes *changes, const char *text)
{
	struct shunt_endpoint *kept = arena_alloc(&changes->arena, sizeof(*kept));

	*kept = endpoint(text);
	return kept;
}

/* One service whose override of mmeng goes to the address. */
static void encode(struct sync_buffer *buffer, bool snapshot, uint64_t generation,
		   const char *address)
{
	struct changes changes = {.snapshot = snapshot};
	const struct shunt_endpoint front = endpoint("10.96.0.1:80");
	const struct change_override row = {
		.context = "mmeng",
		.service = "shop/pay:http",
		.endpoints = keep(&changes, address),
		.endpoint_count = 1,
	};
	const struct change_endpoint target = {.endpoint = row.endpoints[0],
					       .service = row.service,
					       .flags = SHUNT_OFFLOADED_TARGET};
	const struct sync_done done = {generation, 10 + generation, 1000};

	if (snapshot) {
		assert_int_equal(changes_add_service(&changes, row.service, false), 0);
		assert_int_equal(changes_add_frontend(&changes, &front, row.service), 0);
	}
	assert_int_equal(changes_add_offloaded(&changes, &target), 0);
	assert_int_equal(changes_add_override(&changes, &row), 0);
	assert_int_equal(sync_encode_generation(buffer, &changes, &done), 0);
	changes_clear(&changes);
}

static int fake_finish(void *context, __u64 *generation)
{
	static __u64 count;

	(void)context;
	*generation = ++count;
	return 0;
}

static void on_limit(uv_timer_t *timer)
{
	(void)timer;
	fail_msg("it took too long");
}

static int set_up_agent(void **state)
{
	struct agent_world *world = calloc(1, sizeof(*world));
	const struct sync_hello hello = {SYNC_VERSION, "first-run", 100};
	struct backend backend;

	uv_loop_init(&world->loop);
	uv_timer_init(&world->loop, &world->limit);
	uv_timer_start(&world->limit, on_limit, LIMIT_MS, 0);
	fake_init(&world->fake);
	backend = fake_backend(&world->fake);
	backend.finish = fake_finish;
	assert_int_equal(sync_start(&world->sync, &backend), 0);
	assert_int_equal(sync_encode_hello(&world->stream, &hello), 0);
	encode(&world->stream, true, 1, "10.77.4.1:8080");
	encode(&world->stream, false, 2, "10.77.4.2:8080");
	assert_int_equal(sync_encode_heartbeat(&world->stream, 2, 1), 0);
	start_server(world, 0);
	start_server(world, 1);
	world->options = (struct options_manager){.urls = world->list, .url_count = 1};
	strcpy(world->options.node, "node-1");
	snprintf(world->cache, sizeof(world->cache), "/tmp/shunt-test-cache-%d", getpid());
	*state = world;
	return 0;
}

static void start(struct agent_world *world)
{
	assert_int_equal(
		source_manager_start(&world->source, &world->loop, &world->options, &world->sync),
		0);
	source_manager_begin(&world->source);
}

static void close_any(uv_handle_t *handle, void *argument)
{
	struct agent_world *world = argument;

	if (uv_is_closing(handle))
		return;
	if (handle->type == UV_TCP && handle != (uv_handle_t *)&world->servers[0].listener &&
	    handle != (uv_handle_t *)&world->servers[1].listener)
		close_peer(handle->data);
	else
		uv_close(handle, NULL);
}

static int tear_down_agent(void **state)
{
	struct agent_world *world = *state;

	source_manager_stop(&world->source);
	sync_stop(&world->sync);
	uv_walk(&world->loop, close_any, world);
	uv_run(&world->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&world->loop), 0);
	sync_buffer_clear(&world->stream);
	fake_clear(&world->fake);
	unlink(world->cache);
	free(world);
	return 0;
}

#define RUN_UNTIL(world, condition) \
	while (!(condition))        \
	uv_run(&(world)->loop, UV_RUN_ONCE)

/* Where requests of mmeng go: the last byte of the address, 0 for the origin. */
static int target(const struct agent_world *world)
{
	struct shunt_override_key key = {.context = "mmeng", .service = 1};
	const struct shunt_override *found = fake_find(&world->fake, PINS_OVERRIDES, &key);

	return found ? found->endpoints[0].address.bytes[15] : 0;
}

static void test_applies_and_reports(void **state)
{
	struct agent_world *world = *state;

	start(world);
	RUN_UNTIL(world, world->servers[0].generation == 2);
	assert_int_equal(target(world), 2);
	assert_int_equal(world->source.done.revision, 12);
	assert_true(world->source.connected);
	assert_non_null(strstr(world->servers[0].last_stream, "GET /v1/sync?node=node-1 "));
}

static void test_says_that_it_has_nothing_yet(void **state)
{
	struct agent_world *world = *state;
	const struct sync_hello hello = {SYNC_VERSION, "first-run", 100};
	struct sync_buffer stream = {0};

	assert_int_equal(sync_encode_hello(&stream, &hello), 0);
	assert_int_equal(sync_encode_heartbeat(&stream, 0, 1), 0);
	world->servers[0].bytes = stream.bytes;
	world->servers[0].length = stream.length;
	start(world);
	RUN_UNTIL(world, world->servers[0].reports == 1);
	assert_int_equal(world->servers[0].generation, 0);
	assert_int_equal(world->sync.applied_at, 0);
	world->servers[0].length = 0;
	sync_buffer_clear(&stream);
}

static void test_resumes_where_it_was(void **state)
{
	struct agent_world *world = *state;

	start(world);
	RUN_UNTIL(world, world->servers[0].generation == 2);
	close_peer(world->servers[0].open);
	RUN_UNTIL(world, world->servers[0].streams == 2);
	assert_non_null(strstr(world->servers[0].last_stream,
			       "?node=node-1&instance=first-run&generation=2 "));
}

static void test_cut_at_every_byte(void **state)
{
	struct agent_world *world = *state;
	struct server *server = &world->servers[0];

	for (size_t cut = 1; cut <= server->length; cut++) {
		size_t streams = server->streams;

		server->cut = cut < server->length ? cut : 0;
		if (cut == 1)
			start(world);
		else
			source_manager_reconnect(&world->source);
		/* A later stream of the same length would only be the same again. */
		RUN_UNTIL(world,
			  server->streams > streams && (!server->cut || !world->source.stream));
		assert_true(target(world) <= 2);
	}
	RUN_UNTIL(world, target(world) == 2 && server->generation == 2);
}

static void test_garbage_leaves_the_tables(void **state)
{
	struct agent_world *world = *state;
	struct server *server = &world->servers[0];

	start(world);
	RUN_UNTIL(world, server->generation == 2);
	server->bytes = "\x05garbage that goes on and on";
	server->length = strlen(server->bytes);
	close_peer(server->open);
	RUN_UNTIL(world, server->streams == 3);
	assert_int_equal(target(world), 2);
	assert_false(world->source.connected);
	assert_int_equal(world->source.said[0].count, 1);
}

static void test_silence_leads_to_the_next(void **state)
{
	struct agent_world *world = *state;

	world->options.url_count = 2;
	start(world);
	/* Both fall silent after one heartbeat: three later the agent goes on to the other. */
	RUN_UNTIL(world, world->servers[1].streams >= 1);
	assert_int_equal(world->servers[0].streams, 1);
	RUN_UNTIL(world, world->servers[0].streams >= 2);
	assert_int_equal(target(world), 2);
}

static void test_refusal_is_explained(void **state)
{
	struct agent_world *world = *state;
	struct server *server = &world->servers[0];
	char expected[256];

	server->head = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/problem+json\r\n"
		       "Content-Length: 59\r\n\r\n"
		       "{\"title\":\"No such token\",\"detail\":\"it is not in the file.\"}";
	server->length = 0;
	start(world);
	RUN_UNTIL(world, server->streams == 3);
	snprintf(expected, sizeof(expected),
		 "%s: it answers 401, No such token: it is not in the file.; the last tables stay",
		 world->urls[0]);
	assert_int_equal(world->source.said[0].count, 1);
	assert_string_equal(world->source.said[0].texts[0], expected);
	assert_int_equal(world->sync.applied_at, 0);
}

static int take(void *argument, struct changes *changes, const struct sync_done *done)
{
	size_t *taken = argument;

	assert_int_equal(changes->override_count, 1);
	assert_int_equal(done->generation, 2);
	++*taken;
	return 0;
}

static void test_cache_is_written(void **state)
{
	struct agent_world *world = *state;
	char problem[SYNC_PROBLEM_SIZE];
	size_t taken = 0;

	world->options.cache = world->cache;
	start(world);
	RUN_UNTIL(world, world->servers[0].generation == 2);
	RUN_UNTIL(world, access(world->cache, F_OK) == 0);
	assert_int_equal(cache_file_read(world->cache, take, &taken, problem), 0);
	assert_int_equal(taken, 1);
}

int main(void)
{
#define AGENT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_agent, tear_down_agent)
	const struct CMUnitTest tests[] = {
		AGENT_TEST(test_applies_and_reports),
		AGENT_TEST(test_says_that_it_has_nothing_yet),
		AGENT_TEST(test_resumes_where_it_was),
		AGENT_TEST(test_cut_at_every_byte),
		AGENT_TEST(test_garbage_leaves_the_tables),
		AGENT_TEST(test_silence_leads_to_the_next),
		AGENT_TEST(test_refusal_is_explained),
		AGENT_TEST(test_cache_is_written),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
