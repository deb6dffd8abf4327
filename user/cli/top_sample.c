// SPDX-License-Identifier: Apache-2.0
#include "user/cli/top_sample.h"

#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/clock.h"

static int compare_ids(const void *a, const void *b)
{
	const struct top_count *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static struct top_count *find(const struct top_sample *sample, __u32 id)
{
	struct top_count wanted = {.id = id};
	size_t found = array_lower_bound(&wanted, sample->items, sample->count, sizeof(wanted),
					 compare_ids);

	return found < sample->count && sample->items[found].id == id ? &sample->items[found]
								      : NULL;
}

static int on_counts(void *argument, const void *key, const void *value)
{
	struct top_sample *sample = argument;
	struct top_count item = {0};
	__u64 sums[3];
	int error;

	memcpy(&item.id, key, sizeof(item.id));
	maps_add_up(value, sums, 3);
	item.counts = (struct shunt_override_stats){sums[0], sums[1], sums[2]};
	error = array_grow(&sample->items, &sample->capacity, sample->count, sizeof(item));
	if (!error)
		sample->items[sample->count++] = item;
	return error;
}

static int on_override(void *argument, const void *key, const void *value)
{
	const struct shunt_override *override = value;
	struct top_count *item = find(argument, override->id);

	if (item)
		memcpy(&item->key, key, sizeof(item->key));
	return 0;
}

/* Returns whether one has no name. */
static bool take_names(const struct top_sample *before, struct top_sample *sample)
{
	bool missing = false;

	for (size_t i = 0; i < sample->count; i++) {
		const struct top_count *known = find(before, sample->items[i].id);

		if (known)
			sample->items[i].key = known->key;
		else
			missing = true;
	}
	return missing;
}

int top_sample_read(const struct maps *maps, const struct top_sample *before,
		    struct top_sample *sample)
{
	struct top_sample read = {.time = clock_monotonic()};
	int error;

	error = maps_each(maps->fds[PINS_OVERRIDE_STATS], 0, on_counts, &read);
	array_sort(read.items, read.count, sizeof(*read.items), compare_ids);
	/* A million overrides are not walked through for those that are known. */
	if (!error && take_names(before, &read))
		error = maps_each(maps->fds[PINS_OVERRIDES], 0, on_override, &read);
	if (error)
		top_sample_clear(&read);
	else
		*sample = read;
	return error;
}

void top_sample_clear(struct top_sample *sample)
{
	free(sample->items);
	*sample = (struct top_sample){0};
}

static int compare_keys(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;
	int order = strncmp(x->key.context, y->key.context, sizeof(x->key.context));

	return order ? order
		     : (x->key.service > y->key.service) - (x->key.service < y->key.service);
}

static int compare_busy(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;

	if (x->since.requests != y->since.requests)
		return x->since.requests < y->since.requests ? 1 : -1;
	if (x->total.requests != y->total.requests)
		return x->total.requests < y->total.requests ? 1 : -1;
	return compare_keys(a, b);
}

static void add(struct shunt_override_stats *sum, const struct shunt_override_stats *more)
{
	sum->requests += more->requests;
	sum->moves += more->moves;
	sum->failures += more->failures;
}

/* Counts only grow, but those of an id that another override got meanwhile begin anew. */
static struct shunt_override_stats grown(const struct top_count *before,
					 const struct shunt_override_stats *now)
{
	struct shunt_override_stats since = *now;

	if (before && before->counts.requests <= now->requests &&
	    before->counts.moves <= now->moves && before->counts.failures <= now->failures) {
		since.requests -= before->counts.requests;
		since.moves -= before->counts.moves;
		since.failures -= before->counts.failures;
	}
	return since;
}

static struct top_row make_row(const struct top_sample *before, const struct top_count *item,
			       enum top_by by)
{
	struct top_row row = {.key = item->key, .total = item->counts};

	if (by == TOP_BY_CONTEXT)
		row.key.service = 0;
	if (by == TOP_BY_SERVICE)
		memset(row.key.context, 0, sizeof(row.key.context));
	row.since = grown(find(before, item->id), &item->counts);
	return row;
}

struct top_row *top_rows(const struct top_sample *before, const struct top_sample *now,
			 enum top_by by, size_t *count)
{
	struct top_row *rows = calloc(now->count + 1, sizeof(*rows));
	size_t made = 0, kept = 0;

	*count = 0;
	if (!rows)
		return NULL;
	/* Those of removed overrides, which moved connections still count for, have no name. */
	for (size_t i = 0; i < now->count; i++)
		if (now->items[i].key.context[0])
			rows[made++] = make_row(before, &now->items[i], by);
	array_sort(rows, made, sizeof(*rows), compare_keys);
	for (size_t i = 0; i < made; i++) {
		if (kept && compare_keys(&rows[kept - 1], &rows[i]) == 0) {
			add(&rows[kept - 1].total, &rows[i].total);
			add(&rows[kept - 1].since, &rows[i].since);
		} else {
			rows[kept++] = rows[i];
		}
	}
	array_sort(rows, kept, sizeof(*rows), compare_busy);
	*count = kept;
	return rows;
}
