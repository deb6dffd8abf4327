// SPDX-License-Identifier: Apache-2.0
#include "user/agent/selftest.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <bpf/bpf.h>
#include "user/agent/element.h"
#include "user/lib/log.h"

#define REPEAT_MS 1000 /* an unanswered SYN is sent once more */
#define ANSWER_MS 3000 /* as long as the switch waits for a leg */
#define SETTLE_MS 1000 /* other nodes get a generation at about the same time */
#define ROUND_MS 10000 /* between rounds */
#define ALL_MS (10 * 60 * 1000) /* until all is tested again */

static void proceed(struct selftest *selftest);

static void schedule(struct selftest *selftest);

static int read_keys(const struct maps *maps, struct shunt_keys *keys)
{
	struct shunt_settings settings;
	int error = maps_read_settings(maps, &settings);

	return error ? error : bpf_map_lookup_elem(maps->fds[PINS_KEYS], &settings.keys, keys);
}

/* Whether the fences let us in with whatever SYN: then an answer would prove nothing. */
static bool is_allowed(const struct maps *maps, const struct shunt_address *source)
{
	struct shunt_prefix key = {.length = 128, .address = *source};
	struct shunt_allowed allowed;

	return bpf_map_lookup_elem(maps->fds[PINS_FENCE_ALLOWED], &key, &allowed) == 0;
}

static void say(const struct selftest *selftest, const struct shunt_endpoint *endpoint,
		enum probe_result result)
{
	const struct mirror *mirror = &selftest->sync->mirror;
	__u32 slot = mirror_find_endpoint(mirror, &mirror->offloaded, endpoint);
	char text[ELEMENT_TEXT_SIZE];

	if (slot == MIRROR_NONE)
		return;
	element_describe(mirror, PINS_OFFLOADED, slot, text);
	if (probe_is_bad(result))
		log_line("self-test: %s: %s", text, probe_explain(result));
	else
		log_line("self-test: %s: passports arrive now", text);
}

static void note(struct selftest *selftest, enum probe_result result)
{
	const struct shunt_endpoint *endpoint = &selftest->chosen[selftest->next];

	if (known_note(&selftest->known, endpoint, result))
		say(selftest, endpoint, result);
	selftest->next++;
}

static void finish(struct selftest *selftest, enum probe_result result)
{
	uv_timer_stop(&selftest->answer);
	wire_end(&selftest->wire);
	note(selftest, result);
	proceed(selftest);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct selftest *selftest = poll->data;
	enum probe_result result = PROBE_WAITING;
	__u8 segment[WIRE_SEGMENT_SIZE];
	int length = 0;

	(void)status;
	(void)events;
	while (selftest->running && result == PROBE_WAITING && length >= 0) {
		length = wire_receive(&selftest->wire, segment);
		if (length > 0)
			result = probe_judge(&selftest->probe, segment, (size_t)length);
	}
	if (result != PROBE_WAITING)
		finish(selftest, result);
}

static void on_no_answer(uv_timer_t *timer)
{
	struct selftest *selftest = timer->data;

	if (selftest->repeated) {
		finish(selftest, PROBE_SILENT);
		return;
	}
	/* An error is like a loss: the first one may still be answered. */
	wire_send(&selftest->wire, selftest->segment, sizeof(selftest->segment));
	selftest->repeated = true;
	uv_timer_start(timer, on_no_answer, ANSWER_MS - REPEAT_MS, 0);
}

/* Sends a SYN to the next endpoint. An error: it cannot be tested. */
static int begin(struct selftest *selftest)
{
	struct probe *probe = &selftest->probe;
	int error =
		wire_begin(&selftest->wire, &selftest->chosen[selftest->next], &probe->connection);

	if (error)
		return error;
	if (getrandom(&probe->sequence, sizeof(probe->sequence), GRND_NONBLOCK) < 0)
		error = -errno;
	else if (is_allowed(selftest->maps, &probe->connection.client))
		error = -EALREADY;
	if (!error)
		error = passport_write_syn(&selftest->keys, &probe->connection, probe->sequence,
					   selftest->segment);
	if (!error)
		error = wire_send(&selftest->wire, selftest->segment, sizeof(selftest->segment));
	if (error) {
		wire_end(&selftest->wire);
		return error;
	}
	selftest->repeated = false;
	uv_timer_start(&selftest->answer, on_no_answer, REPEAT_MS, 0);
	return 0;
}

/* Goes on to the next endpoint that can be tested, or ends the round. */
static void proceed(struct selftest *selftest)
{
	while (selftest->next < selftest->chosen_count) {
		if (begin(selftest) == 0)
			return;
		note(selftest, PROBE_UNTESTED);
	}
	selftest->running = false;
	selftest->ended_at = uv_now(selftest->round.loop);
	schedule(selftest);
}

static void on_round(uv_timer_t *timer)
{
	struct selftest *selftest = timer->data;
	__u64 now = uv_now(timer->loop);
	struct shunt_keys keys;
	bool all;

	selftest->changed = false;
	if (read_keys(selftest->maps, &keys))
		keys = (struct shunt_keys){0};
	all = now >= selftest->all_at || memcmp(&keys, &selftest->keys, sizeof(keys)) != 0;
	selftest->keys = keys;
	if (all)
		selftest->all_at = now + ALL_MS;
	/* Without a key no passport can be made, and none is asked for. */
	selftest->next = 0;
	selftest->chosen_count = keys.current
					 ? known_choose(&selftest->known, &selftest->sync->mirror,
							all, selftest->chosen)
					 : 0;
	/* There may be more that are new. */
	if (selftest->chosen_count == KNOWN_ROUND && selftest->known.count < KNOWN_MAX)
		selftest->changed = true;
	selftest->running = true;
	proceed(selftest);
}

static void schedule(struct selftest *selftest)
{
	__u64 now = uv_now(selftest->round.loop), at = selftest->all_at, soon;

	if (selftest->running)
		return;
	soon = selftest->ended_at + ROUND_MS;
	if (soon < now + SETTLE_MS)
		soon = now + SETTLE_MS;
	if (selftest->changed && soon < at)
		at = soon;
	uv_timer_start(&selftest->round, on_round, at > now ? at - now : 0, 0);
}

/* Before the loop waits: it is woken up for what brings a generation anyway. */
static void on_watch(uv_prepare_t *watch)
{
	struct selftest *selftest = watch->data;

	if (selftest->generation == selftest->sync->generation)
		return;
	selftest->generation = selftest->sync->generation;
	selftest->changed = true;
	schedule(selftest);
}

void selftest_open(struct selftest *selftest)
{
	int error;

	*selftest = (struct selftest){0};
	error = wire_open(&selftest->wire);
	selftest->open = !error;
	if (error)
		log_line("no self-test of the way to offloaded pods: cannot open raw sockets: %s",
			 strerror(-error));
}

static int start_polls(struct selftest *selftest, uv_loop_t *loop)
{
	int error = 0;

	for (int i = 0; !error && i < WIRE_FAMILIES; i++) {
		if (selftest->wire.raw[i] < 0)
			continue;
		error = uv_poll_init(loop, &selftest->polls[i], selftest->wire.raw[i]);
		if (error)
			break;
		selftest->polls[i].data = selftest;
		error = uv_poll_start(&selftest->polls[i], UV_READABLE, on_readable);
	}
	return error;
}

int selftest_start(struct selftest *selftest, uv_loop_t *loop, const struct sync *sync,
		   const struct maps *maps)
{
	int error;

	if (!selftest->open)
		return 0;
	selftest->sync = sync;
	selftest->maps = maps;
	error = start_polls(selftest, loop);
	if (error)
		return error;
	uv_timer_init(loop, &selftest->round);
	uv_timer_init(loop, &selftest->answer);
	uv_prepare_init(loop, &selftest->watch);
	selftest->round.data = selftest->answer.data = selftest->watch.data = selftest;
	uv_prepare_start(&selftest->watch, on_watch);
	selftest->all_at = uv_now(loop) + ALL_MS;
	schedule(selftest);
	return 0;
}

void selftest_stop(struct selftest *selftest)
{
	if (!selftest->open)
		return;
	for (int i = 0; i < WIRE_FAMILIES; i++)
		if (selftest->polls[i].data)
			uv_poll_stop(&selftest->polls[i]);
	wire_close(&selftest->wire);
	explicit_bzero(&selftest->keys, sizeof(selftest->keys));
	selftest->open = false;
}
