// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include "user/manager/catalog_state.h"

enum context_state {
	CONTEXT_VALID,
	CONTEXT_EXPIRED,
	CONTEXT_NOT_UNDERSTOOD,
	CONTEXT_STATE_COUNT
};

static const char *const context_states[CONTEXT_STATE_COUNT] = {
	[CONTEXT_VALID] = "valid",
	[CONTEXT_EXPIRED] = "expired",
	[CONTEXT_NOT_UNDERSTOOD] = "not_understood",
};

static const char *const override_states[CATALOG_STATE_COUNT] = {
	[CATALOG_UNRESOLVED] = "unresolved",
	[CATALOG_PARTIAL] = "partial",
	[CATALOG_RESOLVED] = "resolved",
};

struct counts {
	size_t contexts[CONTEXT_STATE_COUNT];
	size_t overrides[CATALOG_STATE_COUNT];
	size_t rows;
};

static void begin(FILE *file, const char *name, const char *help)
{
	fprintf(file, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void count(const struct catalog *catalog, struct counts *counts)
{
	for (size_t i = 0; i < catalog->entry_count; i++) {
		const struct catalog_resolution *resolution = catalog->entries[i]->resolution;

		if (!resolution || catalog->entries[i]->removed)
			continue;
		counts->contexts[!resolution->accepted ? CONTEXT_NOT_UNDERSTOOD
				 : resolution->expired ? CONTEXT_EXPIRED
						       : CONTEXT_VALID]++;
		counts->rows += resolution->row_count;
		for (size_t j = 0; j < resolution->outcome_count; j++)
			counts->overrides[resolution->outcomes[j].state]++;
	}
}

static void write_tables(const struct catalog *catalog, const struct counts *counts, FILE *file)
{
	static const struct tables none;
	const struct tables *tables = catalog->told ? &catalog->told->tables : &none;

	begin(file, "shunt_manager_table_entries", "Entries that agents are told, by table.");
	fprintf(file, "shunt_manager_table_entries{table=\"services\"} %zu\n",
		tables->service_count);
	fprintf(file, "shunt_manager_table_entries{table=\"frontends\"} %zu\n",
		tables->frontend_count);
	fprintf(file, "shunt_manager_table_entries{table=\"offloaded\"} %zu\n",
		tables->offloaded_count);
	fprintf(file, "shunt_manager_table_entries{table=\"sources\"} %zu\n",
		tables->policy.source_count);
	fprintf(file, "shunt_manager_table_entries{table=\"fence_allowed\"} %zu\n",
		tables->policy.allowed_count);
	fprintf(file, "shunt_manager_table_entries{table=\"steered\"} %zu\n",
		tables->policy.steer_count);
	fprintf(file, "shunt_manager_table_entries{table=\"overrides\"} %zu\n", counts->rows);
}

void catalog_metrics(const struct catalog *catalog, FILE *file)
{
	struct counts counts = {0};

	count(catalog, &counts);
	begin(file, "shunt_manager_contexts", "Contexts, by whether they count.");
	for (size_t i = 0; i < CONTEXT_STATE_COUNT; i++)
		fprintf(file, "shunt_manager_contexts{state=\"%s\"} %zu\n", context_states[i],
			counts.contexts[i]);
	begin(file, "shunt_manager_overrides",
	      "Overrides of contexts that count, by what they come to.");
	for (size_t i = 0; i < CATALOG_STATE_COUNT; i++)
		fprintf(file, "shunt_manager_overrides{state=\"%s\"} %zu\n", override_states[i],
			counts.overrides[i]);
	write_tables(catalog, &counts, file);
	begin(file, "shunt_manager_warnings", "Warnings about the cluster's objects; see the log.");
	fprintf(file, "shunt_manager_warnings %zu\n",
		catalog->warnings.count + catalog->warnings.dropped);
	begin(file, "shunt_manager_revision", "The store's revision that agents were told.");
	fprintf(file, "shunt_manager_revision %" PRIu64 "\n", catalog->told_revision);
}
