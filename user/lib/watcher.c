// SPDX-License-Identifier: Apache-2.0
#include "user/lib/watcher.h"

#include <errno.h>
#include <limits.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include "user/lib/array.h"
#include "user/lib/manifest.h"

#define QUIET_MS 5 /* no event for so long: the change is over */
#define LATEST_MS 100 /* it is told after this, whatever still comes */
#define MISSING_MS 1000
#define NAMES_MAX 1024 /* beyond that all files are read sooner than these */

#define LOST (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)
#define DONE (IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_Q_OVERFLOW)

static void forget_names(struct watcher *watcher)
{
	for (size_t i = 0; i < watcher->name_count; i++)
		free(watcher->names[i]);
	watcher->name_count = 0;
	watcher->any = false;
}

static bool has_name(const struct watcher *watcher, const char *name)
{
	for (size_t i = 0; i < watcher->name_count; i++)
		if (strcmp(watcher->names[i], name) == 0)
			return true;
	return false;
}

static void note_name(struct watcher *watcher, const char *name)
{
	char *copy;

	if (watcher->any || has_name(watcher, name))
		return;
	copy = watcher->name_count < NAMES_MAX ? strdup(name) : NULL;
	if (copy && !array_grow(&watcher->names, &watcher->name_capacity, watcher->name_count,
				sizeof(*watcher->names))) {
		watcher->names[watcher->name_count++] = copy;
		return;
	}
	free(copy);
	watcher->any = true;
}

static void tell(uv_timer_t *timer)
{
	struct watcher *watcher = timer->data;

	watcher->first = 0;
	watcher->changed(watcher->argument, watcher->any ? NULL : watcher->names,
			 watcher->name_count);
	forget_names(watcher);
}

static void arm(struct watcher *watcher)
{
	uint64_t now = uv_now(watcher->quiet.loop);
	uint64_t wait = QUIET_MS;

	if (!watcher->first)
		watcher->first = now;
	if (now + wait > watcher->first + LATEST_MS)
		wait = watcher->first + LATEST_MS > now ? watcher->first + LATEST_MS - now : 0;
	uv_timer_start(&watcher->quiet, tell, wait, 0);
}

static int add_watch(struct watcher *watcher)
{
	int watch = inotify_add_watch(watcher->fd, watcher->directory,
				      DONE | LOST | IN_CREATE | IN_ONLYDIR);

	if (watch < 0)
		return -errno;
	watcher->watch = watch;
	return 0;
}

static void look_again(uv_timer_t *timer)
{
	struct watcher *watcher = timer->data;

	if (add_watch(watcher))
		return;
	uv_timer_stop(&watcher->missing);
	watcher->any = true;
	arm(watcher);
}

static void lose(struct watcher *watcher)
{
	/* It may have been moved: its name may be another directory's by now. */
	inotify_rm_watch(watcher->fd, watcher->watch);
	watcher->watch = -1;
	uv_timer_start(&watcher->missing, look_again, 0, MISSING_MS);
	watcher->any = true;
	arm(watcher);
}

/* A file that is made is not written yet, but one that is linked has all its content. */
static bool is_link(const struct watcher *watcher, const char *name)
{
	char path[PATH_MAX];
	struct stat status;

	if (snprintf(path, sizeof(path), "%s/%s", watcher->directory, name) >= (int)sizeof(path))
		return false;
	return lstat(path, &status) == 0 && (S_ISLNK(status.st_mode) || status.st_nlink > 1);
}

static void handle(struct watcher *watcher, const struct inotify_event *event)
{
	const char *name = event->len ? event->name : "";

	if (event->mask & IN_Q_OVERFLOW) {
		watcher->any = true;
		arm(watcher);
		return;
	}
	if (event->wd != watcher->watch)
		return;
	if (event->mask & LOST) {
		lose(watcher);
		return;
	}
	/* ConfigMap mounts swap a symbolic link ..data, which all files are reached by. */
	if (!manifest_is_name(name) && strncmp(name, "..", 2) != 0)
		return;
	if (!(event->mask & DONE) && !is_link(watcher, name))
		return;
	if (name[0] == '.')
		watcher->any = true;
	else
		note_name(watcher, name);
	arm(watcher);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	alignas(struct inotify_event) char buffer[16 * 1024];
	struct watcher *watcher = poll->data;
	const struct inotify_event *event;
	ssize_t length;

	(void)status;
	(void)events;
	while ((length = read(watcher->fd, buffer, sizeof(buffer))) > 0)
		for (char *next = buffer; next < buffer + length;
		     next += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)next;
			handle(watcher, event);
		}
}

int watcher_start(struct watcher *watcher, uv_loop_t *loop, const char *directory,
		  watcher_changed changed, void *argument)
{
	int error;

	*watcher = (struct watcher){
		.directory = directory, .changed = changed, .argument = argument, .watch = -1};
	watcher->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watcher->fd < 0)
		return -errno;
	error = add_watch(watcher);
	if (!error)
		error = uv_poll_init(loop, &watcher->poll, watcher->fd);
	if (error) {
		close(watcher->fd);
		return error;
	}
	uv_timer_init(loop, &watcher->quiet);
	uv_timer_init(loop, &watcher->missing);
	watcher->poll.data = watcher->quiet.data = watcher->missing.data = watcher;
	uv_poll_start(&watcher->poll, UV_READABLE, on_readable);
	return 0;
}

void watcher_stop(struct watcher *watcher)
{
	uv_poll_stop(&watcher->poll);
	uv_timer_stop(&watcher->quiet);
	uv_timer_stop(&watcher->missing);
	close(watcher->fd);
	forget_names(watcher);
	free(watcher->names);
	watcher->names = NULL;
	watcher->name_capacity = 0;
}

bool watcher_watches(const struct watcher *watcher)
{
	return watcher->watch >= 0;
}
