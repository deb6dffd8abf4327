// SPDX-License-Identifier: Apache-2.0
#include "user/agent/policy_passage.h"

#include <errno.h>
#include <stdlib.h>
#include "user/lib/array.h"

static const struct policy nothing;

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

static void clear(const struct passage *passage)
{
	free(passage->writes.items);
	free(passage->removals.items);
}

static int prepare(struct passage *passage)
{
	int error = find_differences(passage);

	if (!error) {
		array_sort(passage->writes.items, passage->writes.count, sizeof(struct item),
			   compare_longest);
		array_sort(passage->removals.items, passage->removals.count, sizeof(struct item),
			   compare_shortest);
	}
	return error;
}

static int empty(const struct policy_part *part, const struct backend *backend)
{
	struct passage passage = {.part = part, .backend = backend, .new = &nothing};
	struct policy found;
	int error = policy_parts_read(backend, &found);

	if (error)
		return error;
	passage.old = &found;
	error = prepare(&passage);
	if (!error)
		error = remove_all(&passage);
	clear(&passage);
	policy_clear(&found);
	return error;
}

/* From an empty table: then what is missing is what no longer prefix decides. */
static int fill_anew(const struct passage *failed)
{
	struct passage passage = {.part = failed->part,
				  .backend = failed->backend,
				  .old = &nothing,
				  .new = failed->new,
				  .table = failed->table};
	const struct backend *backend = failed->backend;
	int error;

	error = backend->set_flags(backend->context, SHUNT_SETTINGS_SOURCES);
	if (!error)
		error = empty(failed->part, backend);
	if (!error)
		error = prepare(&passage);
	if (!error)
		write_all(&passage);
	clear(&passage);
	return error;
}

static int pass(struct passage *passage)
{
	int error = prepare(passage);

	if (error)
		return error;
	write_all(passage);
	if (passage->table->left_out && passage->part->closed)
		return fill_anew(passage);
	error = remove_all(passage);
	/* Room was made. */
	if (!error && passage->table->left_out && passage->removals.count)
		write_all(passage);
	return error;
}

int policy_passage(const struct policy_part *part, const struct backend *backend,
		   const struct policy *old, const struct policy *new, struct apply_table *table)
{
	struct passage passage = {
		.part = part, .backend = backend, .old = old, .new = new, .table = table};
	int error = pass(&passage);

	clear(&passage);
	table->entries = part->count(new) - table->left_out;
	return error;
}
