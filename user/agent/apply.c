// SPDX-License-Identifier: Apache-2.0
#include "user/agent/apply.h"

#include <errno.h>
#include <stdlib.h>
#include "user/agent/batch.h"
#include "user/agent/release.h"
#include "user/agent/uses.h"
#include "user/lib/address.h"
#include "user/lib/array.h"

const enum pins_map apply_tables[APPLY_TABLE_COUNT] = {
	PINS_SERVICES,
	PINS_OFFLOADED,
	PINS_FRONTENDS,
	PINS_OVERRIDES,
};

static int compare_key(const void *key, const void *item)
{
	const struct mirror_endpoint *element = item;

	return address_compare_endpoint(key, &element->endpoint);
}

/* Whether every target of an override could be written. */
static bool has_targets(const struct mirror *mirror, const struct mirror_override *override)
{
	for (int i = 0; i < override->endpoint_count; i++) {
		size_t found = array_lower_bound(&override->endpoints[i], mirror->offloaded,
						 mirror->offloaded_count,
						 sizeof(*mirror->offloaded), compare_key);

		if (found < mirror->offloaded_count &&
		    compare_key(&override->endpoints[i], &mirror->offloaded[found]) == 0 &&
		    mirror->offloaded[found].state == MIRROR_WRITE)
			return false;
	}
	return true;
}

/* Whether all is in the kernel that the element refers to. */
static bool is_ready(const struct batch *batch, enum pins_map map, size_t item)
{
	if (map == PINS_SERVICES)
		return true;
	if (element_service(batch->mirror, map, item)->state == MIRROR_WRITE)
		return false;
	/* Looked up only in the rare case that some could not be written. */
	return map != PINS_OVERRIDES || !batch->report->tables[PINS_OFFLOADED].left_out ||
	       has_targets(batch->mirror, &batch->mirror->overrides[item]);
}

static void write_table(struct batch *batch, enum pins_map map)
{
	size_t count = element_count(batch->mirror, map);

	batch->report->tables[map] = (struct apply_table){0};
	batch_begin(batch, map, false);
	for (size_t i = 0; i < count; i++) {
		if (*element_state(batch->mirror, map, i) != MIRROR_WRITE)
			continue;
		if (is_ready(batch, map, i))
			batch_add(batch, i);
		else
			batch_leave_out(batch, i, -ENOENT);
	}
	batch_flush(batch);
}

static void remove_unconditionally(struct batch *batch, enum pins_map map)
{
	size_t count = element_count(batch->mirror, map);

	batch_begin(batch, map, true);
	for (size_t i = 0; i < count; i++)
		if (*element_state(batch->mirror, map, i) == MIRROR_REMOVE)
			batch_add(batch, i);
	batch_flush(batch);
}

static void remove_overrides(struct batch *batch)
{
	struct mirror *mirror = batch->mirror;

	remove_unconditionally(batch, PINS_OVERRIDES);
	for (size_t i = 0; i < mirror->override_count; i++)
		if (mirror->overrides[i].state == MIRROR_REMOVED)
			mirror->retired[mirror->retired_count++] = mirror->overrides[i].id;
	mirror_compact(mirror);
}

/* What is still to be removed or no longer to be tracked. */
static size_t count_waiting(const struct mirror *mirror)
{
	size_t waiting = mirror->retired_count;

	for (size_t table = 0; table < APPLY_TABLE_COUNT; table++)
		for (size_t i = 0; i < element_count(mirror, apply_tables[table]); i++)
			waiting += *element_state(mirror, apply_tables[table], i) == MIRROR_REMOVE;
	for (size_t i = 0; i < mirror->frontend_count; i++)
		waiting += mirror_lingers(mirror, &mirror->frontends[i]);
	return waiting;
}

static int remove_all(struct batch *batch)
{
	struct uses uses;
	int error;

	remove_overrides(batch);
	/* Read after that: from now on no new flow begins on what was overridden. */
	if (!count_waiting(batch->mirror))
		return 0;
	error = uses_read(batch->backend, &uses);
	if (error)
		return error;
	release_frontends(batch, &uses);
	remove_unconditionally(batch, PINS_OFFLOADED);
	error = release_services(batch, &uses);
	release_counts(batch, &uses);
	uses_clear(&uses);
	return error;
}

/* Whether room was made that something could not be written for. */
static bool is_worth_retrying(const struct apply_report *report, size_t removed_before)
{
	if (report->removed == removed_before)
		return false;
	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++)
		if (report->tables[apply_tables[i]].left_out)
			return true;
	return false;
}

static size_t count_entries(const struct mirror *mirror, enum pins_map map)
{
	size_t count = element_count(mirror, map);
	size_t entries = 0;

	for (size_t i = 0; i < count; i++) {
		__u8 state = *element_state(mirror, map, i);

		entries += state == MIRROR_SAME || state == MIRROR_REMOVE;
	}
	return entries;
}

int apply_mirror(struct mirror *mirror, const struct backend *backend, struct apply_report *report)
{
	struct batch *batch = malloc(sizeof(*batch));
	size_t removed_before;
	int error;

	*report = (struct apply_report){0};
	if (!batch)
		return -ENOMEM;
	batch->mirror = mirror;
	batch->backend = backend;
	batch->report = report;
	do {
		removed_before = report->removed;
		for (size_t i = 0; i < APPLY_TABLE_COUNT; i++)
			write_table(batch, apply_tables[i]);
		error = remove_all(batch);
	} while (!error && is_worth_retrying(report, removed_before));
	free(batch);
	mirror_compact(mirror);
	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++)
		report->tables[apply_tables[i]].entries = count_entries(mirror, apply_tables[i]);
	report->waiting = count_waiting(mirror);
	return error;
}
