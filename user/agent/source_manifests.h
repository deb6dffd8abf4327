/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of manifests as the source of the tables. It is watched; contexts expire. What cannot
 * be understood is logged, once, and the last good tables stay; so do the objects, whose contexts
 * go on to expire.
 */
#ifndef SHUNT_USER_AGENT_SOURCE_MANIFESTS_H
#define SHUNT_USER_AGENT_SOURCE_MANIFESTS_H

#include <uv.h>
#include "user/agent/manifest_keys.h"
#include "user/agent/manifest_tables.h"
#include "user/agent/sync.h"
#include "user/lib/problems.h"
#include "user/lib/watcher.h"

struct source_manifests {
	struct sync *sync;
	struct manifest_keys *keys;
	const char *directory;
	struct watcher watcher;
	uv_timer_t expiry;
	uv_timer_t release; /* looks whether what moved connections used can go */
	struct manifest_tables tables;
	struct problems refused; /* what is wrong with the manifests now */
	struct problems warnings; /* of the resolution, the unresolved overrides */
};

/*
 * Starts to watch; nothing is read yet. sync and keys, which has been started, are used from then on
 * when the loop runs. Returns the error of watching the directory. On success the caller stops it
 * before the loop's handles are closed.
 */
int source_manifests_start(struct source_manifests *source, uv_loop_t *loop, const char *directory,
			   struct sync *sync, struct manifest_keys *keys);

/* Reads the manifests and applies them as a generation. */
void source_manifests_reload(struct source_manifests *source);

/* Applies a generation if a context has expired since the last one. The clock may have been set. */
void source_manifests_expire(struct source_manifests *source);

void source_manifests_stop(struct source_manifests *source);

#endif
