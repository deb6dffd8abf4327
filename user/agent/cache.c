// SPDX-License-Identifier: Apache-2.0
#include "user/agent/cache.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include "user/lib/notices.h"

#define FIRST_MS 1000
#define INTERVAL_MS 10000
#define INTERVAL_COSTS \
	100 /* at least so many times as long as the loop was held up the last time */

void cache_start(struct cache *cache, uv_loop_t *loop, const char *path, const struct sync *sync)
{
	*cache = (struct cache){.path = path, .loop = loop, .sync = sync};
	uv_timer_init(loop, &cache->timer);
	cache->timer.data = cache->work.data = cache;
}

static void say(struct cache *cache)
{
	struct problems now = {0};

	if (cache->error)
		problems_add(&now,
			     "cannot write %s: %s; after a reboot there will be no tables "
			     "until the manager answers",
			     cache->path, strerror(-cache->error));
	notices_log(&cache->said, &now);
}

/* In a thread of libuv's: an fsync() may take long. */
static void on_work(uv_work_t *work)
{
	struct cache *cache = work->data;

	cache->error = cache_file_write(cache->path, &cache->buffer);
}

static void schedule(struct cache *cache);

static void on_written(uv_work_t *work, int status)
{
	struct cache *cache = work->data;

	if (status)
		cache->error = status;
	sync_buffer_clear(&cache->buffer);
	malloc_trim(0);
	cache->writing = false;
	say(cache);
	if (cache->changed)
		schedule(cache);
}

static void on_timer(uv_timer_t *timer)
{
	struct cache *cache = timer->data;
	uint64_t since = uv_hrtime();

	/* The next generation brings all, and then this is called again. */
	if (cache->sync->mirror.incomplete)
		return;
	cache->changed = false;
	cache->written = uv_now(cache->loop);
	cache->error =
		cache_file_encode(cache->sync, cache->instance, &cache->done, &cache->buffer);
	cache->cost_ms = (uv_hrtime() - since) / 1000000;
	if (cache->error) {
		say(cache);
		return;
	}
	cache->writing = uv_queue_work(cache->loop, &cache->work, on_work, on_written) == 0;
	if (!cache->writing)
		sync_buffer_clear(&cache->buffer);
}

static void schedule(struct cache *cache)
{
	uint64_t now = uv_now(cache->loop), at = now + FIRST_MS;
	uint64_t interval = cache->cost_ms * INTERVAL_COSTS;

	if (interval < INTERVAL_MS)
		interval = INTERVAL_MS;
	if (cache->written && cache->written + interval > at)
		at = cache->written + interval;
	if (!cache->writing && !uv_is_active((uv_handle_t *)&cache->timer))
		uv_timer_start(&cache->timer, on_timer, at - now, 0);
}

void cache_note(struct cache *cache, const char *instance, const struct sync_done *done)
{
	if (!cache->path)
		return;
	snprintf(cache->instance, sizeof(cache->instance), "%s", instance);
	cache->done = *done;
	cache->changed = true;
	schedule(cache);
}

void cache_stop(struct cache *cache)
{
	uv_timer_stop(&cache->timer);
	while (cache->writing) {
		uv_run(cache->loop, UV_RUN_ONCE);
		uv_timer_stop(&cache->timer);
	}
	if (cache->changed && !cache->sync->mirror.incomplete) {
		cache->error = cache_file_encode(cache->sync, cache->instance, &cache->done,
						 &cache->buffer);
		if (!cache->error)
			cache->error = cache_file_write(cache->path, &cache->buffer);
		sync_buffer_clear(&cache->buffer);
		say(cache);
	}
	problems_clear(&cache->said);
}
