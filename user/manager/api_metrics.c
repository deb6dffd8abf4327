// SPDX-License-Identifier: Apache-2.0
#include "user/manager/api_state.h"

#include "user/lib/clock.h"

static size_t status_index(struct api_metrics *metrics, unsigned int status)
{
	size_t i = 0;

	while (i < API_METRICS_STATUSES - 1 && metrics->statuses[i] &&
	       metrics->statuses[i] != status)
		i++;
	metrics->statuses[i] = status;
	return i;
}

void api_metrics_count(struct api_metrics *metrics, const struct api_route *route,
		       unsigned int status, uint64_t nanoseconds)
{
	size_t index = route ? (size_t)(route - api_routes) : API_METRICS_ROUTES;

	metrics->counts[index][status_index(metrics, status)]++;
	if (route)
		metrics->nanoseconds[index] += nanoseconds;
}

static uint64_t write_route(const struct api_metrics *metrics, size_t index, const char *method,
			    const char *path, FILE *file)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < API_METRICS_STATUSES && metrics->statuses[i]; i++) {
		uint64_t count = metrics->counts[index][i];

		sum += count;
		if (count)
			fprintf(file,
				"shunt_manager_http_requests_total{method=\"%s\",route=\"%s\","
				"code=\"%u\"} %llu\n",
				method, path, metrics->statuses[i], (unsigned long long)count);
	}
	return sum;
}

void api_metrics_write(const struct api_metrics *metrics, FILE *file)
{
	uint64_t sums[API_METRICS_ROUTES];

	fputs("# HELP shunt_manager_http_requests_total Answered requests.\n"
	      "# TYPE shunt_manager_http_requests_total counter\n",
	      file);
	for (size_t i = 0; i < api_route_count; i++)
		sums[i] = write_route(metrics, i, api_routes[i].method, api_routes[i].path, file);
	write_route(metrics, API_METRICS_ROUTES, "", "none", file);
	fputs("# HELP shunt_manager_http_request_duration_seconds From the head to the answer.\n"
	      "# TYPE shunt_manager_http_request_duration_seconds summary\n",
	      file);
	for (size_t i = 0; i < api_route_count; i++) {
		const struct api_route *route = &api_routes[i];

		if (!sums[i])
			continue;
		fprintf(file,
			"shunt_manager_http_request_duration_seconds_sum{method=\"%s\",route=\"%"
			"s\"} "
			"%.6f\n"
			"shunt_manager_http_request_duration_seconds_count{method=\"%s\",route="
			"\"%s\"} %llu\n",
			route->method, route->path,
			(double)metrics->nanoseconds[i] / (double)CLOCK_SECOND, route->method,
			route->path, (unsigned long long)sums[i]);
	}
}
