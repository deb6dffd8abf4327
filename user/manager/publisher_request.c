// SPDX-License-Identifier: Apache-2.0
/* The two requests of agents. */
#include <errno.h>
#include <string.h>
#include "user/manager/api_problem.h"
#include "user/manager/publisher_query.h"
#include "user/manager/publisher_state.h"

static void refuse(struct publisher *publisher, struct httpd_request *request, unsigned int status,
		   const char *detail)
{
	publisher->counts.refused++;
	api_problem_request(request, status, detail);
}

static ssize_t on_read(void *argument, char *buffer, size_t size)
{
	return publisher_session_read(argument, buffer, size);
}

static void on_closed(void *argument)
{
	publisher_session_close(argument);
}

static const struct httpd_stream_events stream_events = {on_read, on_closed};

static void start_stream(struct publisher *publisher, struct httpd_request *request,
			 const struct publisher_query *query, const char *node)
{
	struct publisher_session *session;
	int error;

	error = publisher_session_open(publisher, node, *query->instance ? query->instance : NULL,
				       query->generation, &session);
	if (error) {
		refuse(publisher, request, 503,
		       error == -ENOSPC ? "too many nodes are connected" : "no memory");
		return;
	}
	session->stream =
		httpd_stream(request, 200, "application/x-protobuf", &stream_events, session);
	if (!session->stream)
		publisher_session_close(session);
}

void publisher_stream(struct publisher *publisher, struct httpd_request *request, const char *node)
{
	char problem[QUERY_PROBLEM_SIZE];
	struct publisher_query query;
	int error = publisher_query_parse(httpd_query_text(request), &query, problem);

	if (error) {
		refuse(publisher, request, error == -ENOMEM ? 503 : 400,
		       error == -ENOMEM ? "no memory" : problem);
	} else if (node && *query.node && strcmp(node, query.node)) {
		refuse(publisher, request, 403,
		       "the query names another node than the one that sent it");
	} else if (!node && !*query.node) {
		refuse(publisher, request, 400,
		       "the query has to name the node, as in /v1/sync?node=worker-1");
	} else {
		start_stream(publisher, request, &query, node ? node : query.node);
	}
}

void publisher_report(struct publisher *publisher, struct httpd_request *request, const char *node)
{
	const char *problem;
	size_t length;
	const void *body = httpd_body(request, &length);
	int error;

	if (length > PUBLISHER_REPORT_MAX) {
		refuse(publisher, request, 413, "a report may have 1 MiB");
		return;
	}
	error = publisher_report_take(publisher, body, length, node, &problem);
	if (!error)
		httpd_reply(request, 204, NULL, NULL, 0);
	else
		refuse(publisher, request,
		       error == -EBADMSG  ? 400
		       : error == -EINVAL ? 403
					  : 503,
		       problem);
}
