/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_AGENT_METRICS_H
#define SHUNT_USER_AGENT_METRICS_H

#include <stdio.h>

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct agent;

/* Writes all metrics of docs/metrics.md in Prometheus' text format. The error of reading the kernel's maps. */
int metrics_write(FILE *file, const struct agent *agent);

#endif
