// SPDX-License-Identifier: Apache-2.0
#include "user/agent/recorder.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "user/lib/bpffs.h"
#include "user/lib/clock.h"
#include "user/lib/event_json.h"
#include "user/lib/log.h"

#define LEASE ((2 * RECORDER_RENEW_SECONDS + 15) * CLOCK_SECOND)
#define RATE_HISTORY 1000 /* events a second and CPU */
#define RATE_LIVE 5000

static void keep(struct recorder *recorder, const struct shunt_event *event)
{
	struct recorder_record *record = &recorder->records[recorder->next % recorder->capacity];

	free(record->line);
	record->line = event->line[0] ? strndup(event->line, sizeof(event->line)) : NULL;
	memcpy(record->event, event, SHUNT_EVENT_SHORT);
	recorder->next++;
}

static int on_event(void *argument, void *data, size_t size)
{
	struct shunt_event event;

	if (!event_read(data, size, &event))
		keep(argument, &event);
	return 0;
}

/* What the kernel could not or would not write is an event too, once a second. */
static void keep_losses(struct recorder *recorder)
{
	static const __u32 reasons[] = {SHUNT_REASON_EVENT_LOST, SHUNT_REASON_EVENT_LIMITED};
	__u64 now = clock_monotonic();

	if (now - recorder->lost_at < CLOCK_SECOND)
		return;
	recorder->lost_at = now;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct shunt_event event = {.reason = reasons[i], .time = now};
		__u64 sum;

		if (maps_sum(recorder->maps->fds[PINS_STATS], &reasons[i], &sum, 1))
			continue;
		event.duration = sum - recorder->lost[i];
		if (event.duration && recorder->lost[i] != ULLONG_MAX)
			keep(recorder, &event);
		recorder->lost[i] = sum;
	}
}

void recorder_drain(struct recorder *recorder)
{
	__u64 before = recorder->next;

	if (!recorder->ring)
		return;
	ring_buffer__consume(recorder->ring);
	keep_losses(recorder);
	if (recorder->next != before && recorder->changed)
		recorder->changed(recorder->argument);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	recorder_drain(poll->data);
}

/* Tells the kernel what is wanted from now on. */
static void want(const struct recorder *recorder)
{
	struct shunt_tracing tracing = {
		.until = clock_monotonic() + LEASE,
		.rate = recorder->followers ? RATE_LIVE : RATE_HISTORY,
		.flags = (recorder->followers ? SHUNT_TRACING_LIVE : 0) |
			 (recorder->liners ? SHUNT_TRACING_LINES : 0),
	};
	__u32 zero = 0;

	if (recorder->ring)
		bpf_map_update_elem(recorder->maps->fds[PINS_TRACING], &zero, &tracing, BPF_ANY);
}

static int open_ring(struct recorder *recorder)
{
	char path[PATH_MAX];
	int error, lock;

	error = pins_tracer_path(recorder->directory, path, sizeof(path));
	if (!error)
		error = bpffs_lock(path, &lock);
	if (error)
		return error;
	recorder->ring =
		ring_buffer__new(recorder->maps->fds[PINS_EVENTS], on_event, recorder, NULL);
	error = recorder->ring ? uv_poll_init(recorder->loop, &recorder->poll,
					      ring_buffer__epoll_fd(recorder->ring))
			       : -errno;
	if (error) {
		ring_buffer__free(recorder->ring);
		recorder->ring = NULL;
		close(lock);
		return error;
	}
	recorder->lock = lock;
	recorder->poll.data = recorder;
	uv_poll_start(&recorder->poll, UV_READABLE, on_readable);
	return 0;
}

int recorder_start(struct recorder *recorder, uv_loop_t *loop, const struct maps *maps,
		   const char *directory, size_t capacity)
{
	int error;

	*recorder = (struct recorder){
		.maps = maps,
		.directory = directory,
		.loop = loop,
		.capacity = capacity,
		.lost = {ULLONG_MAX, ULLONG_MAX},
	};
	recorder->records = calloc(capacity, sizeof(*recorder->records));
	if (!recorder->records)
		return -ENOMEM;
	error = open_ring(recorder);
	if (error == -EWOULDBLOCK)
		log_line("a `shunt trace` reads the events; they are recorded when it has ended");
	else if (error)
		return error;
	recorder_drain(recorder);
	want(recorder);
	return 0;
}

void recorder_renew(struct recorder *recorder)
{
	if (!recorder->records)
		return;
	if (!recorder->ring)
		open_ring(recorder);
	want(recorder);
}

void recorder_follow(struct recorder *recorder, bool lines)
{
	recorder->followers++;
	recorder->liners += lines;
	want(recorder);
	recorder_drain(recorder);
}

void recorder_unfollow(struct recorder *recorder, bool lines)
{
	recorder->followers--;
	recorder->liners -= lines;
	want(recorder);
}

__u64 recorder_oldest(const struct recorder *recorder)
{
	return recorder->next > recorder->capacity ? recorder->next - recorder->capacity : 0;
}

void recorder_get(const struct recorder *recorder, __u64 number, struct shunt_event *event)
{
	const struct recorder_record *record = &recorder->records[number % recorder->capacity];

	*event = (struct shunt_event){0};
	memcpy(event, record->event, SHUNT_EVENT_SHORT);
	if (record->line)
		memcpy(event->line, record->line, strlen(record->line));
}

void recorder_stop(struct recorder *recorder)
{
	struct shunt_tracing none = {0};
	__u32 zero = 0;

	if (recorder->ring) {
		bpf_map_update_elem(recorder->maps->fds[PINS_TRACING], &zero, &none, BPF_ANY);
		uv_poll_stop(&recorder->poll);
		ring_buffer__free(recorder->ring);
		close(recorder->lock);
	}
	for (size_t i = 0; recorder->records && i < recorder->capacity; i++)
		free(recorder->records[i].line);
	free(recorder->records);
	recorder->records = NULL;
	recorder->ring = NULL;
}
