/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the manifest directory to the kernel's tables. What cannot be understood is logged, once,
 * and the last good tables stay; so do the objects, whose contexts go on to expire.
 */
#ifndef SHUNT_USER_AGENT_SYNC_H
#define SHUNT_USER_AGENT_SYNC_H

#include <stdbool.h>
#include <time.h>
#include "user/agent/apply.h"
#include "user/agent/kernel.h"
#include "user/lib/object.h"
#include "user/lib/problems.h"

struct sync {
	const struct kernel *kernel;
	const char *directory;
	struct backend backend;
	struct mirror mirror;
	struct object_set objects; /* the last that were accepted */
	struct problems refused; /* what is wrong with the manifests now */
	struct problems warnings; /* of the resolution, the unresolved overrides */
	struct problems left_out; /* by table */
	struct apply_report report; /* of the last time that tables were applied */
	size_t unresolved; /* overrides */
	time_t next_expiry; /* of a context; 0: none */
	bool applied; /* a generation, by this process */
};

/* Reads what the kernel has. The caller stops it. */
int sync_start(struct sync *sync, const struct kernel *kernel, const char *directory);

/* Reads the manifests and applies them as a generation. */
void sync_reload(struct sync *sync);

/* Applies a generation if a context has expired since the last one. */
void sync_expire(struct sync *sync);

/* Tries again what could not be written, and removes what no connection uses any more. */
void sync_retry(struct sync *sync);

void sync_stop(struct sync *sync);

#endif
