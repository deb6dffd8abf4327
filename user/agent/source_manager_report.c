// SPDX-License-Identifier: Apache-2.0
#include "user/agent/source_manager.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "proto/sync.pb-c.h"
#include "user/lib/notices.h"
#include "user/lib/version.h"

#define TIMEOUT_MS 10000
#define USES_MS 60000

static void say(struct source_manager *source, const char *problem)
{
	struct problems now = {0};

	if (problem)
		problems_add(&now, "%s: cannot report: %s", source->options->urls[source->url],
			     problem);
	notices_log(&source->report_said, &now);
}

static void on_done(void *argument, struct fetch *fetch, unsigned int status, const char *problem)
{
	struct source_manager *source = argument;
	char text[64];

	(void)fetch;
	source->report = NULL;
	snprintf(text, sizeof(text), "it answers %u", status);
	if (problem || status < 200 || status > 299) {
		say(source, problem ? problem : text);
	} else {
		say(source, NULL);
		if (source->report_uses) {
			counts_told(&source->counts);
			source->counted = uv_now(source->loop);
		}
	}
	if (source->report_again)
		source_manager_report(source);
}

static const struct fetch_events events = {.done = on_done};

/* Sends the report with these uses; its rows are made here. */
static int send_report(struct source_manager *source, Shunt__V1__SyncReport *report,
		       const struct counts_use *uses, size_t count)
{
	Shunt__V1__SyncUse *rows = calloc(count + 1, sizeof(*rows));
	Shunt__V1__SyncUse **list = calloc(count + 1, sizeof(Shunt__V1__SyncUse *));
	struct fetch_request request = {.method = "POST", .timeout_ms = TIMEOUT_MS};
	char problem[512];
	__u8 *body = NULL;
	int error = -ENOMEM;

	if (!rows || !list)
		goto free_all;
	for (size_t i = 0; i < count; i++) {
		shunt__v1__sync_use__init(&rows[i]);
		rows[i].context = (char *)uses[i].context;
		rows[i].service = (char *)uses[i].service;
		rows[i].requests = uses[i].requests;
		list[i] = &rows[i];
	}
	report->n_uses = count;
	report->uses = list;
	request.body_length = shunt__v1__sync_report__get_packed_size(report);
	body = malloc(request.body_length + 1);
	if (!body)
		goto free_all;
	shunt__v1__sync_report__pack(report, body);
	request.body = body;
	source->report = source_manager_request(source, &request, "/v1/sync/report", &events,
						problem, sizeof(problem));
	if (!source->report)
		say(source, problem);
	error = 0;
free_all:
	free(body);
	free(list);
	free(rows);
	return error;
}

static const char *describe_left_out(const struct sync *sync)
{
	return sync->left_out.count ? sync->left_out.texts[0] : "";
}

void source_manager_report(struct source_manager *source)
{
	const struct sync *sync = source->sync;
	Shunt__V1__SyncReport report = SHUNT__V1__SYNC_REPORT__INIT;
	struct counts_use *uses = NULL;
	size_t count = 0;
	bool applied, due = uv_now(source->loop) >= source->counted + USES_MS;

	source->report_again = source->report != NULL;
	if (source->report || !source->connected)
		return;
	/* Another manager's generation means nothing to this one: it has applied none yet. */
	applied = strcmp(source->instance, source->offered) == 0;
	report.node = (char *)source->options->node;
	report.instance = source->offered;
	report.generation = applied ? source->done.generation : 0;
	report.revision = applied ? source->done.revision : 0;
	report.applied_at_ms = applied ? sync->applied_at / 1000000 : 0;
	report.version = (char *)SHUNT_VERSION;
	report.left_out = sync_left_out(sync);
	report.problem = (char *)describe_left_out(sync);
	source->report_uses = due && counts_collect(&source->counts, &sync->backend, &sync->mirror,
						    &uses, &count) == 0;
	if (send_report(source, &report, uses, count))
		say(source, "out of memory");
	free(uses);
}

void source_manager_report_cancel(struct source_manager *source)
{
	fetch_cancel(source->report);
	source->report = NULL;
	source->report_again = false;
}
