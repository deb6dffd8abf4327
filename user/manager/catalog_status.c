// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/array.h"
#include "user/lib/format.h"
#include "user/lib/text.h"
#include "user/manager/catalog_state.h"

#define MESSAGE_SIZE 128

const char *const catalog_state_names[CATALOG_STATE_COUNT] = {
	[CATALOG_UNRESOLVED] = "Unresolved",
	[CATALOG_PARTIAL] = "Partial",
	[CATALOG_RESOLVED] = "Resolved",
};

/* An endpoint of a row, and which override the row is of. */
struct listed {
	size_t outcome;
	struct shunt_endpoint endpoint;
};

/* Those of a resolution's rows, sorted by outcome, and which is the next to be shown. */
struct listing {
	struct listed *all;
	size_t count;
	size_t next;
};

static int compare_listed(const void *a, const void *b)
{
	const struct listed *one = a, *other = b;

	if (one->outcome != other->outcome)
		return one->outcome < other->outcome ? -1 : 1;
	return address_compare_endpoint(&one->endpoint, &other->endpoint);
}

/* Of the ports of a service each endpoint once. False for want of memory. */
static bool list_endpoints(const struct catalog_resolution *resolution, struct listing *listing)
{
	size_t count = 0;

	for (size_t i = 0; i < resolution->row_count; i++)
		count += resolution->rows[i].endpoint_count;
	listing->all = calloc(count + 1, sizeof(*listing->all));
	if (!listing->all)
		return false;
	for (size_t i = 0; i < resolution->row_count; i++) {
		const struct catalog_row *row = &resolution->rows[i];

		for (size_t j = 0; j < row->endpoint_count; j++)
			listing->all[listing->count++] =
				(struct listed){row->outcome, row->endpoints[j]};
	}
	array_sort(listing->all, listing->count, sizeof(*listing->all), compare_listed);
	listing->count =
		array_unique(listing->all, listing->count, sizeof(*listing->all), compare_listed);
	return true;
}

/* To be called for each outcome in turn. */
static json_t *endpoints_json(struct listing *listing, size_t outcome)
{
	json_t *array = json_array();

	for (; listing->next < listing->count && listing->all[listing->next].outcome == outcome;
	     listing->next++) {
		char text[ADDRESS_ENDPOINT_TEXT_SIZE];

		json_array_append_new(array, json_string(address_format_endpoint(
						     &listing->all[listing->next].endpoint, text)));
	}
	return array;
}

static json_t *outcome_json(const struct catalog_resolution *resolution, size_t index,
			    struct listing *listing)
{
	const struct catalog_outcome *outcome = &resolution->outcomes[index];
	char since[FORMAT_SIZE];

	return json_pack("{s:s, s:s, s:o, s:s*, s:s}", "service", outcome->service, "state",
			 catalog_state_names[outcome->state], "endpoints",
			 endpoints_json(listing, index), "reason", outcome->reason, "since",
			 format_seconds(outcome->since, since));
}

static json_t *overrides_json(const struct catalog_resolution *resolution)
{
	struct listing listing = {0};
	json_t *array = list_endpoints(resolution, &listing) ? json_array() : NULL;

	for (size_t i = 0; array && i < resolution->outcome_count; i++) {
		if (json_array_append_new(array, outcome_json(resolution, i, &listing))) {
			json_decref(array);
			array = NULL;
		}
	}
	free(listing.all);
	return array;
}

static json_t *condition_json(const char *type, bool status, const char *reason,
			      const char *message, time_t since)
{
	char text[FORMAT_SIZE];

	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", type, "status",
			 status ? "True" : "False", "reason", reason, "message", message,
			 "lastTransitionTime", format_seconds(since, text));
}

static json_t *accepted_json(const struct catalog_entry *entry,
			     const struct catalog_resolution *resolution)
{
	if (resolution->accepted || !entry->content.problem)
		return condition_json("Accepted", true, "Understood", "all fields are understood",
				      resolution->accepted_since);
	return condition_json("Accepted", false, "NotUnderstood", entry->content.problem,
			      resolution->accepted_since);
}

static json_t *resolved_json(const struct catalog_resolution *resolution)
{
	char message[MESSAGE_SIZE];
	size_t left = 0;

	if (!resolution->accepted)
		return condition_json("Resolved", false, "NotAccepted",
				      "what is not accepted redirects no request",
				      resolution->resolved_since);
	if (resolution->expired)
		return condition_json("Resolved", false, "Expired",
				      "spec.expires is past; no request is redirected",
				      resolution->resolved_since);
	for (size_t i = 0; i < resolution->outcome_count; i++)
		left += resolution->outcomes[i].state != CATALOG_RESOLVED;
	if (left)
		snprintf(message, sizeof(message), "%zu of %zu overrides %s not resolved", left,
			 resolution->outcome_count, left == 1 ? "is" : "are");
	else
		snprintf(message, sizeof(message), "%zu of %zu overrides %s resolved",
			 resolution->outcome_count, resolution->outcome_count,
			 resolution->outcome_count == 1 ? "is" : "are");
	return condition_json("Resolved", !left, left ? "Unresolved" : "AllResolved", message,
			      resolution->resolved_since);
}

json_t *catalog_status_json(const struct catalog_entry *entry,
			    const struct catalog_resolution *resolution)
{
	char used[FORMAT_SIZE];

	return json_pack("{s:I, s:o, s:[o, o], s:s*}", "observedGeneration", resolution->generation,
			 "overrides", overrides_json(resolution), "conditions",
			 accepted_json(entry, resolution), resolved_json(resolution), "lastUsed",
			 entry->used_told ? format_seconds(entry->used_told, used) : NULL);
}

/* Reads a time; 0 where there is none. */
static time_t read_time(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	time_t time;

	return text && text_parse_time(text, &time) == 0 ? time : 0;
}

static bool has_text(json_t *object, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value && strcmp(value, text) == 0;
}

/* Since when the stored status has this service in this state; 0 where it does not. */
static time_t stored_since(json_t *overrides, size_t index, const struct catalog_outcome *outcome)
{
	size_t count = json_array_size(overrides);

	/* Mostly it stands where it stood. */
	for (size_t i = 0; i < count; i++) {
		json_t *stored = json_array_get(overrides, (index + i) % count);

		if (has_text(stored, "service", outcome->service))
			return has_text(stored, "state", catalog_state_names[outcome->state])
				       ? read_time(stored, "since")
				       : 0;
	}
	return 0;
}

static time_t former_since(const struct catalog_resolution *former, size_t index,
			   const struct catalog_outcome *outcome)
{
	for (size_t i = 0; former && i < former->outcome_count; i++) {
		const struct catalog_outcome *other =
			&former->outcomes[(index + i) % former->outcome_count];

		if (strcmp(other->service, outcome->service) == 0)
			return other->state == outcome->state ? other->since : 0;
	}
	return 0;
}

static time_t stored_transition(json_t *stored, const char *type, bool status)
{
	json_t *conditions = json_object_get(stored, "conditions"), *condition;
	size_t i;

	json_array_foreach(conditions, i, condition)
	{
		if (has_text(condition, "type", type))
			return has_text(condition, "status", status ? "True" : "False")
				       ? read_time(condition, "lastTransitionTime")
				       : 0;
	}
	return 0;
}

static time_t first_of(time_t stored, time_t former, time_t now)
{
	return stored ? stored : former ? former : now;
}

void catalog_status_date(struct catalog_entry *entry, json_t *stored, time_t now)
{
	const struct catalog_resolution *former = entry->resolution;
	struct catalog_resolution *next = entry->next;
	json_t *overrides = json_object_get(stored, "overrides");
	time_t was;

	for (size_t i = 0; i < next->outcome_count; i++) {
		struct catalog_outcome *outcome = &next->outcomes[i];

		outcome->since = first_of(stored_since(overrides, i, outcome),
					  former_since(former, i, outcome), now);
	}
	was = former && former->accepted == next->accepted ? former->accepted_since : 0;
	next->accepted_since =
		first_of(stored_transition(stored, "Accepted", next->accepted), was, now);
	was = former && former->resolved == next->resolved ? former->resolved_since : 0;
	next->resolved_since =
		first_of(stored_transition(stored, "Resolved", next->resolved), was, now);
}

void catalog_status_used(struct catalog_entry *entry, json_t *stored)
{
	time_t used = read_time(stored, "lastUsed");

	if (used > entry->about.last_used)
		entry->about.last_used = used;
	/* Of what several managers write, the one that is there stays, unless it is out of date. */
	if (used && entry->used_told < used + CATALOG_USED_STEP)
		entry->used_told = used;
}
