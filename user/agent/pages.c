// SPDX-License-Identifier: Apache-2.0
#include "user/agent/agent.h"

#include "user/agent/metrics.h"

#define TEXT_TYPE "text/plain; charset=utf-8"

static unsigned int write_metrics(void *argument, FILE *body)
{
	const struct agent *agent = argument;
	int error = metrics_write(body, &agent->kernel, &agent->links, &agent->sync);

	return error ? 500 : 200;
}

static unsigned int write_live(void *argument, FILE *body)
{
	(void)argument;
	fputs("alive\n", body);
	return 200;
}

static unsigned int write_ready(void *argument, FILE *body)
{
	const struct agent *agent = argument;
	const struct sync *sync = &agent->sync;
	size_t attached, chosen;

	links_count(&agent->links, &attached, &chosen);
	if (attached < chosen)
		fprintf(body, "not ready: %zu of %zu links have no programs\n", chosen - attached,
			chosen);
	if (!sync->applied)
		fprintf(body,
			"not ready: no generation was applied, %zu problems in the manifests\n",
			sync->refused.count + sync->refused.dropped);
	if (attached < chosen || !sync->applied)
		return 503;
	fputs("ready\n", body);
	return 200;
}

const struct http_page agent_pages[] = {
	{"/metrics", METRICS_TYPE, write_metrics},
	{"/livez", TEXT_TYPE, write_live},
	{"/readyz", TEXT_TYPE, write_ready},
	{0},
};
