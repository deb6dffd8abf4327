/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the cache file up to date, without holding up the loop. What goes wrong is logged, once. */
#ifndef SHUNT_USER_AGENT_CACHE_H
#define SHUNT_USER_AGENT_CACHE_H

#include <uv.h>
#include "user/agent/cache_file.h"
#include "user/lib/problems.h"

struct cache {
	const char *path; /* NULL: none is kept */
	uv_loop_t *loop;
	const struct sync *sync;
	char instance[SYNC_INSTANCE_MAX + 1];
	struct sync_done done;
	uv_timer_t timer;
	uv_work_t work;
	struct sync_buffer buffer; /* is being written */
	uint64_t written; /* ms of the loop: when the last writing began; 0: none did */
	uint64_t cost_ms; /* how long the loop was held up by it */
	int error; /* of the last writing */
	bool writing;
	bool changed; /* since then */
	struct problems said;
};

void cache_start(struct cache *cache, uv_loop_t *loop, const char *path, const struct sync *sync);

/* The tables are now those of this generation. They are written soon, at most every 10 s, and so seldom that
 * it takes no more than a hundredth of the loop's time. */
void cache_note(struct cache *cache, const char *instance, const struct sync_done *done);

/* Writes what is not written yet; runs the loop until that is done. */
void cache_stop(struct cache *cache);

#endif
