/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of an agent that has no manager: what its manifests' contexts are signed with, and its
 * passports, as time goes on. Nodes that have the same file have the same keys.
 */
#ifndef SHUNT_USER_AGENT_MANIFEST_KEYS_H
#define SHUNT_USER_AGENT_MANIFEST_KEYS_H

#include <uv.h>
#include "user/agent/sync.h"
#include "user/lib/changes.h"
#include "user/lib/keys.h"

struct manifest_keys {
	struct sync *sync;
	struct keys root;
	struct shunt_keys current; /* of passports */
	uv_timer_t rotation;
};

/*
 * Reads the root from the file, or makes that; without a file (NULL) the root is for this run only.
 * Says what is wrong and returns -errno. From then on, when the loop runs, the kernel has the keys
 * of the time. On success the caller stops it before the loop's handles are closed.
 */
int manifest_keys_start(struct manifest_keys *keys, uv_loop_t *loop, const char *file,
			struct sync *sync);

/* Adds the keys to a generation, whose overrides are all signed; they are valid until the next call. */
void manifest_keys_add(struct manifest_keys *keys, struct changes *changes);

void manifest_keys_stop(struct manifest_keys *keys);

#endif
