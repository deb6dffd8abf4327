// SPDX-License-Identifier: Apache-2.0
#include "user/manager/publisher.h"

#include <errno.h>
#include <stdlib.h>
#include "user/lib/clock.h"
#include "user/manager/publisher_state.h"

#define HEARTBEAT_MS 5000
#define LOG_BYTES (64u * 1024 * 1024)

uint64_t publisher_now(void)
{
	return clock_wall() / 1000000;
}

static void free_publisher(struct publisher *publisher)
{
	publisher_log_clear(&publisher->log);
	publisher_node_clear(publisher);
	publisher_chunk_release(publisher->hello);
	publisher_chunk_release(publisher->heartbeat);
	free(publisher);
}

void publisher_handle_closed(struct publisher *publisher)
{
	if (!--publisher->handles)
		free_publisher(publisher);
}

static void on_closed(uv_handle_t *handle)
{
	publisher_handle_closed(handle->data);
}

static int make_heartbeat(struct publisher *publisher)
{
	struct publisher_chunk *chunk = NULL;
	struct sync_buffer buffer = {0};
	int error;

	error = sync_encode_heartbeat(&buffer, publisher->generation, publisher_now());
	if (!error)
		chunk = publisher_chunk_new(&buffer, publisher->generation);
	sync_buffer_clear(&buffer);
	if (!chunk)
		return -ENOMEM;
	publisher_chunk_release(publisher->heartbeat);
	publisher->heartbeat = chunk;
	return 0;
}

static void on_beat(uv_timer_t *timer)
{
	struct publisher *publisher = timer->data;

	publisher_session_check_all(publisher);
	/* Those that could have come back were given their time. */
	publisher_wait_check_all(publisher);
	/* For want of memory a heartbeat is left out: the next one comes before it is missed. */
	if (make_heartbeat(publisher))
		return;
	publisher_session_beat_all(publisher);
	publisher_session_wake_all(publisher);
}

static int make_hello(struct publisher *publisher)
{
	const struct sync_hello hello = {.version = SYNC_VERSION,
					 .instance = publisher->options.instance,
					 .heartbeat_ms = publisher->options.heartbeat_ms};
	struct sync_buffer buffer = {0};
	int error;

	error = sync_encode_hello(&buffer, &hello);
	if (!error)
		publisher->hello = publisher_chunk_new(&buffer, 0);
	sync_buffer_clear(&buffer);
	return publisher->hello ? 0 : -ENOMEM;
}

static void start_timer(struct publisher *publisher, uv_timer_t *timer)
{
	uv_timer_init(publisher->loop, timer);
	timer->data = publisher;
	publisher->handles++;
}

int publisher_start(uv_loop_t *loop, const struct publisher_options *options,
		    struct publisher **started)
{
	struct publisher *publisher;

	if (!sync_is_instance(options->instance) || options->heartbeat_ms > SYNC_HEARTBEAT_MAX_MS)
		return -EINVAL;
	publisher = calloc(1, sizeof(*publisher));
	if (!publisher)
		return -ENOMEM;
	publisher->loop = loop;
	publisher->started_at = uv_now(loop);
	publisher->options = *options;
	if (!options->name)
		publisher->options.name = options->instance;
	if (!publisher->options.heartbeat_ms)
		publisher->options.heartbeat_ms = HEARTBEAT_MS;
	publisher->log.max = options->log_bytes ? options->log_bytes : LOG_BYTES;
	TAILQ_INIT(&publisher->sessions);
	TAILQ_INIT(&publisher->waits);
	if (make_hello(publisher)) {
		free_publisher(publisher);
		return -ENOMEM;
	}
	start_timer(publisher, &publisher->beat);
	start_timer(publisher, &publisher->share);
	/* Twice as often as was promised, so that one that is late is not missed. */
	uv_timer_start(&publisher->beat, on_beat, publisher->options.heartbeat_ms / 2 + 1,
		       publisher->options.heartbeat_ms / 2 + 1);
	publisher_share_start(publisher);
	*started = publisher;
	return 0;
}

void publisher_stop(struct publisher *publisher)
{
	if (!publisher)
		return;
	while (!TAILQ_EMPTY(&publisher->sessions))
		publisher_session_drop(TAILQ_FIRST(&publisher->sessions), PUBLISHER_DROP_STOPPED);
	publisher_wait_clear(publisher);
	uv_close((uv_handle_t *)&publisher->beat, on_closed);
	uv_close((uv_handle_t *)&publisher->share, on_closed);
}

/* What was sent before is of no use to one that begins with all there is. */
static void start_log(struct publisher *publisher, struct publisher_chunk *snapshot)
{
	publisher_log_clear(&publisher->log);
	publisher_log_set_snapshot(&publisher->log, snapshot);
}

int publisher_publish(struct publisher *publisher, const struct changes *changes, uint64_t revision)
{
	const struct sync_done done = {.generation = publisher->generation + 1,
				       .revision = revision,
				       .made_at_ms = publisher_now()};
	struct publisher_chunk *chunk = NULL;
	struct sync_buffer buffer = {0};
	int error;

	if (publisher->generation && changes_is_empty(changes)) {
		publisher->revision = revision;
		publisher_node_changed(publisher);
		return 0;
	}
	error = sync_encode_generation(&buffer, changes, &done);
	if (!error)
		chunk = publisher_chunk_new(&buffer, done.generation);
	sync_buffer_clear(&buffer);
	if (!chunk)
		return error ? error : -ENOMEM;
	chunk->before = publisher->revision;
	if (changes->snapshot) {
		start_log(publisher, chunk);
	} else {
		error = publisher_log_add(&publisher->log, chunk);
		if (error) {
			publisher_chunk_release(chunk);
			return error;
		}
	}
	publisher->generation = done.generation;
	publisher->revision = revision;
	publisher_log_trim(&publisher->log);
	publisher_session_check_all(publisher);
	publisher_session_wake_all(publisher);
	return 0;
}

uint64_t publisher_generation(const struct publisher *publisher)
{
	return publisher->generation;
}

uint64_t publisher_revision(const struct publisher *publisher)
{
	return publisher->revision;
}
