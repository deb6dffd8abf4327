// SPDX-License-Identifier: Apache-2.0
#include "user/agent/manifest_step.h"

#include <errno.h>
#include <string.h>

static void empty(struct resolver_rows *rows)
{
	rows->override_count = rows->unresolved_count = 0;
}

static const char *name_of(const struct manifest_cluster *cluster,
			   const struct tables_override *row)
{
	return cluster->tables.services[row->service].name;
}

static int add_row(struct manifest_step *step, const struct tables_override *row,
		   const char *context)
{
	size_t size = row->endpoint_count * sizeof(row->endpoints[0]);
	struct change_override change = {
		.context = context,
		.service = name_of(step->cluster, row),
		.endpoint_count = row->endpoint_count,
		.on_unreachable = row->on_unreachable,
		.flags = row->flags,
	};
	struct shunt_endpoint *endpoints = arena_alloc(&step->changes->arena, size);

	if (!endpoints)
		return -ENOMEM;
	memcpy(endpoints, row->endpoints, size);
	change.endpoints = endpoints;
	return changes_add_override(step->changes, &change);
}

static bool rows_equal(const struct tables_override *a, const struct tables_override *b)
{
	return a->on_unreachable == b->on_unreachable && a->flags == b->flags &&
	       a->endpoint_count == b->endpoint_count &&
	       memcmp(a->endpoints, b->endpoints, a->endpoint_count * sizeof(a->endpoints[0])) == 0;
}

/* Services are in the order of their names, whichever of the two clusters they are of. */
static int compare_rows(const struct manifest_step *step, size_t i, size_t j)
{
	const struct resolver_rows *old = &step->old_rows, *new = &step->new_rows;

	if (i == old->override_count)
		return 1;
	if (j == new->override_count)
		return -1;
	return strcmp(name_of(&step->tables->cluster, &old->overrides[i]),
		      name_of(step->cluster, &new->overrides[j]));
}

static int add_rows(struct manifest_step *step, const char *context)
{
	const struct resolver_rows *old = &step->old_rows, *new = &step->new_rows;
	size_t i = 0, j = 0;
	int error = 0;

	while (!error && (i < old->override_count || j < new->override_count)) {
		int order = compare_rows(step, i, j);

		if (order < 0)
			error = changes_add_override(
				step->changes, &(struct change_override){
						       .context = context,
						       .service = name_of(&step->tables->cluster,
									  &old->overrides[i]),
					       });
		else if (order > 0 || !rows_equal(&old->overrides[i], &new->overrides[j]))
			error = add_row(step, &new->overrides[j], context);
		i += order <= 0;
		j += order >= 0;
	}
	return error;
}

int manifest_step_context(struct manifest_step *step, const struct object_context *old,
			  struct manifest_entry *entry)
{
	const struct object_context *new = entry ? entry->context : NULL;
	struct problems warnings = {0};
	int error = 0;

	if (!old && !new)
		return 0;
	empty(&step->old_rows);
	empty(&step->new_rows);
	if (old)
		error = resolver_context(step->tables->cluster.resolver, old,
					 step->tables->resolved_at, &warnings, &step->old_rows);
	problems_clear(&warnings);
	if (!error && new)
		error = resolver_context(step->cluster->resolver, new, step->now, &warnings,
					 &step->new_rows);
	if (!error && entry) {
		entry->unresolved = (__u32)step->new_rows.unresolved_count;
		entry->notes = (__u32)(entry->unresolved + warnings.count + warnings.dropped);
	}
	problems_clear(&warnings);
	return error ? error : add_rows(step, new ? new->meta.name : old->meta.name);
}

int manifest_step_file(struct manifest_step *step, const struct manifest_file *file)
{
	const struct manifest_content *old = file->accepted, *new = file->latest;
	int error = 0;

	for (size_t i = 0; !error && old && i < old->context_count; i++)
		error = manifest_step_context(
			step, old->contexts[i],
			manifest_index_find(step->next, old->contexts[i]->meta.name));
	/* One that was there before is in a file that has changed too, and was looked at there. */
	for (size_t i = 0; !error && new &&i < new->context_count; i++) {
		const char *name = new->contexts[i]->meta.name;

		if (!manifest_index_find(&step->tables->index, name))
			error = manifest_step_context(step, NULL,
						      manifest_index_find(step->next, name));
	}
	return error;
}

int manifest_step_notes(const struct manifest_tables *tables, const struct object_context *context,
			struct problems *notes)
{
	struct resolver_rows rows = {0};
	int error = resolver_context(tables->cluster.resolver, context, tables->resolved_at, notes,
				     &rows);

	for (size_t i = 0; !error && i < rows.unresolved_count; i++)
		problems_add(notes, "%s: %s is not resolved: %s; its requests go to the origin",
			     rows.unresolved[i].context, rows.unresolved[i].service,
			     rows.unresolved[i].reason);
	resolver_rows_clear(&rows);
	return error;
}

void manifest_step_clear(struct manifest_step *step)
{
	resolver_rows_clear(&step->old_rows);
	resolver_rows_clear(&step->new_rows);
}
