// SPDX-License-Identifier: Apache-2.0
#include "user/agent/selftest_known.h"

#include <string.h>
#include "user/agent/element.h"
#include "user/lib/address.h"

#define BAD_FIRST 8 /* of a round: that all that is bad does not keep new ones waiting */

struct selection {
	struct known *known;
	struct shunt_endpoint *chosen;
	size_t count;
};

static bool is_tested(const struct mirror *mirror, __u32 slot)
{
	const struct mirror_element *element = &mirror_endpoint(&mirror->offloaded, slot)->element;
	struct shunt_offloaded value;

	if (!element->used || !element->wanted || !element->current)
		return false;
	element_encode_value(mirror, PINS_OFFLOADED, slot, &value);
	return value.fence == SHUNT_FENCE_ENFORCE && value.flags & SHUNT_OFFLOADED_TARGET;
}

static struct known_row *find(struct known *known, const struct shunt_endpoint *endpoint)
{
	for (size_t i = 0; i < known->count; i++)
		if (address_compare_endpoint(&known->rows[i].endpoint, endpoint) == 0)
			return &known->rows[i];
	return NULL;
}

static void forget_others(struct known *known, const struct mirror *mirror)
{
	size_t kept = 0;
	__u32 slot;

	for (size_t i = 0; i < known->count; i++) {
		slot = mirror_find_endpoint(mirror, &mirror->offloaded, &known->rows[i].endpoint);
		if (slot != MIRROR_NONE && is_tested(mirror, slot))
			known->rows[kept++] = known->rows[i];
	}
	known->count = kept;
}

static bool is_bad(const struct known_row *row)
{
	return probe_is_bad(row->said);
}

/* The one that waits longest among the bad or the others and is not chosen yet, or NULL. */
static struct known_row *find_oldest(struct known *known, bool bad)
{
	struct known_row *oldest = NULL;

	for (size_t i = 0; i < known->count; i++) {
		struct known_row *row = &known->rows[i];

		if (row->turn != known->turn && is_bad(row) == bad &&
		    (!oldest || row->turn < oldest->turn))
			oldest = row;
	}
	return oldest;
}

static void take(struct selection *selection, struct known_row *row)
{
	row->turn = selection->known->turn;
	selection->chosen[selection->count++] = row->endpoint;
}

static void take_known(struct selection *selection, bool bad, size_t limit)
{
	struct known_row *row;

	while (selection->count < limit && (row = find_oldest(selection->known, bad)))
		take(selection, row);
}

/* A place for one that is not known, or NULL. */
static struct known_row *make_room(struct known *known, bool replace)
{
	if (known->count < KNOWN_MAX)
		return &known->rows[known->count++];
	return replace ? find_oldest(known, false) : NULL;
}

static void take_new(struct selection *selection, const struct mirror *mirror, bool replace)
{
	const struct mirror_table *table = &mirror->offloaded;
	struct known *known = selection->known;
	__u32 start = known->cursor, slot;
	struct known_row *row;

	for (size_t i = 0; i < table->count && selection->count < KNOWN_ROUND; i++) {
		slot = (__u32)((start + i) % table->count);
		if (!is_tested(mirror, slot) ||
		    find(known, &mirror_endpoint(table, slot)->endpoint))
			continue;
		row = make_room(known, replace);
		if (!row)
			break;
		*row = (struct known_row){.endpoint = mirror_endpoint(table, slot)->endpoint,
					  .result = PROBE_UNTESTED,
					  .said = PROBE_ARRIVED};
		take(selection, row);
		known->cursor = slot + 1;
	}
}

size_t known_choose(struct known *known, const struct mirror *mirror, bool all,
		    struct shunt_endpoint chosen[KNOWN_ROUND])
{
	struct selection selection = {known, chosen, 0};

	known->turn++;
	forget_others(known, mirror);
	take_known(&selection, true, BAD_FIRST);
	take_new(&selection, mirror, all);
	if (all) {
		take_known(&selection, false, KNOWN_ROUND);
		take_known(&selection, true, KNOWN_ROUND);
	}
	return selection.count;
}

bool known_note(struct known *known, const struct shunt_endpoint *endpoint,
		enum probe_result result)
{
	struct known_row *row = find(known, endpoint);

	if (!row)
		return false;
	row->result = result;
	/* What says nothing of the way takes back nothing either. */
	if (row->said == result || (result != PROBE_ARRIVED && !probe_is_bad(result)))
		return false;
	row->said = result;
	return true;
}

void known_count(const struct known *known, size_t counts[PROBE_RESULT_COUNT])
{
	memset(counts, 0, PROBE_RESULT_COUNT * sizeof(*counts));
	for (size_t i = 0; i < known->count; i++)
		counts[known->rows[i].result]++;
}
