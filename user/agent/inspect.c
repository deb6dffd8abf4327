// SPDX-License-Identifier: Apache-2.0
#include "user/agent/inspect.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "user/agent/agent.h"
#include "user/lib/httpd.h"
#include "user/lib/log.h"

#define CONNECTIONS_MAX 32

void inspect_refuse(struct httpd_request *request, unsigned int status, const char *text)
{
	httpd_reply(request, status, "text/plain", text, strlen(text));
}

void inspect_reply(struct httpd_request *request, json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	if (text)
		httpd_reply(request, 200, "application/json", text, strlen(text));
	else
		inspect_refuse(request, 500, "out of memory\n");
	free(text);
	json_decref(object);
}

static void handle(void *argument, struct httpd_request *request)
{
	const char *path = httpd_path(request);

	if (strcmp(httpd_method(request), "GET") != 0)
		inspect_refuse(request, 405, "method not allowed\n");
	else if (strcmp(path, "/trace") == 0)
		inspect_trace(argument, request);
	else if (strcmp(path, "/explain") == 0)
		inspect_explain(argument, request);
	else
		inspect_refuse(request, 404, "not found\n");
}

static void on_events(void *argument)
{
	inspect_trace_wake(argument);
}

static int serve(struct inspect *inspect)
{
	struct httpd_options options = {
		.connection_max = CONNECTIONS_MAX, .handle = handle, .argument = inspect};
	int error = agent_socket_listen(inspect->path, &options.socket);

	if (!error)
		error = httpd_start(&inspect->agent->loop, &options, &inspect->httpd);
	return error;
}

void inspect_start(struct inspect *inspect, struct agent *agent)
{
	const struct options *options = agent->options;
	int error;

	inspect->agent = agent;
	LIST_INIT(&inspect->readers);
	error = recorder_start(&inspect->recorder, &agent->loop, &agent->kernel.maps,
			       options->bpffs, options->history);
	if (error)
		log_line("cannot record events: %s", strerror(-error));
	inspect->recorder.changed = on_events;
	inspect->recorder.argument = inspect;
	error = agent_socket_path(options->bpffs, inspect->path);
	if (!error)
		error = serve(inspect);
	if (error)
		log_line("cannot listen on %s: %s; `shunt trace` has no history", inspect->path,
			 strerror(-error));
}

void inspect_renew(struct inspect *inspect)
{
	recorder_renew(&inspect->recorder);
}

void inspect_stop(struct inspect *inspect)
{
	if (inspect->httpd)
		unlink(inspect->path);
	httpd_stop(inspect->httpd);
	recorder_stop(&inspect->recorder);
}
