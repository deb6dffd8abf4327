/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's trials (user/lib/trial.h): one when it has started, one more whenever our filters had to be
 * put back on a link, and until one passes. The process that makes the requests is started before the
 * agent gives up its rights, and gives up all of its own.
 */
#ifndef SHUNT_USER_AGENT_TRYOUT_H
#define SHUNT_USER_AGENT_TRYOUT_H

#include <stdio.h>
#include <uv.h>
#include "user/agent/kernel.h"
#include "user/lib/trial.h"

struct tryout {
	struct trial trial;
	uv_poll_t poll;
	uv_timer_t timer;
	bool running; /* one is under way, or about to be */
	enum trial_outcome said; /* the outcome that was logged last; passing, only after another */
	__u64 restored; /* filters put back so far, as of the last one */
};

/* Starts the process. Where that fails nothing is tried, which is logged. */
void tryout_open(struct tryout *tryout, const char *bpffs, const struct kernel *kernel);

/* From now on what it finds is taken. */
void tryout_start(struct tryout *tryout, uv_loop_t *loop);

/* Tries once more where more filters were put back than before. */
void tryout_follow(struct tryout *tryout, __u64 restored);

/* Tries once more where the last one failed. */
void tryout_retry(struct tryout *tryout);

/* Writes why the agent is not ready, or what it could not try, and returns whether it is ready. */
bool tryout_write(const struct tryout *tryout, FILE *body);

void tryout_stop(struct tryout *tryout);

#endif
