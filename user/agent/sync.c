// SPDX-License-Identifier: Apache-2.0
#include "user/agent/sync.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include "user/lib/notices.h"
#include "user/agent/recover.h"
#include "user/lib/log.h"
#include "user/lib/manifest.h"
#include "user/lib/markers.h"
#include "user/lib/resolve.h"

int sync_start(struct sync *sync, const struct kernel *kernel, const char *directory)
{
	*sync = (struct sync){.kernel = kernel, .directory = directory};
	sync->backend = backend_for_maps(&kernel->maps);
	return recover_mirror(&sync->backend, &sync->mirror);
}

static void log_left_out(struct sync *sync)
{
	struct problems now = {0};

	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++) {
		const struct apply_table *table = &sync->report.tables[apply_tables[i]];

		if (!table->left_out)
			continue;
		problems_add(&now,
			     "table %s: %s: %zu entries left out, the first is %s; marked requests "
			     "that need them go to the origin",
			     pins_map_names[apply_tables[i]],
			     table->error == -E2BIG    ? "full"
			     : table->error == -ENOENT ? "needs what was left out elsewhere"
						       : strerror(-table->error),
			     table->left_out, table->first);
	}
	notices_log(&sync->left_out, &now);
}

static int apply(struct sync *sync)
{
	int error = apply_mirror(&sync->mirror, &sync->backend, &sync->report);

	log_left_out(sync);
	if (error)
		log_line("cannot read the moved connections: %s", strerror(-error));
	return error;
}

static int bump_generation(struct sync *sync)
{
	struct shunt_settings settings;
	int error;

	error = maps_read_settings(&sync->kernel->maps, &settings);
	if (!error)
		error = kernel_set_generation(sync->kernel, settings.generation + 1,
					      (__u64)time(NULL));
	if (error) {
		log_line("cannot write the settings: %s", strerror(-error));
		return error;
	}
	log_line("generation %llu: %zu overrides, %zu unresolved, %zu frontends; %zu entries "
		 "written, %zu removed",
		 (unsigned long long)settings.generation + 1,
		 sync->report.tables[PINS_OVERRIDES].entries, sync->unresolved,
		 sync->report.tables[PINS_FRONTENDS].entries, sync->report.written,
		 sync->report.removed);
	return 0;
}

static void log_warnings(struct sync *sync, const struct tables *tables, struct problems *warnings)
{
	for (size_t i = 0; i < tables->unresolved_count; i++)
		problems_add(warnings, "%s: %s is not resolved: %s; its requests go to the origin",
			     tables->unresolved[i].context, tables->unresolved[i].service,
			     tables->unresolved[i].reason);
	sync->unresolved = tables->unresolved_count;
	notices_log(&sync->warnings, warnings);
}

static int adopt(struct sync *sync, const struct tables *tables)
{
	struct mirror next;
	int error;

	error = mirror_next(&sync->mirror, tables, &next);
	if (error)
		return error;
	mirror_clear(&sync->mirror);
	sync->mirror = next;
	return 0;
}

/* Another table of markers is put in force as a whole: no request sees half of it. */
static int apply_markers(const struct sync *sync, const struct shunt_markers *wanted)
{
	struct marker list[SHUNT_MARKERS_MAX];
	struct shunt_markers present;
	int error;

	error = maps_read_markers(&sync->kernel->maps, &present);
	if (!error && !memcmp(&present, wanted, sizeof(present)))
		return 0;
	if (!error)
		error = kernel_set_markers(sync->kernel, wanted);
	if (error)
		log_line("cannot write the markers: %s", strerror(-error));
	else
		log_line("%zu markers are in force now", markers_list(wanted, list));
	return error;
}

/* Resolves the objects as of now and applies the result. */
static void apply_objects(struct sync *sync)
{
	struct problems warnings = {0};
	struct tables tables = {0};
	int error;

	error = resolve_tables(&sync->objects, time(NULL), &tables, &sync->next_expiry, &warnings);
	if (!error) {
		log_warnings(sync, &tables, &warnings);
		error = adopt(sync, &tables);
	}
	problems_clear(&warnings);
	if (error) {
		log_line("cannot make tables of the manifests: %s", strerror(-error));
		tables_clear(&tables);
		return;
	}
	apply(sync);
	/* Last: a marker is of use where the overrides are that it may name. */
	error = apply_markers(sync, &tables.markers);
	tables_clear(&tables);
	if (bump_generation(sync) == 0 && !error)
		sync->applied = true;
	/* What was needed only for this is a multiple of what is kept. */
	malloc_trim(0);
}

void sync_reload(struct sync *sync)
{
	struct problems problems = {0};
	struct object_set objects = {0};
	bool was_refused = sync->refused.count > 0;
	int error;

	error = manifest_load(sync->directory, &objects, &problems);
	if (error && !problems.count)
		problems_add(&problems, "%s: %s", sync->directory, strerror(-error));
	/* Nothing is wrong now that need be said; what was said is forgotten. */
	if (!error)
		problems_clear(&problems);
	if (notices_log(&sync->refused, &problems))
		log_line("%s: refused, the last good tables stay", sync->directory);
	if (error)
		return;
	if (was_refused)
		log_line("%s: accepted again", sync->directory);
	object_set_clear(&sync->objects);
	sync->objects = objects;
	apply_objects(sync);
}

void sync_expire(struct sync *sync)
{
	if (sync->next_expiry && time(NULL) >= sync->next_expiry)
		apply_objects(sync);
}

void sync_retry(struct sync *sync)
{
	bool left_out = false;

	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++)
		left_out |= sync->report.tables[apply_tables[i]].left_out > 0;
	if (left_out || sync->report.waiting)
		apply(sync);
}

void sync_stop(struct sync *sync)
{
	mirror_clear(&sync->mirror);
	object_set_clear(&sync->objects);
	problems_clear(&sync->refused);
	problems_clear(&sync->warnings);
	problems_clear(&sync->left_out);
}
