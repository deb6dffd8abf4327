// SPDX-License-Identifier: Apache-2.0
#include "user/agent/tryout.h"

#include <errno.h>
#include <string.h>
#include "user/agent/confine.h"
#include "user/lib/log.h"

#define LIMIT_MS 30000 /* of a trial, which has limits of its own */
#define BUSY_MS 200 /* while somebody else's is under way */

static int confine_process(void)
{
	struct problems problems = {0};
	int error = confine(CONFINE_DRY_RUN, &problems);

	problems_clear(&problems);
	return error;
}

void tryout_open(struct tryout *tryout, const char *bpffs, const struct kernel *kernel)
{
	int error;

	*tryout = (struct tryout){0};
	error = trial_start(&tryout->trial, bpffs, &kernel->maps, kernel->programs[PINS_FROM_POD],
			    kernel->programs[PINS_TO_POD], confine_process);
	tryout->running = !error;
	if (error)
		log_line("cannot try whether requests are moved: %s", strerror(-error));
}

/* What was not known before. */
static void say(struct tryout *tryout)
{
	const struct trial *trial = &tryout->trial;

	if (trial->outcome == tryout->said)
		return;
	if (trial->outcome == TRIAL_PASSED)
		log_line("trial: requests are moved now");
	else if (trial->outcome == TRIAL_FAILED)
		log_line("trial: %s", trial->text);
	else
		log_line("it was not tried whether requests are moved: %s", trial->text);
	tryout->said = trial->outcome;
}

static void on_limit(uv_timer_t *timer);

static void finish(struct tryout *tryout)
{
	uv_timer_stop(&tryout->timer);
	/* Nothing comes any more. */
	if (!tryout->trial.standing && tryout->poll.data)
		uv_poll_stop(&tryout->poll);
	if (tryout->trial.busy) {
		uv_timer_start(&tryout->timer, on_limit, BUSY_MS, 0);
		return;
	}
	tryout->running = false;
	say(tryout);
}

static void begin(struct tryout *tryout)
{
	int error = trial_begin(&tryout->trial);

	tryout->running = true;
	if (error)
		finish(tryout);
	else
		uv_timer_start(&tryout->timer, on_limit, LIMIT_MS, 0);
}

/* The end of the time that it has, or of the wait for somebody else's. */
static void on_limit(uv_timer_t *timer)
{
	struct tryout *tryout = timer->data;

	if (tryout->trial.busy) {
		begin(tryout);
		return;
	}
	trial_give_up(&tryout->trial);
	finish(tryout);
}

static void on_report(uv_poll_t *poll, int status, int events)
{
	struct tryout *tryout = poll->data;

	(void)status;
	(void)events;
	if (trial_receive(&tryout->trial))
		finish(tryout);
}

void tryout_start(struct tryout *tryout, uv_loop_t *loop)
{
	if (!tryout->running)
		return;
	uv_timer_init(loop, &tryout->timer);
	tryout->timer.data = tryout;
	uv_timer_start(&tryout->timer, on_limit, LIMIT_MS, 0);
	if (uv_poll_init(loop, &tryout->poll, tryout->trial.socket) == 0) {
		tryout->poll.data = tryout;
		uv_poll_start(&tryout->poll, UV_READABLE, on_report);
	}
}

static bool is_idle(const struct tryout *tryout)
{
	return !tryout->running && tryout->trial.standing;
}

void tryout_follow(struct tryout *tryout, __u64 restored)
{
	if (!is_idle(tryout) || tryout->restored == restored)
		return;
	tryout->restored = restored;
	begin(tryout);
}

void tryout_retry(struct tryout *tryout)
{
	if (is_idle(tryout) && tryout->trial.outcome != TRIAL_PASSED)
		begin(tryout);
}

bool tryout_write(const struct tryout *tryout, FILE *body)
{
	const struct trial *trial = &tryout->trial;

	if (tryout->running)
		fputs("not ready: the trial whether requests are moved has not ended\n", body);
	else if (trial->outcome == TRIAL_FAILED)
		fprintf(body, "not ready: the trial whether requests are moved failed: %s\n",
			trial->text);
	return !tryout->running && trial->outcome != TRIAL_FAILED;
}

void tryout_stop(struct tryout *tryout)
{
	if (tryout->poll.data)
		uv_poll_stop(&tryout->poll);
	if (tryout->timer.data)
		uv_timer_stop(&tryout->timer);
	if (tryout->trial.maps)
		trial_stop(&tryout->trial);
}
