// SPDX-License-Identifier: Apache-2.0
#include "user/agent/source_manifests.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include "user/lib/log.h"
#include "user/lib/notices.h"

#define RELEASE_MS 1000
#define EXPIRY_MS_MAX (24 * 60 * 60 * 1000) /* then it is looked at again */

static void on_expiry(uv_timer_t *timer)
{
	source_manifests_expire(timer->data);
}

static void set_expiry_timer(struct source_manifests *source)
{
	time_t now = time(NULL), at = source->tables.next_expiry;
	uint64_t wait;

	if (!at) {
		uv_timer_stop(&source->expiry);
		return;
	}
	wait = at > now ? (uint64_t)(at - now) * 1000 : 0;
	uv_timer_start(&source->expiry, on_expiry, wait < EXPIRY_MS_MAX ? wait : EXPIRY_MS_MAX, 0);
}

/* What stays as it was is not said again. */
static void log_notes(struct source_manifests *source)
{
	struct problems notes = {0};

	if (!source->tables.notes_changed)
		return;
	if (manifest_tables_notes(&source->tables, &notes))
		log_line("out of memory for what there is to say of the manifests");
	notices_log(&source->warnings, &notes);
}

static void log_generation(const struct source_manifests *source)
{
	const struct apply_report *report = &source->sync->report;
	char details[SYNC_TEXT_SIZE], text[SYNC_TEXT_SIZE];

	snprintf(details, sizeof(details), "%zu overrides, %zu unresolved, %zu frontends",
		 report->tables[PINS_OVERRIDES].entries, source->tables.unresolved,
		 report->tables[PINS_FRONTENDS].entries);
	log_line("%s", sync_describe(source->sync, details, text));
}

/* Tells of what moved connections used, and may be removed now, when they have gone. */
static void on_release(uv_timer_t *timer)
{
	struct source_manifests *source = timer->data;

	sync_retry(source->sync);
}

static int apply_changes(struct source_manifests *source, struct changes *changes)
{
	int error = manifest_tables_change(&source->tables, time(NULL), changes);

	if (error)
		return error;
	manifest_keys_add(source->keys, changes);
	return sync_apply(source->sync, changes);
}

/* Resolves what was read, and what has expired, as of now and applies the result. */
static void apply(struct source_manifests *source)
{
	struct changes changes = {0};
	bool trims = source->tables.next.cluster || !source->tables.told;
	int error = apply_changes(source, &changes);

	if (error)
		log_line("cannot make tables of the manifests: %s", strerror(-error));
	changes_clear(&changes);
	manifest_tables_finish(&source->tables, !error);
	log_notes(source);
	if (!error)
		log_generation(source);
	/* What was needed only for this is a multiple of what is kept. */
	if (trims)
		malloc_trim(0);
	if (sync_is_waiting(source->sync) && !uv_is_active((uv_handle_t *)&source->release))
		uv_timer_start(&source->release, on_release, RELEASE_MS, 0);
	set_expiry_timer(source);
}

static void read_files(struct source_manifests *source, char *const *names, size_t count)
{
	struct problems problems = {0};
	bool was_refused = source->refused.count > 0;
	int error;

	error = manifest_tables_read(&source->tables, names, count, &problems);
	if (error && !problems.count)
		problems_add(&problems, "%s: %s", source->directory, strerror(-error));
	/* Nothing is wrong now that need be said; what was said is forgotten. */
	if (!error)
		problems_clear(&problems);
	if (notices_log(&source->refused, &problems))
		log_line("%s: refused, the last good tables stay", source->directory);
	if (error)
		return;
	if (was_refused)
		log_line("%s: accepted again", source->directory);
	apply(source);
}

void source_manifests_reload(struct source_manifests *source)
{
	read_files(source, NULL, 0);
}

void source_manifests_expire(struct source_manifests *source)
{
	time_t next = source->tables.next_expiry;

	/* Also what could not be applied is tried again, as far as there is something. */
	if ((next && time(NULL) >= next) || (!source->tables.told && source->tables.index.cluster))
		apply(source);
	else
		set_expiry_timer(source);
}

static void on_change(void *argument, char *const *names, size_t count)
{
	read_files(argument, names, count);
}

int source_manifests_start(struct source_manifests *source, uv_loop_t *loop, const char *directory,
			   struct sync *sync, struct manifest_keys *keys)
{
	int error;

	*source = (struct source_manifests){.sync = sync,
					    .keys = keys,
					    .directory = directory,
					    .tables.files.directory = directory};
	error = watcher_start(&source->watcher, loop, directory, on_change, source);
	if (error)
		return error;
	uv_timer_init(loop, &source->expiry);
	uv_timer_init(loop, &source->release);
	source->expiry.data = source->release.data = source;
	return 0;
}

void source_manifests_stop(struct source_manifests *source)
{
	watcher_stop(&source->watcher);
	uv_timer_stop(&source->expiry);
	uv_timer_stop(&source->release);
	manifest_tables_clear(&source->tables);
	problems_clear(&source->refused);
	problems_clear(&source->warnings);
}
