// SPDX-License-Identifier: Apache-2.0
#include "user/manager/store_metrics.h"

#include <inttypes.h>

static void begin(FILE *file, const char *name, const char *type, const char *help)
{
	fprintf(file, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void store_metrics_one(FILE *file, const char *name, const char *type, const char *help,
		       uint64_t value)
{
	begin(file, name, type, help);
	fprintf(file, "%s %" PRIu64 "\n", name, value);
}

void store_metrics_counts(FILE *file, const struct store_counts *counts)
{
	static const char name[] = "shunt_manager_store_changes_total";
	static const char seconds[] = "shunt_manager_store_write_seconds";

	begin(file, name, "counter", "Calls that change a context, by how they ended.");
	fprintf(file, "%s{result=\"written\"} %" PRIu64 "\n", name, counts->writes);
	fprintf(file, "%s{result=\"conflict\"} %" PRIu64 "\n", name, counts->conflicts);
	fprintf(file, "%s{result=\"failed\"} %" PRIu64 "\n", name, counts->failures);
	begin(file, seconds, "summary", "Time until a change was durable.");
	fprintf(file, "%s_sum %.9f\n%s_count %" PRIu64 "\n", seconds,
		(double)counts->write_ns / 1e9, seconds, counts->writes);
}
