// SPDX-License-Identifier: Apache-2.0
#include "user/agent/sync.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/agent/recover.h"
#include "user/lib/clock.h"
#include "user/lib/log.h"
#include "user/lib/markers.h"
#include "user/lib/notices.h"

int sync_start(struct sync *sync, const struct backend *backend)
{
	int error;

	*sync = (struct sync){.backend = *backend};
	error = recover_mirror(backend, &sync->mirror);
	if (error)
		return error;
	sync->recovered = sync->mirror.services.used > 0;
	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++)
		sync->report.tables[apply_tables[i]].entries =
			mirror_table(&sync->mirror, apply_tables[i])->present;
	return 0;
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

static void apply(struct sync *sync, bool released)
{
	int error = apply_mirror(&sync->mirror, &sync->backend, released, &sync->report);

	log_left_out(sync);
	if (error)
		log_line("cannot read the moved connections: %s", strerror(-error));
}

static int apply_markers(struct sync *sync, const struct shunt_markers *wanted)
{
	struct marker list[SHUNT_MARKERS_MAX];
	bool changed;
	int error;

	error = sync->backend.set_markers(sync->backend.context, wanted, &changed);
	if (error) {
		log_line("cannot write the markers: %s", strerror(-error));
		return error;
	}
	if (changed)
		log_line("%zu markers are in force now", markers_list(wanted, list));
	sync->markers = *wanted;
	sync->has_markers = true;
	return 0;
}

static int finish(struct sync *sync)
{
	int error = sync->backend.finish(sync->backend.context, &sync->generation);

	if (error)
		log_line("cannot write the settings: %s", strerror(-error));
	return error;
}

int sync_apply(struct sync *sync, const struct changes *changes)
{
	int error, markers = 0;

	error = mirror_change(&sync->mirror, changes);
	if (error)
		return error;
	/* Every flow is looked at for a snapshot, which costs as much; else with the next retry. */
	apply(sync, changes->snapshot);
	/* Last: a marker is of use where the overrides are that it may name. */
	if (changes->markers)
		markers = apply_markers(sync, changes->markers);
	error = finish(sync);
	if (error || markers)
		return error ? error : markers;
	sync->applied_at = clock_wall();
	return 0;
}

bool sync_is_waiting(const struct sync *sync)
{
	return sync->report.waiting > 0;
}

void sync_retry(struct sync *sync)
{
	if (!sync->mirror.incomplete && (apply_left_out(&sync->report) || sync_is_waiting(sync)))
		apply(sync, true);
}

const char *sync_describe(const struct sync *sync, const char *details, char text[SYNC_TEXT_SIZE])
{
	snprintf(text, SYNC_TEXT_SIZE, "generation %llu: %s; %zu entries written, %zu removed",
		 (unsigned long long)sync->generation, details, sync->report.written,
		 sync->report.removed);
	return text;
}

void sync_stop(struct sync *sync)
{
	mirror_clear(&sync->mirror);
	problems_clear(&sync->left_out);
}
