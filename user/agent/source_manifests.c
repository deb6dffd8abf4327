// SPDX-License-Identifier: Apache-2.0
#include "user/agent/source_manifests.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include "user/lib/changes_tables.h"
#include "user/lib/log.h"
#include "user/lib/manifest.h"
#include "user/lib/notices.h"
#include "user/lib/resolve.h"

#define EXPIRY_MS_MAX (24 * 60 * 60 * 1000) /* then it is looked at again */

static void on_expiry(uv_timer_t *timer)
{
	source_manifests_expire(timer->data);
}

static void set_expiry_timer(struct source_manifests *source)
{
	time_t now = time(NULL), at = source->next_expiry;
	uint64_t wait;

	if (!at) {
		uv_timer_stop(&source->expiry);
		return;
	}
	wait = at > now ? (uint64_t)(at - now) * 1000 : 0;
	uv_timer_start(&source->expiry, on_expiry, wait < EXPIRY_MS_MAX ? wait : EXPIRY_MS_MAX, 0);
}

static void log_warnings(struct source_manifests *source, const struct tables *tables,
			 struct problems *warnings)
{
	for (size_t i = 0; i < tables->unresolved_count; i++)
		problems_add(warnings, "%s: %s is not resolved: %s; its requests go to the origin",
			     tables->unresolved[i].context, tables->unresolved[i].service,
			     tables->unresolved[i].reason);
	source->unresolved = tables->unresolved_count;
	notices_log(&source->warnings, warnings);
}

static void log_generation(const struct source_manifests *source)
{
	const struct apply_report *report = &source->sync->report;
	char details[SYNC_TEXT_SIZE], text[SYNC_TEXT_SIZE];

	snprintf(details, sizeof(details), "%zu overrides, %zu unresolved, %zu frontends",
		 report->tables[PINS_OVERRIDES].entries, source->unresolved,
		 report->tables[PINS_FRONTENDS].entries);
	log_line("%s", sync_describe(source->sync, details, text));
}

/* Resolves the objects as of now and applies the result. */
static void apply_objects(struct source_manifests *source)
{
	struct problems warnings = {0};
	struct changes changes = {0};
	struct tables tables = {0};
	int error;

	error = resolve_tables(&source->objects, time(NULL), &tables, &source->next_expiry,
			       &warnings);
	if (!error) {
		log_warnings(source, &tables, &warnings);
		error = changes_of_tables(&tables, &changes);
	}
	problems_clear(&warnings);
	if (!error) {
		manifest_keys_add(source->keys, &changes);
		error = sync_apply(source->sync, &changes);
	}
	if (error)
		log_line("cannot make tables of the manifests: %s", strerror(-error));
	else
		log_generation(source);
	changes_clear(&changes);
	tables_clear(&tables);
	/* What was needed only for this is a multiple of what is kept. */
	malloc_trim(0);
	set_expiry_timer(source);
}

void source_manifests_reload(struct source_manifests *source)
{
	struct problems problems = {0};
	struct object_set objects = {0};
	bool was_refused = source->refused.count > 0;
	int error;

	error = manifest_load(source->directory, &objects, &problems);
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
	object_set_clear(&source->objects);
	source->objects = objects;
	apply_objects(source);
}

void source_manifests_expire(struct source_manifests *source)
{
	if (source->next_expiry && time(NULL) >= source->next_expiry)
		apply_objects(source);
	else
		set_expiry_timer(source);
}

static void on_change(void *argument)
{
	source_manifests_reload(argument);
}

int source_manifests_start(struct source_manifests *source, uv_loop_t *loop, const char *directory,
			   struct sync *sync, struct manifest_keys *keys)
{
	int error;

	*source = (struct source_manifests){.sync = sync, .keys = keys, .directory = directory};
	error = watcher_start(&source->watcher, loop, directory, on_change, source);
	if (error)
		return error;
	uv_timer_init(loop, &source->expiry);
	source->expiry.data = source;
	return 0;
}

void source_manifests_stop(struct source_manifests *source)
{
	watcher_stop(&source->watcher);
	uv_timer_stop(&source->expiry);
	object_set_clear(&source->objects);
	problems_clear(&source->refused);
	problems_clear(&source->warnings);
}
