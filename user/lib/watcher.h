/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells when the manifests in a directory have changed. A file counts when it is closed after
 * writing, linked, renamed or removed, so that one that is still being written is not read. What
 * comes together is told once. A directory that goes away is waited for.
 */
#ifndef SHUNT_USER_LIB_WATCHER_H
#define SHUNT_USER_LIB_WATCHER_H

#include <stdbool.h>
#include <uv.h>

/* With the names of the files that it was, or with NULL: anything may have changed. */
typedef void (*watcher_changed)(void *argument, char *const *names, size_t count);

struct watcher {
	uv_poll_t poll;
	uv_timer_t quiet; /* runs out when the change is over */
	uv_timer_t missing; /* looks for a directory that went away */
	const char *directory;
	watcher_changed changed;
	void *argument;
	int fd;
	int watch; /* -1: the directory is missing */
	uint64_t first; /* ms of the loop: the first event not told yet */
	char **names; /* not told yet; no name twice */
	size_t name_count;
	size_t name_capacity;
	bool any; /* it is not known which they were */
};

/*
 * Starts to watch; directory must outlive the watcher. Returns the error of opening it for
 * inotify. On success the caller stops it before its handles are closed with the loop.
 */
int watcher_start(struct watcher *watcher, uv_loop_t *loop, const char *directory,
		  watcher_changed changed, void *argument);

void watcher_stop(struct watcher *watcher);

/* Whether the directory is there and watched. */
bool watcher_watches(const struct watcher *watcher);

#endif
