// SPDX-License-Identifier: Apache-2.0
#include "user/agent/recover.h"

#include <errno.h>
#include <stdlib.h>
#include "user/agent/recover_read.h"
#include "user/agent/uses.h"
#include "user/lib/array.h"

static int compare_ids(const void *a, const void *b)
{
	const __u32 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Frontends that only moved connections have tracked are on the list until these are gone. */
static int queue_lingering(struct mirror *mirror)
{
	int error = 0;

	for (__u32 i = 0; !error && i < mirror->frontends.count; i++)
		if (mirror_lingers(mirror, mirror_endpoint(&mirror->frontends, i)))
			error = mirror_table_queue(&mirror->frontends, i);
	return error;
}

/* Those of the ids that have counts for which there is no override. */
static int find_retired(struct recover_reading *reading)
{
	struct mirror *mirror = &reading->mirror;
	size_t count = mirror->overrides.count;
	__u32 *ids = calloc(count + 1, sizeof(*ids));
	int error = 0;

	if (!ids)
		return -ENOMEM;
	for (__u32 i = 0; i < count; i++)
		ids[i] = mirror_override(mirror, i)->id;
	array_sort(ids, count, sizeof(*ids), compare_ids);
	for (size_t i = 0; !error && i < reading->counted_count; i++) {
		__u32 id = reading->counted[i];
		size_t found = array_lower_bound(&id, ids, count, sizeof(id), compare_ids);

		if (found < count && ids[found] == id)
			continue;
		error = array_grow(&mirror->retired, &mirror->retired_capacity,
				   mirror->retired_count, sizeof(*mirror->retired));
		if (!error)
			mirror->retired[mirror->retired_count++] = id;
	}
	free(ids);
	return error;
}

static void raise_above(__u32 *next, __u32 used)
{
	if (*next <= used)
		*next = used + 1;
}

static int find_next_ids(const struct backend *backend, const struct recover_reading *reading,
			 struct mirror *mirror)
{
	struct uses uses;
	int error;

	error = uses_read(backend, &uses);
	if (error)
		return error;
	for (__u32 i = 0; i < mirror->services.count; i++)
		raise_above(&mirror->next_service_id, mirror_service(mirror, i)->id);
	for (size_t i = 0; i < uses.service_count; i++)
		raise_above(&mirror->next_service_id, uses.services[i]);
	for (__u32 i = 0; i < mirror->overrides.count; i++)
		raise_above(&mirror->next_override_id, mirror_override(mirror, i)->id);
	for (size_t i = 0; i < reading->counted_count; i++)
		raise_above(&mirror->next_override_id, reading->counted[i]);
	for (size_t i = 0; i < uses.override_count; i++)
		raise_above(&mirror->next_override_id, uses.overrides[i]);
	uses_clear(&uses);
	return 0;
}

int recover_mirror(const struct backend *backend, struct mirror *mirror)
{
	struct recover_reading reading;
	int error;

	error = recover_read(backend, &reading);
	if (!error)
		error = queue_lingering(&reading.mirror);
	if (!error)
		error = find_retired(&reading);
	if (!error)
		error = find_next_ids(backend, &reading, &reading.mirror);
	if (!error) {
		*mirror = reading.mirror;
		reading.mirror = (struct mirror){0};
	}
	recover_read_clear(&reading);
	return error;
}
