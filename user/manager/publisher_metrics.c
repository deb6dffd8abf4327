// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <string.h>
#include "user/manager/publisher_state.h"

static const char *const drop_labels[PUBLISHER_DROP_COUNT] = {
	[PUBLISHER_DROP_SLOW] = "slow",		[PUBLISHER_DROP_SILENT] = "silent",
	[PUBLISHER_DROP_REPLACED] = "replaced", [PUBLISHER_DROP_FAILED] = "failed",
	[PUBLISHER_DROP_STOPPED] = "stopped",
};

static void write_one(FILE *file, const char *name, const char *type, const char *help,
		      uint64_t value)
{
	fprintf(file,
		"# HELP shunt_manager_sync_%s %s\n# TYPE shunt_manager_sync_%s %s\n"
		"shunt_manager_sync_%s %" PRIu64 "\n",
		name, help, name, type, name, value);
}

struct lags {
	uint64_t sessions;
	uint64_t behind; /* agents that do not have the present generation */
	uint64_t most; /* generations */
};

/* Of the agents that are connected here. */
static struct lags find_lags(const struct publisher *publisher)
{
	struct lags lags = {0};
	const struct publisher_session *session;

	for (session = TAILQ_FIRST(&publisher->sessions); session;
	     session = TAILQ_NEXT(session, link)) {
		const struct publisher_view *view = &session->node->own;
		/* Generations of another instance do not compare: it has none of ours. */
		bool ours = !strcmp(view->instance, publisher->options.instance) &&
			    view->generation <= publisher->generation;
		uint64_t lag = publisher->generation - (ours ? view->generation : 0);

		lags.sessions++;
		lags.behind += lag > 0;
		if (lag > lags.most)
			lags.most = lag;
	}
	return lags;
}

static void write_drops(const struct publisher *publisher, FILE *file)
{
	fprintf(file, "# HELP shunt_manager_sync_dropped_total Streams that were ended here.\n"
		      "# TYPE shunt_manager_sync_dropped_total counter\n");
	for (size_t i = 0; i < PUBLISHER_DROP_COUNT; i++)
		fprintf(file, "shunt_manager_sync_dropped_total{reason=\"%s\"} %" PRIu64 "\n",
			drop_labels[i], publisher->counts.dropped[i]);
}

void publisher_metrics(const struct publisher *publisher, FILE *file)
{
	const struct publisher_log *log = &publisher->log;
	const struct publisher_counts *counts = &publisher->counts;
	struct lags lags = find_lags(publisher);

	write_one(file, "agents", "gauge", "Agents that are connected.", lags.sessions);
	write_one(file, "agents_behind", "gauge",
		  "Connected agents that have not applied the present generation.", lags.behind);
	write_one(file, "lag_generations", "gauge",
		  "Generations that the agent which is furthest behind has not applied.",
		  lags.most);
	write_one(file, "nodes", "gauge", "Nodes that are known.", publisher->node_count);
	write_one(file, "generation", "gauge", "The present generation.", publisher->generation);
	write_one(file, "revision", "gauge", "Of the store, in the present generation.",
		  publisher->revision);
	write_one(file, "log_generations", "gauge", "Generations that are kept for agents.",
		  log->count);
	write_one(file, "log_bytes", "gauge", "Bytes of them.", log->bytes);
	write_one(file, "snapshot_bytes", "gauge", "Bytes of the snapshot that is kept.",
		  log->snapshot ? log->snapshot->length : 0);
	write_one(file, "streams_total", "counter", "Streams that agents asked for.",
		  counts->streams);
	write_one(file, "resumed_total", "counter", "Streams that went on without a snapshot.",
		  counts->resumed);
	write_one(file, "snapshots_total", "counter", "Snapshots that were made.",
		  counts->snapshots);
	write_one(file, "sent_bytes_total", "counter", "Bytes of streams.", counts->bytes);
	write_one(file, "reports_total", "counter", "Reports of agents.", counts->reports);
	write_one(file, "refused_total", "counter", "Requests of agents that were refused.",
		  counts->refused);
	write_drops(publisher, file);
}
