// SPDX-License-Identifier: Apache-2.0
#include "user/agent/policy_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/agent/policy_part.h"
#include "user/lib/array.h"

const enum pins_map policy_maps[POLICY_TABLE_COUNT] = {
	PINS_SOURCES,
	PINS_FENCE_ALLOWED,
	PINS_STEERED,
};

/* An element that is to be written or removed. */
struct item {
	__u32 length; /* of its prefix */
	__u32 index;
};

struct work {
	struct item *items;
	size_t count;
	size_t capacity;
};

/* One table on its way from one policy to another. */
struct passage {
	const struct policy_part *part;
	const struct backend *backend;
	const struct policy *old;
	const struct policy *new;
	struct apply_table *table;
	struct work writes; /* indexes in new */
	struct work removals; /* indexes in old */
};

static int compare_longest(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return (x->length < y->length) - (x->length > y->length);
}

static int compare_shortest(const void *a, const void *b)
{
	return compare_longest(b, a);
}

static int add(struct work *work, const struct policy_part *part, const struct policy *policy,
	       size_t index)
{
	int error = array_grow(&work->items, &work->capacity, work->count, sizeof(*work->items));

	if (!error)
		work->items[work->count++] = (struct item){
			.length = part->length(part->key(policy, index)), .index = (__u32)index};
	return error;
}

static int find_differences(struct passage *passage)
{
	const struct policy_part *part = passage->part;
	const struct policy *old = passage->old, *new = passage->new;
	size_t i = 0, j = 0, old_count = part->count(old), new_count = part->count(new);
	int error = 0;

	while (!error && (i < old_count || j < new_count)) {
		int order = i == old_count   ? 1
			    : j == new_count ? -1
					     : part->compare(part->key(old, i), part->key(new, j));

		if (order < 0)
			error = add(&passage->removals, part, old, i);
		else if (order > 0 || !part->equal(old, i, new, j))
			error = add(&passage->writes, part, new, j);
		i += order <= 0;
		j += order >= 0;
	}
	return error;
}

static void leave_out(struct passage *passage, size_t index, int error)
{
	struct apply_table *table = passage->table;

	if (table->left_out++ == 0) {
		table->error = error;
		policy_part_describe(passage->part, passage->new, index, table->first);
	}
}

/*
 * The longest prefix first: an address then goes at once from what it had to what it gets, though
 * what it gets is of a shorter prefix. What comes after a failure is of no more use where the table
 * is a closed one.
 */
static void write_all(struct passage *passage)
{
	const struct policy_part *part = passage->part;
	const struct backend *backend = passage->backend;
	union policy_value value;
	int error = 0;

	*passage->table = (struct apply_table){0};
	for (size_t i = 0; i < passage->writes.count; i++) {
		size_t index = passage->writes.items[i].index;
		__u32 count = 1;

		if (!error || !part->closed) {
			part->encode(passage->new, index, &value);
			error = backend->update(backend->context, part->map,
						part->key(passage->new, index), &value, &count);
		}
		if (error)
			leave_out(passage, index, error);
	}
}

/* The shortest prefix first, for the same reason. */
static int remove_all(struct passage *passage)
{
	const struct policy_part *part = passage->part;
	const struct backend *backend = passage->backend;
	int error = 0;

	for (size_t i = 0; !error && i < passage->removals.count; i++) {
		size_t index = passage->removals.items[i].index;
		__u32 count = 1;

		error = backend->remove(backend->context, part->map, part->key(passage->old, index),
					&count);
		if (error == -ENOENT)
			error = 0;
	}
	return error;
}

static void sort(struct passage *passage)
{
	array_sort(passage->writes.items, passage->writes.count, sizeof(struct item),
		   compare_longest);
	array_sort(passage->removals.items, passage->removals.count, sizeof(struct item),
		   compare_shortest);
}

static void clear(struct passage *passage)
{
	free(passage->writes.items);
	free(passage->removals.items);
	passage->writes = passage->removals = (struct work){0};
}

static int read_all(const struct backend *backend, struct policy *policy)
{
	struct policy found = {0};
	int error = 0;

	for (size_t i = 0; !error && i < POLICY_TABLE_COUNT; i++)
		error = backend->each(backend->context, policy_parts[i].map, policy_parts[i].read,
				      &found);
	if (error) {
		policy_clear(&found);
		return error;
	}
	policy_part_sort(&found);
	*policy = found;
	return 0;
}

/* From an empty table: then what is missing is what no longer prefix decides. */
static int fill_anew(struct passage *passage)
{
	static const struct policy nothing;
	struct policy found;
	int error;

	error = passage->backend->set_flags(passage->backend->context, SHUNT_SETTINGS_SOURCES);
	if (!error)
		error = read_all(passage->backend, &found);
	if (error)
		return error;
	clear(passage);
	passage->old = &found;
	for (size_t i = 0; !error && i < passage->part->count(&found); i++)
		error = add(&passage->removals, passage->part, &found, i);
	sort(passage);
	if (!error)
		error = remove_all(passage);
	clear(passage);
	passage->old = &nothing;
	if (!error)
		error = find_differences(passage);
	sort(passage);
	if (!error)
		write_all(passage);
	policy_clear(&found);
	return error;
}

static int pass(struct passage *passage)
{
	int error = find_differences(passage);

	if (error)
		return error;
	sort(passage);
	write_all(passage);
	if (passage->table->left_out && passage->part->closed)
		return fill_anew(passage);
	error = remove_all(passage);
	/* Room was made. */
	if (!error && passage->table->left_out && passage->removals.count)
		write_all(passage);
	return error;
}

static int apply_part(const struct backend *backend, size_t index, const struct policy *old,
		      const struct policy *new, struct apply_table *table)
{
	struct passage passage = {.part = &policy_parts[index],
				  .backend = backend,
				  .old = old,
				  .new = new,
				  .table = table};
	int error = pass(&passage);

	clear(&passage);
	table->entries = passage.part->count(new) - table->left_out;
	return error;
}

/* Everybody's markers count before the sources go, and no longer when they are there. */
static int apply_all(struct policy_tables *tables, const struct backend *backend,
		     const struct policy *old, const struct policy *new)
{
	int error = 0;

	if (!new->source_count)
		error = backend->set_flags(backend->context, 0);
	for (size_t i = 0; !error && i < POLICY_TABLE_COUNT; i++) {
		error = apply_part(backend, i, old, new, &tables->tables[i]);
		if (!error && policy_maps[i] == PINS_SOURCES && new->source_count)
			error = backend->set_flags(backend->context, SHUNT_SETTINGS_SOURCES);
	}
	return error;
}

int policy_tables_apply(struct policy_tables *tables, const struct backend *backend,
			const struct policy *wanted)
{
	struct policy copy, old = {0};
	bool exact = tables->exact;
	int error;

	error = policy_copy(wanted ? wanted : &tables->policy, &copy);
	if (error)
		return error;
	tables->given = true;
	tables->exact = false;
	if (!exact)
		error = read_all(backend, &old);
	if (!error)
		error = apply_all(tables, backend, exact ? &tables->policy : &old, &copy);
	policy_clear(&old);
	policy_clear(&tables->policy);
	tables->policy = copy;
	tables->exact = !error && !policy_tables_left_out(tables);
	return error;
}

int policy_tables_read(struct policy_tables *tables, const struct backend *backend)
{
	int error = read_all(backend, &tables->policy);

	if (error)
		return error;
	tables->exact = true;
	for (size_t i = 0; i < POLICY_TABLE_COUNT; i++)
		tables->tables[i].entries = policy_parts[i].count(&tables->policy);
	return 0;
}

size_t policy_tables_left_out(const struct policy_tables *tables)
{
	size_t left_out = 0;

	for (size_t i = 0; i < POLICY_TABLE_COUNT; i++)
		left_out += tables->tables[i].left_out;
	return left_out;
}

void policy_tables_clear(struct policy_tables *tables)
{
	policy_clear(&tables->policy);
	*tables = (struct policy_tables){0};
}
