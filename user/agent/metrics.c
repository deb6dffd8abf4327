// SPDX-License-Identifier: Apache-2.0
#include "user/agent/metrics.h"

#include <time.h>
#include "user/agent/agent.h"
#include "user/agent/metrics_write.h"
#include "user/lib/clock.h"
#include "user/lib/version.h"

static void write_table(FILE *file, enum metric metric, enum pins_map map, __u64 value)
{
	fprintf(file, "%s{table=\"%s\"} %llu\n", metric_names[metric], pins_map_names[map],
		(unsigned long long)value);
}

/* Those that the kernel fills are counted there, those that we fill are known. */
static int write_entries(FILE *file, const struct maps *maps, const struct sync *sync)
{
	__u32 flows, held;
	int error;

	error = metrics_legs(file, maps, &flows);
	if (!error)
		error = maps_count(maps->fds[PINS_HELD], &held);
	if (error)
		return error;
	metric_begin(file, METRIC_TABLE_ENTRIES);
	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++)
		write_table(file, METRIC_TABLE_ENTRIES, apply_tables[i],
			    sync->report.tables[apply_tables[i]].entries);
	for (size_t i = 0; i < POLICY_TABLE_COUNT; i++)
		write_table(file, METRIC_TABLE_ENTRIES, policy_maps[i],
			    sync->policy.tables[i].entries);
	write_table(file, METRIC_TABLE_ENTRIES, PINS_FLOWS, flows);
	write_table(file, METRIC_TABLE_ENTRIES, PINS_HELD, held);
	return 0;
}

static int write_capacities(FILE *file, const struct maps *maps)
{
	static const enum pins_map sized[] = {PINS_SERVICES,  PINS_OFFLOADED, PINS_FRONTENDS,
					      PINS_OVERRIDES, PINS_SOURCES,   PINS_FENCE_ALLOWED,
					      PINS_STEERED,   PINS_FLOWS,     PINS_HELD};
	int error;
	__u32 capacity;

	metric_begin(file, METRIC_TABLE_CAPACITY);
	for (size_t i = 0; i < sizeof(sized) / sizeof(sized[0]); i++) {
		error = maps_capacity(maps->fds[sized[i]], &capacity);
		if (error)
			return error;
		write_table(file, METRIC_TABLE_CAPACITY, sized[i], capacity);
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
	metric_write(file, METRIC_GENERATION, settings.generation);
	if (settings.generation)
		metric_write(file, METRIC_GENERATION_AGE,
			     now > settings.applied_at ? now - settings.applied_at : 0);
	return 0;
}

static int write_epoch(FILE *file, const struct maps *maps)
{
	__u32 epoch;
	int error = maps_read_epoch(maps, &epoch);

	if (!error)
		metric_write(file, METRIC_KEY_EPOCH, epoch);
	return error;
}

static void write_links(FILE *file, const struct attach *attach)
{
	size_t attached, chosen;

	attach_count(attach, &attached, &chosen);
	metric_write(file, METRIC_LINKS_ATTACHED, attached);
	metric_write(file, METRIC_LINKS_CHOSEN, chosen);
	metric_write(file, METRIC_ATTACH_FAILURES, attach_failures(attach));
}

static void write_uplinks(FILE *file, const struct uplinks *uplinks)
{
	size_t attached, chosen;

	uplinks_count(uplinks, &attached, &chosen);
	metric_write(file, METRIC_UPLINKS_ATTACHED, attached);
	metric_write(file, METRIC_UPLINKS_CHOSEN, chosen);
	metric_write(file, METRIC_UPLINK_FAILURES, uplinks->failures);
}

static void write_manifests(FILE *file, const struct source_manifests *manifests)
{
	metric_write(file, METRIC_MANIFEST_PROBLEMS,
		     manifests->refused.count + manifests->refused.dropped);
	metric_write(file, METRIC_UNRESOLVED, manifests->tables.unresolved);
}

static void write_manager(FILE *file, const struct source_manager *manager)
{
	metric_write(file, METRIC_SYNC_CONNECTED, manager->connected);
	metric_write(file, METRIC_SYNC_GENERATION, manager->done.generation);
	metric_write(file, METRIC_SYNC_REVISION, manager->done.revision);
	if (manager->last_contact)
		metric_write(file, METRIC_SYNC_CONTACT, manager->last_contact / CLOCK_SECOND);
}

static void write_left_out(FILE *file, const struct sync *sync)
{
	metric_begin(file, METRIC_TABLE_LEFT_OUT);
	for (size_t i = 0; i < APPLY_TABLE_COUNT; i++)
		write_table(file, METRIC_TABLE_LEFT_OUT, apply_tables[i],
			    sync->report.tables[apply_tables[i]].left_out);
	for (size_t i = 0; i < POLICY_TABLE_COUNT; i++)
		write_table(file, METRIC_TABLE_LEFT_OUT, policy_maps[i],
			    sync->policy.tables[i].left_out);
	metric_write(file, METRIC_TARGETS_REFUSED, apply_refused(&sync->report));
}

static void write_selftest(FILE *file, const struct selftest *selftest)
{
	size_t counts[PROBE_RESULT_COUNT];

	if (!selftest->open)
		return;
	known_count(&selftest->known, counts);
	metric_begin(file, METRIC_SELFTEST);
	for (size_t i = 0; i < PROBE_RESULT_COUNT; i++)
		fprintf(file, "%s{result=\"%s\"} %zu\n", metric_names[METRIC_SELFTEST],
			probe_labels[i], counts[i]);
}

static void write_agent(FILE *file, const struct agent *agent)
{
	const struct sync *sync = &agent->sync;

	if (agent->options->manifests)
		write_manifests(file, &agent->manifests);
	else
		write_manager(file, &agent->manager);
	if (sync->applied_at)
		metric_write(file, METRIC_TABLES_APPLIED, sync->applied_at / CLOCK_SECOND);
	write_left_out(file, sync);
	write_selftest(file, &agent->selftest);
	metric_begin(file, METRIC_BUILD);
	fprintf(file, "%s{version=\"%s\",layout=\"%d\"} 1\n", metric_names[METRIC_BUILD],
		SHUNT_VERSION, SHUNT_LAYOUT_VERSION);
}

/* What only the kernel knows. */
static int write_kernel(FILE *file, const struct agent *agent)
{
	const struct maps *maps = &agent->kernel.maps;
	int error;

	error = metrics_events(file, maps);
	if (!error)
		error = metrics_requests(file, maps);
	if (!error)
		error = metrics_handshakes(file, maps);
	if (!error && agent->options->propagation)
		error = metrics_propagation(file, maps);
	if (!error)
		error = metrics_programs(file, &agent->kernel);
	if (!error)
		error = write_entries(file, maps, &agent->sync);
	if (!error)
		error = write_capacities(file, maps);
	if (!error)
		error = write_generation(file, maps);
	if (!error)
		error = write_epoch(file, maps);
	if (!error) {
		write_links(file, &agent->attach);
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
