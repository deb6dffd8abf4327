/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of the kernel's ring of events, of which there can be one only. It keeps the last ones,
 * for as many readers as come: each has a position in the history. While nobody follows, the kernel
 * wakes the agent only when many events wait.
 */
#ifndef SHUNT_USER_AGENT_RECORDER_H
#define SHUNT_USER_AGENT_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>
#include <linux/bpf.h>
#include <shunt/events.h>
#include "user/lib/maps.h"

struct ring_buffer;

struct recorder_record {
	__u64 event[SHUNT_EVENT_SHORT / sizeof(__u64)];
	char *line; /* method and path, or NULL */
};

struct recorder {
	const struct maps *maps;
	const char *directory; /* of pins */
	uv_loop_t *loop;
	struct ring_buffer *ring; /* NULL: another one reads it */
	uv_poll_t poll;
	int lock;
	struct recorder_record *records; /* event n is in place n % capacity */
	size_t capacity;
	__u64 next; /* number of the next event; all before it that fit are there */
	unsigned int followers;
	unsigned int liners; /* those of them that want request lines */
	void (*changed)(void *argument); /* there are new events */
	void *argument;
	__u64 lost[2]; /* EVENT_LOST and EVENT_LIMITED, as they were told last */
	__u64 lost_at; /* ns, monotonic clock: when that was */
};

/*
 * Starts to read, or tries again with recorder_renew() where `shunt trace` reads now. capacity: events
 * to keep. -ENOMEM, or an error of the ring. The caller stops it before the loop's end.
 */
int recorder_start(struct recorder *recorder, uv_loop_t *loop, const struct maps *maps,
		   const char *directory, size_t capacity);

/* To be called at least every RECORDER_RENEW_SECONDS, or the kernel stops writing. */
#define RECORDER_RENEW_SECONDS 30
void recorder_renew(struct recorder *recorder);

/* Takes what waits in the ring. */
void recorder_drain(struct recorder *recorder);

/* Somebody who wants events as they come is there, or has gone. */
void recorder_follow(struct recorder *recorder, bool lines);
void recorder_unfollow(struct recorder *recorder, bool lines);

/* The number of the oldest event that is kept. */
__u64 recorder_oldest(const struct recorder *recorder);

/* The event of a number that is kept. One of EVENT_* tells of `duration` events that are not. */
void recorder_get(const struct recorder *recorder, __u64 number, struct shunt_event *event);

/* Safe on a zeroed struct. */
void recorder_stop(struct recorder *recorder);

#endif
