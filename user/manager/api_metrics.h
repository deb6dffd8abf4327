/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of answered requests, by route and status. */
#ifndef SHUNT_USER_MANAGER_API_METRICS_H
#define SHUNT_USER_MANAGER_API_METRICS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define API_METRICS_ROUTES 32
#define API_METRICS_STATUSES 24

struct api_route;

struct api_metrics {
	unsigned int statuses[API_METRICS_STATUSES]; /* in the order in which they came; 0: none */
	uint64_t counts[API_METRICS_ROUTES + 1][API_METRICS_STATUSES]; /* last: no route */
	uint64_t nanoseconds[API_METRICS_ROUTES]; /* of all answers */
};

/* route is NULL where there was none. */
void api_metrics_count(struct api_metrics *metrics, const struct api_route *route,
		       unsigned int status, uint64_t nanoseconds);

void api_metrics_write(const struct api_metrics *metrics, FILE *file);

#endif
