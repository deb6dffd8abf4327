/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus' text format, and the parts that the agent's metrics are written in. */
#ifndef SHUNT_USER_AGENT_METRICS_WRITE_H
#define SHUNT_USER_AGENT_METRICS_WRITE_H

#include <stdio.h>
#include "user/agent/metrics_list.h"
#include "user/lib/maps.h"

enum metric {
#define X(NAME, name, type, help) METRIC_##NAME,
	METRICS(X)
#undef X
	METRIC_COUNT
};

extern const char *const metric_names[METRIC_COUNT];

struct kernel;

/* Writes what comes before a metric's values. */
void metric_begin(FILE *file, enum metric metric);

/* The metric with a single value. */
void metric_write(FILE *file, enum metric metric, __u64 value);

/* A label's value, in quotes. */
void metric_label(FILE *file, const char *name, const char *value);

/* Parts; each returns the error of reading maps. */
int metrics_events(FILE *file, const struct maps *maps);
int metrics_requests(FILE *file, const struct maps *maps);
int metrics_handshakes(FILE *file, const struct maps *maps);
int metrics_propagation(FILE *file, const struct maps *maps);
int metrics_programs(FILE *file, const struct kernel *kernel);

/* Legs, and how many flows there are. */
int metrics_legs(FILE *file, const struct maps *maps, __u32 *flows);

#endif
