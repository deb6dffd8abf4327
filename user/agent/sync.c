// SPDX-License-Identifier: Apache-2.0
#include "user/agent/sync.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/agent/recover.h"
#include "user/agent/stage.h"
#include "user/lib/clock.h"
#include "user/lib/log.h"
#include "user/lib/markers.h"
#include "user/lib/notices.h"

int sync_start(struct sync *sync, const struct backend *backend)
{
	int error;

	*sync = (struct sync){.backend = *backend};
	refuse_start(&sync->refuse);
	error = stage_recover(backend);
	if (!error)
		error = recover_mirror(backend, &sync->mirror);
	if (!error)
		error = policy_tables_read(&sync->policy, backend);
	if (error)
		return error;
	sync->recovered = sync->mirror.services.used > 0;
	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++)
		sync->report.tables[apply_tables[i]].entries =
			mirror_table(&sync->mirror, apply_tables[i])->present;
	return 0;
}

static void add_left_out(struct problems *problems, enum pins_map map,
			 const struct apply_table *table, const char *consequence)
{
	if (table->left_out)
		problems_add(problems, "table %s: %s: %zu entries left out, the first is %s; %s",
			     pins_map_names[map],
			     table->error == -E2BIG || table->error == -ENOSPC ? "full"
			     : table->error == -ENOENT ? "needs what was left out elsewhere"
						       : strerror(-table->error),
			     table->left_out, table->first, consequence);
}

static void log_left_out(struct sync *sync)
{
	static const char *const consequences[POLICY_TABLE_COUNT] = {
		"markers in requests from there do not count",
		"the fence does not let connections from there in",
		"connections to it may go to offloaded pods",
	};
	struct problems now = {0};

	/* First what others follow from: it is what a manager is told of. */
	for (size_t i = 0; i < APPLY_REFUSAL_COUNT; i++)
		if (sync->report.refused[i].count)
			problems_add(&now,
				     "table %s: %zu entries refused, the first is %s: %s; marked "
				     "requests that need them go to the origin",
				     pins_map_names[PINS_OFFLOADED], sync->report.refused[i].count,
				     sync->report.refused[i].first, target_refusal_text(i));
	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++)
		add_left_out(&now, apply_tables[i], &sync->report.tables[apply_tables[i]],
			     apply_tables[i] == PINS_OFFLOADED
				     ? "no fence guards them, and marked requests that need them "
				       "go to the origin"
				     : "marked requests that need them go to the origin");
	for (size_t i = 0; i < POLICY_TABLE_COUNT; i++)
		add_left_out(&now, policy_maps[i], &sync->policy.tables[i], consequences[i]);
	notices_log(&sync->left_out, &now);
}

static int update_refused(struct sync *sync, bool *changed)
{
	int error = refuse_update(&sync->refuse, &sync->mirror, changed);

	if (error)
		log_line("cannot tell which endpoints to refuse: %s", strerror(-error));
	if (sync->refuse.unread && sync->refuse.unread != sync->unread)
		log_line("cannot read the node's addresses: %s", strerror(-sync->refuse.unread));
	sync->unread = sync->refuse.unread;
	return error;
}

static int apply(struct sync *sync, bool released)
{
	bool changed;
	int error;

	error = update_refused(sync, &changed);
	if (error)
		return error;
	error = apply_mirror(&sync->mirror, &sync->backend, released, &sync->report);
	log_left_out(sync);
	if (error)
		log_line("cannot read the moved connections: %s", strerror(-error));
	return 0;
}

static int apply_keys(struct sync *sync, const struct shunt_keys *wanted)
{
	bool changed;
	int error;

	error = sync->backend.set_keys(sync->backend.context, wanted, &changed);
	if (error) {
		log_line("cannot write the keys: %s", strerror(-error));
		return error;
	}
	sync->keys = *wanted;
	sync->has_keys = true;
	return 0;
}

static int apply_policy(struct sync *sync, const struct policy *wanted)
{
	int error = policy_tables_apply(&sync->policy, &sync->backend, wanted);

	if (error)
		log_line("cannot write the policy: %s", strerror(-error));
	return error;
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
	int error, tables, keys = 0, policy = 0, markers = 0;

	error = mirror_change(&sync->mirror, changes);
	if (error)
		return error;
	refuse_note(&sync->refuse, changes);
	/* First: what the tables open has its guards then. */
	if (changes->keys)
		keys = apply_keys(sync, changes->keys);
	if (changes->policy)
		policy = apply_policy(sync, changes->policy);
	/* Every flow is looked at for a snapshot, which costs as much; else with the next retry. */
	tables = apply(sync, changes->snapshot);
	sync->offloaded_changed |= changes->snapshot || changes->offloaded_count;
	/* Last: a marker is of use where the overrides are that it may name. */
	if (changes->markers)
		markers = apply_markers(sync, changes->markers);
	error = finish(sync);
	error = error ? error : tables;
	error = error ? error : keys;
	error = error ? error : policy;
	error = error ? error : markers;
	if (error)
		return error;
	sync->applied_at = clock_wall();
	return 0;
}

bool sync_is_waiting(const struct sync *sync)
{
	return sync->report.waiting > 0;
}

size_t sync_left_out(const struct sync *sync)
{
	return apply_left_out(&sync->report) + policy_tables_left_out(&sync->policy);
}

void sync_retry(struct sync *sync)
{
	bool retried = sync->policy.given && !sync->policy.exact, changed;

	if (retried)
		apply_policy(sync, NULL);
	if (sync->mirror.incomplete)
		return;
	refuse_expire(&sync->refuse);
	if (!update_refused(sync, &changed) &&
	    (changed || sync_left_out(sync) || sync_is_waiting(sync)))
		apply(sync, true);
	else if (retried)
		log_left_out(sync);
}

void sync_readdress(struct sync *sync)
{
	bool changed;

	refuse_expire(&sync->refuse);
	if (!sync->mirror.incomplete && !update_refused(sync, &changed) && changed)
		apply(sync, false);
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
	policy_tables_clear(&sync->policy);
	refuse_clear(&sync->refuse);
	problems_clear(&sync->left_out);
}
