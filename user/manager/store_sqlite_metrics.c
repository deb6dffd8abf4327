// SPDX-License-Identifier: Apache-2.0
#include "user/manager/store_sqlite.h"

#include <sys/stat.h>
#include "user/manager/store_metrics.h"

void store_sqlite_metrics(const struct store *base, FILE *file)
{
	const struct store_sqlite *store = (const struct store_sqlite *)base;
	struct stat status;

	store_metrics_counts(file, &store->counts);
	store_metrics_one(file, "shunt_manager_store_revision", "gauge",
			  "Revision up to which changes were told.", store->revision);
	store_metrics_one(file, "shunt_manager_store_contexts", "gauge", "Contexts in the store.",
			  json_object_size(store->told));
	store_metrics_one(file, "shunt_manager_store_reloads_total", "counter",
			  "Times that all was read again, notes of removals being gone.",
			  store->reloads);
	if (stat(store->file, &status) == 0)
		store_metrics_one(file, "shunt_manager_store_file_bytes", "gauge",
				  "Size of the database, without its log.",
				  (uint64_t)status.st_size);
}
