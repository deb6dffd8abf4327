// SPDX-License-Identifier: Apache-2.0
#include "user/agent/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/agent/batch.h"
#include "user/agent/release.h"
#include "user/agent/uses.h"

const enum pins_map apply_tables[APPLY_TABLE_COUNT] = {
	PINS_SERVICES,
	PINS_OFFLOADED,
	PINS_FRONTENDS,
	PINS_OVERRIDES,
};

/* Whether every target of an override could be written. */
static bool has_targets(const struct mirror *mirror, const struct mirror_override *override)
{
	for (int i = 0; i < override->endpoint_count; i++) {
		__u32 found = mirror_find_endpoint(mirror, &mirror->offloaded,
						   &mirror_endpoints(override)[i]);

		if (found != MIRROR_NONE &&
		    !mirror_endpoint(&mirror->offloaded, found)->element.current)
			return false;
	}
	return true;
}

/* Whether all is in the kernel that the element refers to. */
static bool is_ready(const struct batch *batch, enum pins_map map, __u32 item)
{
	const struct apply_report *report = batch->report;

	if (map == PINS_SERVICES)
		return true;
	if (!element_service(batch->mirror, map, item)->element.present)
		return false;
	/* Looked up only in the rare case that some could not be written. */
	return map != PINS_OVERRIDES ||
	       (!report->tables[PINS_OFFLOADED].left_out && !apply_refused(report)) ||
	       has_targets(batch->mirror, mirror_override(batch->mirror, item));
}

static void refuse(struct batch *batch, __u32 item, __u8 refusal)
{
	struct apply_refused *refused = &batch->report->refused[refusal];

	if (refused->count++ == 0)
		element_describe(batch->mirror, PINS_OFFLOADED, item, refused->first);
}

/* Whether an element is not to be written with the others of its table. */
static bool is_held_back(struct batch *batch, enum pins_map map, __u32 item)
{
	const struct mirror_endpoint *endpoint;

	if (map != PINS_OFFLOADED)
		return false;
	endpoint = mirror_endpoint(&batch->mirror->offloaded, item);
	if (endpoint->refusal)
		refuse(batch, item, endpoint->refusal);
	return endpoint->refusal || endpoint->withdrawn;
}

static void write_table(struct batch *batch, enum pins_map map)
{
	const struct mirror_table *table = mirror_table(batch->mirror, map);

	batch->report->tables[map] = (struct apply_table){0};
	batch_begin(batch, map, false);
	for (size_t i = 0; i < table->work_count; i++) {
		__u32 slot = table->work[i];

		if (!mirror_is_to_write(map, mirror_table_get(table, slot)) ||
		    is_held_back(batch, map, slot))
			continue;
		if (is_ready(batch, map, slot))
			batch_add(batch, slot);
		else
			batch_leave_out(batch, slot, -ENOENT);
	}
	batch_flush(batch);
}

/* Whether an element that is there must not be, though it is wanted. */
static bool is_barred(const struct batch *batch, enum pins_map map, __u32 item)
{
	if (map == PINS_OFFLOADED)
		return mirror_endpoint(&batch->mirror->offloaded, item)->refusal;
	return apply_refused(batch->report) &&
	       mirror_is_barred(batch->mirror, mirror_override(batch->mirror, item));
}

static bool is_to_remove(const struct batch *batch, enum pins_map map, __u32 item)
{
	const struct mirror_element *element =
		mirror_table_get(mirror_table(batch->mirror, map), item);

	return element->present && (!element->wanted || is_barred(batch, map, item));
}

/* Puts in force together what is written and removed one by one afterwards, but for a table as a whole. */
static void stage_overrides(struct batch *batch)
{
	const struct mirror_table *table = &batch->mirror->overrides;
	struct shunt_override_key key;
	struct shunt_override value;
	int error = 0;

	if (table->work_count > SHUNT_STAGED_MAX)
		return;
	for (size_t i = 0; !error && i < table->work_count; i++) {
		bool removed = is_to_remove(batch, PINS_OVERRIDES, table->work[i]);

		if (!removed &&
		    (!mirror_is_to_write(PINS_OVERRIDES, mirror_table_get(table, table->work[i])) ||
		     !is_ready(batch, PINS_OVERRIDES, table->work[i])))
			continue;
		element_encode_key(batch->mirror, PINS_OVERRIDES, table->work[i], &key);
		element_encode_value(batch->mirror, PINS_OVERRIDES, table->work[i], &value);
		if (removed)
			value.endpoint_count = 0;
		error = stage_add(&batch->stage, &key, &value);
	}
	if (!error)
		stage_begin(&batch->stage, batch->backend);
}

static void write_tables(struct batch *batch)
{
	memset(batch->report->refused, 0, sizeof(batch->report->refused));
	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++) {
		if (apply_tables[i] == PINS_OVERRIDES)
			stage_overrides(batch);
		write_table(batch, apply_tables[i]);
	}
}

/* Endpoints that overrides may no longer name, when none does. */
static void write_withdrawn(struct batch *batch)
{
	const struct mirror_table *table = &batch->mirror->offloaded;

	batch_begin(batch, PINS_OFFLOADED, false);
	for (size_t i = 0; i < table->work_count; i++) {
		const struct mirror_endpoint *endpoint = mirror_endpoint(table, table->work[i]);

		if (endpoint->withdrawn && !endpoint->refusal && endpoint->element.wanted &&
		    is_ready(batch, PINS_OFFLOADED, table->work[i]))
			batch_add(batch, table->work[i]);
	}
	batch_flush(batch);
}

/* Removes what nobody has to be asked for. */
static void remove_table(struct batch *batch, enum pins_map map)
{
	const struct mirror_table *table = mirror_table(batch->mirror, map);

	batch_begin(batch, map, true);
	for (size_t i = 0; i < table->work_count; i++) {
		if (is_to_remove(batch, map, table->work[i]))
			batch_add(batch, table->work[i]);
	}
	batch_flush(batch);
	mirror_settle(batch->mirror, map);
}

/* What is still to be removed or no longer to be tracked. */
static size_t count_waiting(struct mirror *mirror)
{
	size_t waiting = mirror->retired_count;

	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++) {
		const struct mirror_table *table = mirror_table(mirror, apply_tables[i]);

		for (size_t j = 0; j < table->work_count; j++) {
			const struct mirror_element *element =
				mirror_table_get(table, table->work[j]);

			waiting += !element->wanted ||
				   (apply_tables[i] == PINS_FRONTENDS &&
				    mirror_lingers(mirror, mirror_endpoint(table, table->work[j])));
		}
	}
	return waiting;
}

static int release(struct batch *batch)
{
	struct uses uses;
	int error;

	if (!count_waiting(batch->mirror))
		return 0;
	error = uses_read(batch->backend, &uses);
	if (error)
		return error;
	release_frontends(batch, &uses);
	release_services(batch, &uses);
	release_counts(batch, &uses);
	uses_clear(&uses);
	return 0;
}

static int remove_all(struct batch *batch, bool released)
{
	remove_table(batch, PINS_OVERRIDES);
	stage_end(&batch->stage, batch->backend);
	write_withdrawn(batch);
	remove_table(batch, PINS_OFFLOADED);
	/* After that: from now on no new flow begins on what was overridden. */
	return released ? release(batch) : 0;
}

/* Whether room was made that something could not be written for. */
static bool is_worth_retrying(const struct apply_report *report, size_t removed_before)
{
	return report->removed != removed_before && apply_left_out(report);
}

size_t apply_refused(const struct apply_report *report)
{
	size_t refused = 0;

	for (size_t i = 0; i < APPLY_REFUSAL_COUNT; i++)
		refused += report->refused[i].count;
	return refused;
}

size_t apply_left_out(const struct apply_report *report)
{
	size_t left_out = apply_refused(report);

	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++)
		left_out += report->tables[apply_tables[i]].left_out;
	return left_out;
}

int apply_mirror(struct mirror *mirror, const struct backend *backend, bool released,
		 struct apply_report *report)
{
	struct batch *batch;
	size_t removed_before;
	int error;

	*report = (struct apply_report){0};
	if (mirror->incomplete)
		return -EBADMSG;
	batch = malloc(sizeof(*batch));
	if (!batch)
		return -ENOMEM;
	batch->mirror = mirror;
	batch->backend = backend;
	batch->report = report;
	batch->stage = (struct stage){0};
	do {
		removed_before = report->removed;
		write_tables(batch);
		error = remove_all(batch, released);
	} while (!error && is_worth_retrying(report, removed_before));
	free(batch);
	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++) {
		mirror_settle(mirror, apply_tables[i]);
		report->tables[apply_tables[i]].entries =
			mirror_table(mirror, apply_tables[i])->present;
	}
	report->waiting = count_waiting(mirror);
	return error;
}
