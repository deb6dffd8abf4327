// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "user/manager/publisher_state.h"

struct publisher_wait {
	struct publisher *publisher;
	uint64_t revision;
	publisher_waited done;
	void *argument;
	bool applied;
	uv_timer_t timer;
	TAILQ_ENTRY(publisher_wait) link;
};

static void on_closed(uv_handle_t *handle)
{
	struct publisher_wait *wait = handle->data;

	publisher_handle_closed(wait->publisher);
	free(wait);
}

void publisher_wait_cancel(struct publisher_wait *wait)
{
	TAILQ_REMOVE(&wait->publisher->waits, wait, link);
	uv_close((uv_handle_t *)&wait->timer, on_closed);
}

static void finish(struct publisher_wait *wait, bool applied)
{
	publisher_waited done = wait->done;
	void *argument = wait->argument;

	publisher_wait_cancel(wait);
	done(argument, applied);
}

/* Time is over, or it is applied. */
static void on_timer(uv_timer_t *timer)
{
	struct publisher_wait *wait = timer->data;

	finish(wait, wait->applied);
}

/*
 * A manager or an agent that starts anew ends the agent's stream for a while. What is waited for
 * meanwhile would be missed by a node that goes on redirecting.
 */
static bool counts(const struct publisher *publisher, const struct publisher_view *view)
{
	return view->live || (view->last_seen &&
			      view->last_seen + publisher->options.absence_ms > publisher_now());
}

/* The revision that every node that counts has. */
static uint64_t least_revision(const struct publisher *publisher)
{
	uint64_t least = UINT64_MAX;

	if (uv_now(publisher->loop) < publisher->started_at + publisher->options.absence_ms)
		return 0;
	for (size_t i = 0; i < publisher->node_count; i++) {
		const struct publisher_node *node = publisher->nodes[i];
		uint64_t revision = publisher_node_revision(publisher, node);

		if (counts(publisher, publisher_node_view(node)) && revision < least)
			least = revision;
	}
	return least;
}

/* done() is called from the loop, never within a call of ours. */
static void check(struct publisher_wait *wait, uint64_t least)
{
	if (wait->applied || least < wait->revision)
		return;
	wait->applied = true;
	uv_timer_start(&wait->timer, on_timer, 0, 0);
}

void publisher_wait_check_all(struct publisher *publisher)
{
	struct publisher_wait *wait;
	uint64_t least;

	if (TAILQ_EMPTY(&publisher->waits))
		return;
	least = least_revision(publisher);
	for (wait = TAILQ_FIRST(&publisher->waits); wait; wait = TAILQ_NEXT(wait, link))
		check(wait, least);
}

struct publisher_wait *publisher_wait(struct publisher *publisher, uint64_t revision,
				      unsigned int timeout_ms, publisher_waited done,
				      void *argument)
{
	struct publisher_wait *wait = calloc(1, sizeof(*wait));

	if (!wait)
		return NULL;
	*wait = (struct publisher_wait){
		.publisher = publisher, .revision = revision, .done = done, .argument = argument};
	uv_timer_init(publisher->loop, &wait->timer);
	wait->timer.data = wait;
	publisher->handles++;
	uv_timer_start(&wait->timer, on_timer, timeout_ms, 0);
	TAILQ_INSERT_TAIL(&publisher->waits, wait, link);
	check(wait, least_revision(publisher));
	return wait;
}

void publisher_wait_clear(struct publisher *publisher)
{
	while (!TAILQ_EMPTY(&publisher->waits))
		finish(TAILQ_FIRST(&publisher->waits), false);
}
