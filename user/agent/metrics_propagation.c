// SPDX-License-Identifier: Apache-2.0
/* Who passes contexts on, by the service ports of pods. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/agent/metrics_write.h"
#include "user/lib/array.h"

#define NUMBERS (sizeof(struct shunt_propagation) / sizeof(__u64))

static const char *const marked_labels[] = {"no", "yes"};
static const char *const during_labels[SHUNT_DURING_KINDS] = {
	[0] = "none",
	[SHUNT_DURING_UNMARKED] = "unmarked",
	[SHUNT_DURING_MARKED] = "marked",
	[SHUNT_DURING_UNMARKED | SHUNT_DURING_MARKED] = "both",
};

struct row {
	char service[SHUNT_SERVICE_NAME_MAX + 1];
	struct shunt_propagation counts;
};

struct rows {
	const struct maps *maps;
	struct row *items;
	size_t count;
	size_t capacity;
};

static int on_counts(void *argument, const void *key, const void *value)
{
	struct rows *rows = argument;
	struct row *row;
	__u32 service;
	int error = array_grow(&rows->items, &rows->capacity, rows->count, sizeof(*rows->items));

	if (error)
		return error;
	memcpy(&service, key, sizeof(service));
	row = &rows->items[rows->count++];
	maps_service_name(rows->maps, service, row->service);
	maps_add_up(value, (__u64 *)&row->counts, NUMBERS);
	return 0;
}

static void write_labels(FILE *file, enum metric metric, const struct row *row)
{
	fprintf(file, "%s{", metric_names[metric]);
	metric_label(file, "service", row->service);
}

static void write_requests(FILE *file, const struct rows *rows)
{
	metric_begin(file, METRIC_PROPAGATION_REQUESTS);
	for (size_t i = 0; i < rows->count; i++)
		for (size_t marked = 0; marked < 2; marked++) {
			write_labels(file, METRIC_PROPAGATION_REQUESTS, &rows->items[i]);
			fprintf(file, ",marked=\"%s\"} %llu\n", marked_labels[marked],
				(unsigned long long)rows->items[i].counts.requests[marked]);
		}
}

static void write_calls_of(FILE *file, const struct row *row)
{
	for (size_t marked = 0; marked < 2; marked++)
		for (size_t during = 0; during < SHUNT_DURING_KINDS; during++) {
			write_labels(file, METRIC_PROPAGATION_CALLS, row);
			fprintf(file, ",marked=\"%s\",during=\"%s\"} %llu\n", marked_labels[marked],
				during_labels[during],
				(unsigned long long)row->counts.calls[marked][during]);
		}
}

static void write_expected(FILE *file, const struct rows *rows)
{
	metric_begin(file, METRIC_PROPAGATION_EXPECTED);
	for (size_t i = 0; i < rows->count; i++) {
		write_labels(file, METRIC_PROPAGATION_EXPECTED, &rows->items[i]);
		fprintf(file, "} %.3f\n", (double)rows->items[i].counts.expected / 1000);
	}
}

int metrics_propagation(FILE *file, const struct maps *maps)
{
	struct rows rows = {.maps = maps};
	int error;

	error = maps_each(maps->fds[PINS_PROPAGATION], 0, on_counts, &rows);
	if (!error) {
		write_requests(file, &rows);
		metric_begin(file, METRIC_PROPAGATION_CALLS);
		for (size_t i = 0; i < rows.count; i++)
			write_calls_of(file, &rows.items[i]);
		write_expected(file, &rows);
	}
	free(rows.items);
	return error;
}
