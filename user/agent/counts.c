// SPDX-License-Identifier: Apache-2.0
#include "user/agent/counts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"

#define NUMBERS (sizeof(struct shunt_override_stats) / sizeof(__u64))

static int compare_entries(const void *a, const void *b)
{
	const struct counts_entry *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static struct counts_entry *find(const struct counts_list *list, __u32 id)
{
	const struct counts_entry key = {.id = id};
	size_t found =
		array_lower_bound(&key, list->entries, list->count, sizeof(key), compare_entries);

	return found < list->count && list->entries[found].id == id ? &list->entries[found] : NULL;
}

static void clear_list(struct counts_list *list)
{
	free(list->entries);
	*list = (struct counts_list){0};
}

static int add(struct counts_list *list, __u32 id, __u64 requests)
{
	int error =
		array_grow(&list->entries, &list->capacity, list->count, sizeof(*list->entries));

	if (!error)
		list->entries[list->count++] =
			(struct counts_entry){.id = id, .slot = MIRROR_NONE, .requests = requests};
	return error;
}

static int on_counts(void *argument, const void *key, const void *value)
{
	__u64 sums[NUMBERS];
	__u32 id;

	memcpy(&id, key, sizeof(id));
	maps_add_up(value, sums, NUMBERS);
	/* The requests come first. */
	return add(argument, id, sums[0]);
}

static int read_all(const struct backend *backend, struct counts_list *list)
{
	int error;

	*list = (struct counts_list){0};
	error = backend->each(backend->context, PINS_OVERRIDE_STATS, on_counts, list);
	if (error) {
		clear_list(list);
		return error;
	}
	/* An element may be seen twice where others are removed meanwhile. */
	array_sort(list->entries, list->count, sizeof(*list->entries), compare_entries);
	list->count =
		array_unique(list->entries, list->count, sizeof(*list->entries), compare_entries);
	return 0;
}

int counts_start(struct counts *counts, const struct backend *backend)
{
	*counts = (struct counts){0};
	return read_all(backend, &counts->told);
}

static __u64 requests_told(const struct counts *counts, __u32 id)
{
	const struct counts_entry *told = find(&counts->told, id);

	return told ? told->requests : 0;
}

/* The entries that have something new, up to the limit; the others stay as they were told. */
static int choose(const struct counts *counts, struct counts_list *now, struct counts_list *chosen)
{
	int error = 0;

	for (size_t i = 0; !error && i < now->count; i++) {
		struct counts_entry *entry = &now->entries[i];
		__u64 told = requests_told(counts, entry->id);

		if (entry->requests > told && chosen->count < COUNTS_USES_MAX)
			error = add(chosen, entry->id, entry->requests - told);
		else if (entry->requests > told)
			entry->requests = told;
	}
	return error;
}

static void find_slots(const struct mirror *mirror, struct counts_list *chosen)
{
	for (__u32 slot = 0; slot < mirror->overrides.count; slot++) {
		const struct mirror_override *override = mirror_override(mirror, slot);
		struct counts_entry *entry =
			override->element.used ? find(chosen, override->id) : NULL;

		if (entry)
			entry->slot = slot;
	}
}

static size_t name_uses(const struct mirror *mirror, const struct counts_list *chosen,
			struct counts_use *uses)
{
	size_t count = 0;

	for (size_t i = 0; i < chosen->count; i++) {
		const struct counts_entry *entry = &chosen->entries[i];
		const struct mirror_override *override;

		/* It is gone by now: nobody asks when it was used. */
		if (entry->slot == MIRROR_NONE)
			continue;
		override = mirror_override(mirror, entry->slot);
		uses[count++] = (struct counts_use){
			.context = mirror_context(mirror, override->context)->name,
			.service = mirror_service(mirror, override->service)->name,
			.requests = entry->requests,
		};
	}
	return count;
}

int counts_collect(struct counts *counts, const struct backend *backend,
		   const struct mirror *mirror, struct counts_use **uses, size_t *count)
{
	struct counts_list now, chosen = {0};
	struct counts_use *named = NULL;
	int error;

	error = read_all(backend, &now);
	if (error)
		return error;
	error = choose(counts, &now, &chosen);
	if (!error) {
		named = calloc(chosen.count + 1, sizeof(*named));
		error = named ? 0 : -ENOMEM;
	}
	if (error) {
		clear_list(&now);
	} else {
		/* All of the mirror is looked through, but only where something was used. */
		if (chosen.count)
			find_slots(mirror, &chosen);
		*count = name_uses(mirror, &chosen, named);
		*uses = named;
		clear_list(&counts->pending);
		counts->pending = now;
	}
	clear_list(&chosen);
	return error;
}

void counts_told(struct counts *counts)
{
	clear_list(&counts->told);
	counts->told = counts->pending;
	counts->pending = (struct counts_list){0};
}

void counts_clear(struct counts *counts)
{
	clear_list(&counts->told);
	clear_list(&counts->pending);
}
