// SPDX-License-Identifier: Apache-2.0
#include "user/agent/agent.h"

#include "user/agent/metrics.h"

#define TEXT_TYPE "text/plain; charset=utf-8"

static unsigned int write_metrics(void *argument, FILE *body)
{
	const struct agent *agent = argument;
	int error = metrics_write(body, agent);

	return error ? 500 : 200;
}

static unsigned int write_live(void *argument, FILE *body)
{
	(void)argument;
	fputs("alive\n", body);
	return 200;
}

/* What a manager said once is good until it says something else. */
static bool has_tables(const struct agent *agent)
{
	return agent->sync.applied_at || (!agent->options->manifests && agent->sync.recovered);
}

static unsigned int write_ready(void *argument, FILE *body)
{
	const struct agent *agent = argument;
	const struct problems *refused = &agent->manifests.refused;
	size_t attached = 0, chosen = 0;
	bool tried = true;

	if (!agent->options->dry_run)
		attach_count(&agent->attach, &attached, &chosen);
	if (attached < chosen)
		fprintf(body, "not ready: %zu of %zu links have no programs\n", chosen - attached,
			chosen);
	if (!has_tables(agent) && agent->options->manifests)
		fprintf(body,
			"not ready: no generation was applied, %zu problems in the manifests\n",
			refused->count + refused->dropped);
	else if (!has_tables(agent))
		fprintf(body, "not ready: no tables yet, from a manager or the cache\n");
	if (!agent->options->dry_run)
		tried = tryout_write(&agent->tryout, body);
	if (attached < chosen || !has_tables(agent) || !tried)
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
