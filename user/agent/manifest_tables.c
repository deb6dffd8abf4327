// SPDX-License-Identifier: Apache-2.0
#include "user/agent/manifest_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/agent/manifest_step.h"
#include "user/lib/changes_tables.h"
#include "user/lib/touched.h"

static void clear_cluster(struct manifest_cluster *cluster)
{
	resolver_free(cluster->resolver);
	tables_clear(&cluster->tables);
	problems_clear(&cluster->warnings);
	*cluster = (struct manifest_cluster){0};
}

int manifest_tables_read(struct manifest_tables *tables, char *const *names, size_t count,
			 struct problems *problems)
{
	int error = manifest_files_read(&tables->files, names, count, problems), index_error;

	if (error && error != -EINVAL)
		return error;
	/* Also without what is refused: all that is wrong is told at once. */
	index_error = manifest_index_next(&tables->index, &tables->files, &tables->next, problems);
	error = index_error ? index_error : error;
	if (error)
		manifest_index_clear(&tables->next);
	return error;
}

/* What the contexts come to that are in files that have changed. */
static int step_files(struct manifest_step *step)
{
	const struct manifest_files *files = &step->tables->files;
	int error = 0;

	for (size_t i = 0; !error && i < files->count; i++)
		if (manifest_file_has_changed(files->items[i]))
			error = manifest_step_file(step, files->items[i]);
	return error;
}

static bool has_expired(const struct manifest_step *step, const struct object_context *context)
{
	return context->expires > step->tables->resolved_at && context->expires <= step->now;
}

/* What all others come to that can be different. */
static int step_others(struct manifest_step *step)
{
	struct manifest_tables *tables = step->tables;
	struct touched touched = {0};
	bool expired = tables->next_expiry && tables->next_expiry <= step->now;
	int error = 0;

	if (step->next->cluster)
		touched_find(tables->index.cluster, step->next->cluster, &touched);
	for (size_t i = 0;
	     !error && (expired || !touched_is_empty(&touched)) && i < step->next->count; i++) {
		struct manifest_entry *entry = &step->next->entries[i];

		if (manifest_file_has_changed(entry->file))
			continue;
		if (has_expired(step, entry->context) || touched_has(&touched, entry->context))
			error = manifest_step_context(step, entry->context, entry);
	}
	touched_clear(&touched);
	return error;
}

static int add_all(struct manifest_step *step, struct changes *changes)
{
	int error = changes_add_tables(changes, &step->cluster->tables);

	changes->snapshot = true;
	for (size_t i = 0; !error && i < step->next->count; i++)
		error = manifest_step_context(step, NULL, &step->next->entries[i]);
	return error;
}

static int add_different(struct manifest_step *step, struct changes *changes)
{
	const struct manifest_tables *tables = step->tables;
	int error = 0;

	if (step->next->cluster)
		error = changes_between_tables(&tables->cluster.tables, &step->cluster->tables,
					       changes);
	if (!error)
		error = step_files(step);
	return error ? error : step_others(step);
}

static void note_expiry(struct manifest_tables *tables, const struct manifest_index *index,
			time_t now)
{
	time_t next = 0;

	for (size_t i = 0; i < index->count; i++) {
		time_t expires = index->entries[i].context->expires;

		if (expires > now && (!next || expires < next))
			next = expires;
	}
	tables->next_expiry = next;
}

static void add_up(struct manifest_tables *tables, const struct manifest_index *index)
{
	tables->unresolved = tables->notes = 0;
	for (size_t i = 0; i < index->count; i++) {
		tables->unresolved += index->entries[i].unresolved;
		tables->notes += index->entries[i].notes;
	}
}

/* Without a reading before it, the next index is the same with what has expired. */
static int begin(struct manifest_tables *tables)
{
	const struct manifest_index *index = &tables->index;

	if (tables->next.entries)
		return 0;
	tables->next.entries = calloc(index->count + 1, sizeof(*index->entries));
	if (!tables->next.entries)
		return -ENOMEM;
	if (index->count)
		memcpy(tables->next.entries, index->entries,
		       index->count * sizeof(*index->entries));
	tables->next.count = index->count;
	return 0;
}

static int resolve_cluster(struct manifest_tables *tables)
{
	const struct object_set *objects =
		tables->next.cluster ? tables->next.cluster : tables->index.cluster;
	struct manifest_cluster *made = &tables->next_cluster;

	if (!tables->next.cluster && tables->cluster.resolver)
		return 0;
	return resolver_new(objects, &made->tables, &made->warnings, &made->resolver);
}

int manifest_tables_change(struct manifest_tables *tables, time_t now, struct changes *changes)
{
	struct manifest_step step = {
		.tables = tables, .next = &tables->next, .now = now, .changes = changes};
	bool noted = tables->notes;
	int error = begin(tables);

	/* The clock was set back: what has expired may be in force again. */
	if (now < tables->resolved_at)
		tables->told = false;
	if (!error)
		error = resolve_cluster(tables);
	if (error)
		return error;
	step.cluster = tables->next_cluster.resolver ? &tables->next_cluster : &tables->cluster;
	error = tables->told ? add_different(&step, changes) : add_all(&step, changes);
	manifest_step_clear(&step);
	if (error)
		return error;
	note_expiry(tables, step.next, now);
	add_up(tables, step.next);
	tables->resolved_at = now;
	tables->notes_changed = noted || tables->notes || tables->next_cluster.resolver;
	return 0;
}

void manifest_tables_finish(struct manifest_tables *tables, bool applied)
{
	tables->told = applied;
	/* Also where it could not be resolved: the objects of the other go. */
	if (tables->next.cluster || tables->next_cluster.resolver) {
		clear_cluster(&tables->cluster);
		tables->cluster = tables->next_cluster;
		tables->next_cluster = (struct manifest_cluster){0};
	}
	if (tables->next.entries)
		manifest_index_replace(&tables->index, &tables->next);
	manifest_files_accept(&tables->files);
}

int manifest_tables_notes(const struct manifest_tables *tables, struct problems *notes)
{
	const struct problems *warnings = &tables->cluster.warnings;
	size_t told = 0;
	int error = 0;

	for (size_t i = 0; i < warnings->count; i++)
		problems_add(notes, "%s", warnings->texts[i]);
	notes->dropped += warnings->dropped;
	for (size_t i = 0; !error && i < tables->index.count; i++) {
		const struct manifest_entry *entry = &tables->index.entries[i];

		if (!entry->notes)
			continue;
		if (notes->count == PROBLEMS_MAX)
			break;
		told += entry->notes;
		error = manifest_step_notes(tables, entry->context, notes);
	}
	notes->dropped += tables->notes - told;
	return error;
}

void manifest_tables_clear(struct manifest_tables *tables)
{
	manifest_index_clear(&tables->next);
	manifest_index_clear(&tables->index);
	clear_cluster(&tables->next_cluster);
	clear_cluster(&tables->cluster);
	manifest_files_clear(&tables->files);
}
