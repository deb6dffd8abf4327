// SPDX-License-Identifier: Apache-2.0
#include "user/agent/metrics.h"

#include <time.h>
#include "user/agent/agent.h"
#include "user/lib/clock.h"
#include "user/lib/reason.h"
#include "user/lib/version.h"

static void begin(FILE *file, const char *name, const char *type, const char *help)
{
	fprintf(file, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_one(FILE *file, const char *name, const char *type, const char *help, __u64 value)
{
	begin(file, name, type, help);
	fprintf(file, "%s %llu\n", name, (unsigned long long)value);
}

static int write_events(FILE *file, const struct maps *maps)
{
	__u64 counts[SHUNT_REASON_COUNT];
	int error;

	error = maps_read_stats(maps, counts);
	if (error)
		return error;
	begin(file, "shunt_events_total", "counter",
	      "What happened to requests, connections and packets, by reason.");
	for (unsigned int i = 0; i < SHUNT_REASON_COUNT; i++)
		fprintf(file, "shunt_events_total{reason=\"%s\"} %llu\n", reason_label(i),
			(unsigned long long)counts[i]);
	return 0;
}

static void write_table(FILE *file, const char *name, enum pins_map map, __u64 value)
{
	fprintf(file, "%s{table=\"%s\"} %llu\n", name, pins_map_names[map],
		(unsigned long long)value);
}

/* Those that the kernel fills are counted there, those that we fill are known. */
static int write_entries(FILE *file, const struct maps *maps, const struct sync *sync)
{
	static const enum pins_map counted[] = {PINS_FLOWS, PINS_HELD};
	int error;
	__u32 count;

	begin(file, "shunt_table_entries", "gauge", "Elements in a table.");
	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++)
		write_table(file, "shunt_table_entries", apply_tables[i],
			    sync->report.tables[apply_tables[i]].entries);
	for (size_t i = 0; i < POLICY_TABLE_COUNT; i++)
		write_table(file, "shunt_table_entries", policy_maps[i],
			    sync->policy.tables[i].entries);
	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
		error = maps_count(maps->fds[counted[i]], &count);
		if (error)
			return error;
		write_table(file, "shunt_table_entries", counted[i], count);
	}
	return 0;
}

static int write_capacities(FILE *file, const struct maps *maps)
{
	static const enum pins_map sized[] = {PINS_SERVICES,  PINS_OFFLOADED, PINS_FRONTENDS,
					      PINS_OVERRIDES, PINS_SOURCES,   PINS_FENCE_ALLOWED,
					      PINS_STEERED,   PINS_FLOWS,     PINS_HELD};
	int error;
	__u32 capacity;

	begin(file, "shunt_table_capacity", "gauge", "Elements that a table has room for.");
	for (size_t i = 0; i < sizeof(sized) / sizeof(sized[0]); i++) {
		error = maps_capacity(maps->fds[sized[i]], &capacity);
		if (error)
			return error;
		write_table(file, "shunt_table_capacity", sized[i], capacity);
	}
	return 0;
}

static int write_generation(FILE *file, const struct maps *maps)
{
	struct shunt_settings settings;
	__u64 now = (__u64)time(NULL);
	int error;

	error = maps_read_settings(maps, &settings);
	if (error)
		return error;
	write_one(file, "shunt_generation", "gauge", "Generation of the tables that is applied.",
		  settings.generation);
	if (settings.generation)
		write_one(file, "shunt_generation_age_seconds", "gauge",
			  "Time since that generation was applied.",
			  now > settings.applied_at ? now - settings.applied_at : 0);
	return 0;
}

static int write_epoch(FILE *file, const struct maps *maps)
{
	__u32 epoch;
	int error = maps_read_epoch(maps, &epoch);

	if (!error)
		write_one(file, "shunt_key_epoch", "gauge",
			  "Epoch of the key that passports are made with; 0: there is none.",
			  epoch);
	return error;
}

static void write_links(FILE *file, const struct links *links)
{
	size_t attached, chosen;

	links_count(links, &attached, &chosen);
	write_one(file, "shunt_links_attached", "gauge", "Links with our programs.", attached);
	write_one(file, "shunt_links_chosen", "gauge", "Links that should have our programs.",
		  chosen);
	write_one(file, "shunt_attach_failures_total", "counter",
		  "Attempts to attach to a link that failed.", links->failures);
}

static void write_uplinks(FILE *file, const struct uplinks *uplinks)
{
	size_t attached, chosen;

	uplinks_count(uplinks, &attached, &chosen);
	write_one(file, "shunt_uplinks_attached", "gauge", "Physical links with the fence.",
		  attached);
	write_one(file, "shunt_uplinks_chosen", "gauge",
		  "Physical links that should have the fence.", chosen);
	write_one(file, "shunt_uplink_failures_total", "counter",
		  "Attempts to attach the fence to a physical link that failed.",
		  uplinks->failures);
}

static void write_manifests(FILE *file, const struct source_manifests *manifests)
{
	write_one(file, "shunt_manifest_problems", "gauge",
		  "Problems for which the manifests are refused; the last good tables are in use.",
		  manifests->refused.count + manifests->refused.dropped);
	write_one(file, "shunt_overrides_unresolved", "gauge",
		  "Overrides without an endpoint; their requests go to the origin.",
		  manifests->unresolved);
}

static void write_manager(FILE *file, const struct source_manager *manager)
{
	write_one(file, "shunt_sync_connected", "gauge", "1 while a manager's stream is there.",
		  manager->connected);
	write_one(file, "shunt_sync_generation", "gauge",
		  "The manager's generation that is applied.", manager->done.generation);
	write_one(file, "shunt_sync_revision", "gauge",
		  "Revision of the manager's store that is applied.", manager->done.revision);
	if (manager->last_contact)
		write_one(file, "shunt_sync_last_contact_timestamp_seconds", "gauge",
			  "When a manager was last heard.", manager->last_contact / CLOCK_SECOND);
}

static void write_left_out(FILE *file, const struct sync *sync)
{
	begin(file, "shunt_table_left_out", "gauge",
	      "Elements that could not be written to a table.");
	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++)
		write_table(file, "shunt_table_left_out", apply_tables[i],
			    sync->report.tables[apply_tables[i]].left_out);
	for (size_t i = 0; i < POLICY_TABLE_COUNT; i++)
		write_table(file, "shunt_table_left_out", policy_maps[i],
			    sync->policy.tables[i].left_out);
	write_one(file, "shunt_targets_refused", "gauge",
		  "Offloaded endpoints that are not in the table for what their address is.",
		  apply_refused(&sync->report));
}

static void write_selftest(FILE *file, const struct selftest *selftest)
{
	size_t counts[PROBE_RESULT_COUNT];

	if (!selftest->open)
		return;
	known_count(&selftest->known, counts);
	begin(file, "shunt_selftest_endpoints", "gauge",
	      "Fenced endpoints by what last became of a passport sent to them.");
	for (size_t i = 0; i < PROBE_RESULT_COUNT; i++)
		fprintf(file, "shunt_selftest_endpoints{result=\"%s\"} %zu\n", probe_labels[i],
			counts[i]);
}

static void write_agent(FILE *file, const struct agent *agent)
{
	const struct sync *sync = &agent->sync;

	if (agent->options->manifests)
		write_manifests(file, &agent->manifests);
	else
		write_manager(file, &agent->manager);
	if (sync->applied_at)
		write_one(file, "shunt_tables_applied_timestamp_seconds", "gauge",
			  "When this process last applied tables.",
			  sync->applied_at / CLOCK_SECOND);
	write_left_out(file, sync);
	write_selftest(file, &agent->selftest);
	begin(file, "shunt_build_info", "gauge", "Always 1.");
	fprintf(file, "shunt_build_info{version=\"%s\",layout=\"%d\"} 1\n", SHUNT_VERSION,
		SHUNT_LAYOUT_VERSION);
}

/* What only the kernel knows. */
static int write_kernel(FILE *file, const struct agent *agent)
{
	const struct maps *maps = &agent->kernel.maps;
	int error;

	error = write_events(file, maps);
	if (!error)
		error = write_entries(file, maps, &agent->sync);
	if (!error)
		error = write_capacities(file, maps);
	if (!error)
		error = write_generation(file, maps);
	if (!error)
		error = write_epoch(file, maps);
	if (!error) {
		write_links(file, &agent->links);
		write_uplinks(file, &agent->uplinks);
	}
	return error;
}

int metrics_write(FILE *file, const struct agent *agent)
{
	int error = agent->options->dry_run ? 0 : write_kernel(file, agent);

	if (!error)
		write_agent(file, agent);
	return error;
}
