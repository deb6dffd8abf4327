// SPDX-License-Identifier: Apache-2.0
#include "user/agent/batch.h"

#include <errno.h>

void batch_leave_out(struct batch *batch, size_t item, int error)
{
	struct apply_table *table = &batch->report->tables[batch->map];

	if (table->left_out++ == 0) {
		table->error = error;
		element_describe(batch->mirror, batch->map, item, table->first);
	}
}

/* One that is still wanted is another one for those who count, when it comes back. */
static void retire(struct mirror *mirror, __u32 item)
{
	struct mirror_override *override = mirror_override(mirror, item);

	/* mirror_change() or mirror_bar_override() has made the room. */
	mirror->retired[mirror->retired_count++] = override->id;
	if (override->element.wanted)
		override->id = mirror->next_override_id++;
}

static void settle(struct batch *batch, __u32 item)
{
	struct mirror_table *table = mirror_table(batch->mirror, batch->map);
	struct mirror_element *element = mirror_table_get(table, item);

	if (batch->map == PINS_OFFLOADED)
		mirror_endpoint(table, item)->withdrawn = false;
	if (batch->removal) {
		table->present -= element->present;
		element->present = element->current = false;
		batch->report->removed++;
		if (batch->map == PINS_OVERRIDES)
			retire(batch->mirror, item);
		return;
	}
	table->present += !element->present;
	element->present = element->current = true;
	batch->report->written++;
}

static int send_rest(struct batch *batch, __u32 done, __u32 *count)
{
	const struct backend *backend = batch->backend;
	const char *keys = batch->keys + done * element_key_size(batch->map);
	const char *values = batch->values + done * element_value_size(batch->map);

	*count = batch->count - done;
	if (batch->removal)
		return backend->remove(backend->context, batch->map, keys, count);
	return backend->update(backend->context, batch->map, keys, values, count);
}

void batch_flush(struct batch *batch)
{
	__u32 done = 0;

	while (done < batch->count) {
		__u32 count;
		int error = send_rest(batch, done, &count);

		for (__u32 end = done + count; done < end; done++)
			settle(batch, batch->items[done]);
		if (!error || done == batch->count)
			continue;
		if (batch->removal && error == -ENOENT)
			settle(batch, batch->items[done]);
		else if (!batch->removal)
			batch_leave_out(batch, batch->items[done], error);
		done++;
	}
	batch->count = 0;
}

void batch_begin(struct batch *batch, enum pins_map map, bool removal)
{
	batch->map = map;
	batch->removal = removal;
	batch->count = 0;
}

void batch_add(struct batch *batch, __u32 item)
{
	__u32 slot = batch->count++;

	batch->items[slot] = item;
	element_encode_key(batch->mirror, batch->map, item,
			   batch->keys + slot * element_key_size(batch->map));
	if (!batch->removal)
		element_encode_value(batch->mirror, batch->map, item,
				     batch->values + slot * element_value_size(batch->map));
	if (batch->count == BATCH_SIZE)
		batch_flush(batch);
}
