// SPDX-License-Identifier: Apache-2.0
#include "user/agent/source_manager.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "user/lib/clock.h"
#include "user/lib/log.h"
#include "user/lib/notices.h"

#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 10000
#define ANSWER_MS 15000 /* until the hello is there */
#define HEARTBEATS_MISSED 3
#define SILENCE_MIN_MS 100
#define RELEASE_MS 1000

static void connect_now(struct source_manager *source);

static void on_retry(uv_timer_t *timer)
{
	connect_now(timer->data);
}

/* From half the time to all of it, so that agents do not come all at once. */
static unsigned int add_jitter(unsigned int ms)
{
	unsigned int number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
		number = 0;
	return ms / 2 + number % (ms / 2 + 1);
}

static void disconnect(struct source_manager *source)
{
	fetch_cancel(source->stream);
	source->stream = NULL;
	source_manager_report_cancel(source);
	sync_reader_free(source->reader);
	source->reader = NULL;
	source->connected = false;
	uv_timer_stop(&source->silence);
}

/* Leaves the present manager for the next one. */
static void fail(struct source_manager *source, const char *problem)
{
	const char *url = source->options->urls[source->url];
	struct problems now = {0};

	problems_add(&now, "%s: %s; the last tables stay", url, problem);
	notices_log(&source->said[source->url], &now);
	disconnect(source);
	source->url = (source->url + 1) % source->options->url_count;
	uv_timer_start(&source->retry, on_retry, add_jitter(source->backoff_ms), 0);
	source->backoff_ms *= 2;
	if (source->backoff_ms > BACKOFF_MAX_MS)
		source->backoff_ms = BACKOFF_MAX_MS;
}

static void on_silence(uv_timer_t *timer)
{
	struct source_manager *source = timer->data;
	char text[64];

	snprintf(text, sizeof(text), "nothing was heard for %u ms", source->silence_ms);
	fail(source, text);
}

static void expect(struct source_manager *source, unsigned int ms)
{
	source->silence_ms = ms;
	uv_timer_start(&source->silence, on_silence, ms, 0);
}

static int on_hello(void *argument, const struct sync_hello *hello)
{
	struct source_manager *source = argument;
	unsigned int silence = hello->heartbeat_ms * HEARTBEATS_MISSED;

	source->connected = true;
	snprintf(source->offered, sizeof(source->offered), "%s", hello->instance);
	expect(source, silence < SILENCE_MIN_MS ? SILENCE_MIN_MS : silence);
	log_line("%s: connected", source->options->urls[source->url]);
	return 0;
}

static void on_release(uv_timer_t *timer)
{
	struct source_manager *source = timer->data;

	sync_retry(source->sync);
}

static void log_generation(const struct source_manager *source)
{
	const struct apply_report *report = &source->sync->report;
	char details[SYNC_TEXT_SIZE], text[SYNC_TEXT_SIZE];

	snprintf(details, sizeof(details), "%zu overrides, %zu frontends, the manager's %llu",
		 report->tables[PINS_OVERRIDES].entries, report->tables[PINS_FRONTENDS].entries,
		 (unsigned long long)source->done.generation);
	log_line("%s", sync_describe(source->sync, details, text));
}

static int refuse(struct source_manager *source, const char *problem)
{
	snprintf(source->problem, sizeof(source->problem), "%s", problem);
	return -EBADMSG;
}

static int on_generation(void *argument, struct changes *changes, const struct sync_done *done)
{
	struct source_manager *source = argument;
	int error;

	if (!changes->snapshot && strcmp(source->instance, source->offered) != 0)
		return refuse(source, "it sends changes without what they change");
	error = sync_apply(source->sync, changes);
	if (error) {
		/* What is there now has no number; a snapshot repairs it. */
		source->instance[0] = '\0';
		return refuse(source, error == -EBADMSG
					      ? "an element is of a service that is not there"
					      : strerror(-error));
	}
	source->trims |= changes->snapshot;
	strcpy(source->instance, source->offered);
	source->done = *done;
	source_manager_report(source);
	log_generation(source);
	cache_note(&source->cache, source->instance, done);
	if (sync_is_waiting(source->sync) && !uv_is_active((uv_handle_t *)&source->release))
		uv_timer_start(&source->release, on_release, RELEASE_MS, 0);
	return 0;
}

static int on_heartbeat(void *argument, uint64_t generation, uint64_t time_ms)
{
	struct source_manager *source = argument;

	(void)generation;
	(void)time_ms;
	/* It has proved good. */
	source->backoff_ms = BACKOFF_MIN_MS;
	problems_clear(&source->said[source->url]);
	source_manager_report(source);
	return 0;
}

static const struct sync_reader_events reader_events = {on_hello, on_generation, on_heartbeat};

static void on_head(void *argument, struct fetch *fetch, unsigned int status)
{
	struct source_manager *source = argument;

	(void)fetch;
	if (status == 200)
		source->reader = sync_reader_new(&reader_events, source);
}

static int keep_body(struct source_manager *source, const void *bytes, size_t length)
{
	size_t room = SOURCE_MANAGER_BODY_MAX - source->body_length;

	memcpy(source->body + source->body_length, bytes, length < room ? length : room);
	source->body_length += length < room ? length : room;
	return 0;
}

static int on_data(void *argument, struct fetch *fetch, const void *bytes, size_t length)
{
	struct source_manager *source = argument;
	int error;

	(void)fetch;
	if (!source->reader)
		return keep_body(source, bytes, length);
	source->last_contact = clock_wall();
	if (source->connected)
		expect(source, source->silence_ms);
	error = sync_reader_feed(source->reader, bytes, length);
	if (error && !source->problem[0])
		snprintf(source->problem, sizeof(source->problem), "%s",
			 error == -EBADMSG ? sync_reader_problem(source->reader)
					   : strerror(-error));
	if (source->trims) {
		source->trims = false;
		malloc_trim(0);
	}
	return error;
}

static void on_done(void *argument, struct fetch *fetch, unsigned int status, const char *problem)
{
	struct source_manager *source = argument;
	char text[sizeof(source->problem)];

	(void)fetch;
	source->stream = NULL;
	if (source->problem[0])
		snprintf(text, sizeof(text), "%s", source->problem);
	else if (status && status != 200)
		source_manager_explain(status, source->body, source->body_length, text,
				       sizeof(text));
	else
		snprintf(text, sizeof(text), "%s", problem ? problem : "it ended the stream");
	fail(source, text);
}

static const struct fetch_events stream_events = {on_head, on_data, on_done};

static void connect_now(struct source_manager *source)
{
	struct fetch_request request = {0};
	char path[OPTIONS_NODE_MAX + SYNC_INSTANCE_MAX + 128], problem[512];

	/* Neither has a character that would have to be escaped. */
	if (source->instance[0])
		snprintf(path, sizeof(path), "/v1/sync?node=%s&instance=%s&generation=%llu",
			 source->options->node, source->instance,
			 (unsigned long long)source->done.generation);
	else
		snprintf(path, sizeof(path), "/v1/sync?node=%s", source->options->node);
	source->body_length = 0;
	source->problem[0] = '\0';
	source->stream = source_manager_request(source, &request, path, &stream_events, problem,
						sizeof(problem));
	if (source->stream)
		expect(source, ANSWER_MS);
	else
		fail(source, problem);
}

int source_manager_start(struct source_manager *source, uv_loop_t *loop,
			 const struct options_manager *options, struct sync *sync)
{
	int error;

	*source = (struct source_manager){
		.loop = loop,
		.options = options,
		.sync = sync,
		.backoff_ms = BACKOFF_MIN_MS,
	};
	source->said = calloc(options->url_count, sizeof(*source->said));
	if (!source->said)
		return -ENOMEM;
	error = fetch_loop_start(loop, &source->fetches);
	if (error) {
		free(source->said);
		return error;
	}
	uv_timer_init(loop, &source->retry);
	uv_timer_init(loop, &source->silence);
	uv_timer_init(loop, &source->release);
	source->retry.data = source->silence.data = source->release.data = source;
	cache_start(&source->cache, loop, options->cache, sync);
	return 0;
}

void source_manager_begin(struct source_manager *source)
{
	int error = counts_start(&source->counts, &source->sync->backend);

	if (error)
		log_line("cannot read the counts of overrides: %s", strerror(-error));
	source_manager_load(source);
	connect_now(source);
}

void source_manager_reconnect(struct source_manager *source)
{
	disconnect(source);
	source->backoff_ms = BACKOFF_MIN_MS;
	uv_timer_stop(&source->retry);
	connect_now(source);
}

void source_manager_stop(struct source_manager *source)
{
	disconnect(source);
	uv_timer_stop(&source->retry);
	uv_timer_stop(&source->release);
	cache_stop(&source->cache);
	fetch_loop_stop(source->fetches);
	counts_clear(&source->counts);
	problems_clear(&source->report_said);
	for (size_t i = 0; i < source->options->url_count; i++)
		problems_clear(&source->said[i]);
	free(source->said);
}
