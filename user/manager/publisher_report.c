// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "proto/sync.pb-c.h"
#include "user/lib/text.h"
#include "user/manager/publisher_state.h"

/* Text for people, from a stranger: only what can be printed, cut to the size. */
static void copy_text(const char *from, char *to, size_t size)
{
	char *printable = text_printable(from);

	snprintf(to, size, "%s", printable ? printable : "");
	free(printable);
}

static const char *check(const Shunt__V1__SyncReport *report)
{
	if (!text_is_dns_name(report->node))
		return "node is no DNS name of 1 to 253 characters";
	if (*report->instance && !sync_is_instance(report->instance))
		return "instance is no name that a manager gives itself";
	if (report->generation > INT64_MAX || report->revision > INT64_MAX ||
	    report->left_out > INT64_MAX)
		return "a number is too large";
	if (report->n_uses > PUBLISHER_USES_MAX)
		return "more uses than a report may have";
	for (size_t i = 0; i < report->n_uses; i++) {
		if (!text_is_context_name(report->uses[i]->context))
			return "a use of what is no name of a context";
		if (strlen(report->uses[i]->service) > SHUNT_SERVICE_NAME_MAX)
			return "a use of a service port whose name is too long";
	}
	return NULL;
}

static void fill_view(struct publisher_view *view, const Shunt__V1__SyncReport *report)
{
	uint64_t now = publisher_now();

	snprintf(view->instance, sizeof(view->instance), "%s", report->instance);
	view->generation = report->generation;
	view->revision = report->revision;
	/* Its clock may be wrong, but nothing was applied after it was reported. */
	view->applied_at = report->applied_at_ms < now ? report->applied_at_ms : now;
	view->last_seen = now;
	view->left_out = report->left_out;
	copy_text(report->version, view->version, sizeof(view->version));
	copy_text(report->problem, view->problem, sizeof(view->problem));
}

static int take(struct publisher *publisher, const Shunt__V1__SyncReport *report,
		const char **problem)
{
	struct publisher_node *node;
	int error;

	error = publisher_node_get(publisher, report->node, &node);
	if (error) {
		*problem = error == -ENOSPC ? "too many nodes are known" : "no memory";
		return error;
	}
	fill_view(&node->own, report);
	if (node->session)
		node->session->reported = uv_now(publisher->loop);
	publisher->counts.reports++;
	for (size_t i = 0; i < report->n_uses && publisher->options.used; i++)
		publisher->options.used(publisher->options.argument, report->uses[i]->context,
					report->uses[i]->service, report->uses[i]->requests);
	publisher_node_changed(publisher);
	return 0;
}

int publisher_report_take(struct publisher *publisher, const void *bytes, size_t length,
			  const char *node, const char **problem)
{
	Shunt__V1__SyncReport *report = shunt__v1__sync_report__unpack(NULL, length, bytes);
	int error;

	*problem = report ? check(report) : "the body is no SyncReport of proto/sync.proto";
	if (*problem) {
		error = -EBADMSG;
	} else if (node && strcmp(node, report->node)) {
		*problem = "the report is of another node than the one that sent it";
		error = -EINVAL;
	} else {
		error = take(publisher, report, problem);
	}
	shunt__v1__sync_report__free_unpacked(report, NULL);
	return error;
}
