// SPDX-License-Identifier: Apache-2.0
#include "user/cli/status.h"

#include <stdio.h>
#include <stdlib.h>
#include "user/cli/status_read.h"
#include "user/lib/clock.h"
#include "user/lib/format.h"
#include "user/lib/reason.h"

/* ns since the generation was applied; 0 where the clock was set back. */
static __u64 get_age(const struct status *status)
{
	__u64 now = clock_wall(), applied = status->settings.applied_at * CLOCK_SECOND;

	return now > applied ? now - applied : 0;
}

static const char *describe_filters(const struct filters *filters)
{
	if (filters->from_pod && filters->to_pod)
		return "from_pod, to_pod";
	return filters->from_pod ? "from_pod only" : filters->to_pod ? "to_pod only" : "none";
}

/* With the network namespace that it is in, where that is not the node's. */
static void print_link(const struct status_link *link)
{
	char text[NETNS_NAME_SIZE + IFNAMSIZ];

	snprintf(text, sizeof(text), "%s%s%s", link->netns_name, link->netns ? "/" : "",
		 link->name);
	printf("%-16s %s\n", text, describe_filters(&link->filters));
}

static bool counts_propagation(const struct status *status)
{
	return status->settings.flags & SHUNT_SETTINGS_PROPAGATION;
}

static void print_head(const struct status *status)
{
	char age[FORMAT_SIZE];

	if (!status->settings.generation)
		printf("generation: none applied yet\n");
	else
		printf("generation: %llu, applied %s ago\n",
		       (unsigned long long)status->settings.generation,
		       format_age(get_age(status), age));
	if (status->epoch)
		printf("passports: made with the key of epoch %u\n", status->epoch);
	else
		printf("passports: there is no key to make them with\n");
	printf("propagation: %s\n", counts_propagation(status)
					    ? "calls without a context are counted"
					    : "not counted; see `shuntd --propagation`");
	printf("\n%-13s %10s %10s\n", "table", "entries", "capacity");
	for (size_t i = 0; i < STATUS_TABLE_COUNT; i++)
		printf("%-13s %10u %10u\n", pins_map_names[status->tables[i].map],
		       status->tables[i].count, status->tables[i].capacity);
	printf("\n%-16s programs\n", "link");
	for (size_t i = 0; i < status->link_count; i++)
		print_link(&status->links[i]);
	for (size_t i = 0; i < status->uplink_count; i++)
		printf("%-16s fence, %s\n", status->uplinks[i].name,
		       uplink_mode_names[status->uplinks[i].mode]);
}

static void print_markers(const struct status *status)
{
	printf("\n%-16s name\n", "marker");
	for (size_t i = 0; i < status->marker_count; i++)
		printf("%-16s %s\n", markers_form_label(status->markers[i].form),
		       status->markers[i].name);
}

static void print_counts(const struct maps *maps, const struct status *status)
{
	char service[SHUNT_SERVICE_NAME_MAX + 1];

	printf("\n%-22s %10s\n", "event", "count");
	for (unsigned int i = 0; i < SHUNT_REASON_COUNT; i++)
		if (status->counts[i])
			printf("%-22s %10llu  %s\n", reason_label(i),
			       (unsigned long long)status->counts[i], reason_text(i));
	printf("\n%10s %10s %10s  override\n", "requests", "moves", "failures");
	for (size_t i = 0; i < status->override_count; i++) {
		const struct status_override *override = &status->overrides[i];

		printf("%10llu %10llu %10llu  %s  %s\n",
		       (unsigned long long) override->counts.requests,
		       (unsigned long long) override->counts.moves,
		       (unsigned long long) override->counts.failures, override->key.context,
		       maps_service_name(maps, override->key.service, service));
	}
}

static json_t *tables_to_json(const struct status *status)
{
	json_t *tables = json_object();

	for (size_t i = 0; i < STATUS_TABLE_COUNT; i++)
		json_object_set_new(tables, pins_map_names[status->tables[i].map],
				    json_pack("{s:I, s:I}", "entries",
					      (json_int_t)status->tables[i].count, "capacity",
					      (json_int_t)status->tables[i].capacity));
	return tables;
}

static json_t *link_to_json(const struct status_link *link)
{
	json_t *json = json_pack("{s:s, s:I, s:b, s:b}", "name", link->name, "ifindex",
				 (json_int_t)link->ifindex, "from_pod", (int)link->filters.from_pod,
				 "to_pod", (int)link->filters.to_pod);

	if (link->netns) {
		json_object_set_new(json, "netns", json_integer((json_int_t)link->netns));
		json_object_set_new(json, "netns_name", json_string(link->netns_name));
	}
	return json;
}

static json_t *links_to_json(const struct status *status)
{
	json_t *links = json_array();

	for (size_t i = 0; i < status->link_count; i++)
		json_array_append_new(links, link_to_json(&status->links[i]));
	return links;
}

static json_t *uplinks_to_json(const struct status *status)
{
	json_t *uplinks = json_array();

	for (size_t i = 0; i < status->uplink_count; i++)
		json_array_append_new(
			uplinks, json_pack("{s:s, s:I, s:s}", "name", status->uplinks[i].name,
					   "ifindex", (json_int_t)status->uplinks[i].ifindex,
					   "mode", uplink_mode_names[status->uplinks[i].mode]));
	return uplinks;
}

/* In order of precedence. */
static json_t *markers_to_json(const struct status *status)
{
	json_t *markers = json_array();

	for (size_t i = 0; i < status->marker_count; i++) {
		const struct marker *marker = &status->markers[i];
		char field[SHUNT_MARKER_NAME_MAX + 1];

		json_array_append_new(markers, json_pack("{s:s, s:s, s:s?}", "form",
							 markers_form_label(marker->form), "name",
							 marker->name, "field",
							 markers_field_name(marker, field)));
	}
	return markers;
}

static json_t *events_to_json(const struct status *status)
{
	json_t *events = json_object();

	for (unsigned int i = 0; i < SHUNT_REASON_COUNT; i++)
		if (status->counts[i])
			json_object_set_new(events, reason_label(i),
					    json_integer((json_int_t)status->counts[i]));
	return events;
}

static json_t *overrides_to_json(const struct maps *maps, const struct status *status)
{
	char service[SHUNT_SERVICE_NAME_MAX + 1];
	json_t *overrides = json_array();

	for (size_t i = 0; i < status->override_count; i++) {
		const struct status_override *override = &status->overrides[i];

		maps_service_name(maps, override->key.service, service);
		json_array_append_new(overrides,
				      json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "context",
						override->key.context, "service", service, "id",
						(json_int_t) override->id, "requests",
						(json_int_t) override->counts.requests, "moves",
						(json_int_t) override->counts.moves, "failures",
						(json_int_t) override->counts.failures));
	}
	return overrides;
}

static json_t *to_json(const struct maps *maps, const struct status *status)
{
	char applied[FORMAT_SIZE];

	format_timestamp(status->settings.applied_at * CLOCK_SECOND, applied);
	return json_pack(
		"{s:I, s:s?, s:I, s:I, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "generation",
		(json_int_t)status->settings.generation, "applied_at",
		status->settings.generation ? applied : NULL, "age_seconds",
		(json_int_t)(status->settings.generation ? get_age(status) / CLOCK_SECOND : 0),
		"key_epoch", (json_int_t)status->epoch, "propagation",
		(int)counts_propagation(status), "tables", tables_to_json(status), "links",
		links_to_json(status), "uplinks", uplinks_to_json(status), "markers",
		markers_to_json(status), "events", events_to_json(status), "overrides",
		overrides_to_json(maps, status));
}

int status_run(struct globals *globals, int argc, char **argv)
{
	struct status status;
	struct maps maps;
	int error;

	command_parse(
		globals, argc, argv,
		"Print the generation that is applied, how full the tables are, the links with "
		"their programs, the markers that are obeyed, the first of which takes precedence, "
		"and the counts of events and of overrides that were used.");
	if (command_open_maps(globals, &maps))
		return EXIT_FAILURE;
	error = status_read(globals->bpffs, &maps, &status);
	if (error) {
		maps_close(&maps);
		return command_fail(globals, error);
	}
	if (globals->json) {
		error = command_print_json(to_json(&maps, &status), false);
	} else {
		print_head(&status);
		print_markers(&status);
		print_counts(&maps, &status);
		error = fflush(stdout);
	}
	status_clear(&status);
	maps_close(&maps);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
