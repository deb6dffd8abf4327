/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_AGENT_METRICS_H
#define SHUNT_USER_AGENT_METRICS_H

#include <stdio.h>
#include "user/agent/links.h"
#include "user/agent/sync.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Writes all metrics in Prometheus' text format. docs/metrics.md explains them. */
int metrics_write(FILE *file, const struct kernel *kernel, const struct links *links,
		  const struct sync *sync);

#endif
