// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/clock.h"
#include "user/manager/api_state.h"

void api_call_hold(struct api_call *call)
{
	call->references++;
}

void api_call_drop(struct api_call *call)
{
	if (--call->references)
		return;
	query_clear(&call->query);
	free(call);
}

/* The request has ended, answered or not. */
static void release(void *state)
{
	struct api_call *call = state;

	call->request = NULL;
	auth_forget(call->api->parts.auth, call);
	if (call->wait) {
		publisher_wait_cancel(call->wait);
		call->api->wait_count--;
	}
	api_write_forget(call);
	api_call_drop(call);
}

void api_reply(struct api_call *call, unsigned int status, const char *type, const void *body,
	       size_t length)
{
	struct httpd_request *request = call->request;

	if (!request)
		return;
	/* Whatever else comes of the call finds nobody to answer. */
	call->request = NULL;
	api_metrics_count(&call->api->metrics, call->route, status,
			  clock_monotonic() - call->started);
	httpd_reply(request, status, type, body, length);
}

void api_reply_json(struct api_call *call, unsigned int status, json_t *body)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

	json_decref(body);
	if (text)
		api_reply(call, status, API_JSON, text, strlen(text));
	else
		api_problem(call, 503, NULL, "the manager has no memory; try again later");
	free(text);
}

void api_reply_items(struct api_call *call, json_t *items)
{
	api_reply_json(call, 200, items ? json_pack("{s:o}", "items", items) : NULL);
}

/* AUTH_AGENT stands beside the others: agents may sync and nothing else, administrators all. */
static bool may(enum auth_role has, enum auth_role needs)
{
	if (has == AUTH_ADMIN || needs == AUTH_NONE)
		return true;
	if (has == AUTH_AGENT || needs == AUTH_AGENT)
		return has == needs;
	return has >= needs;
}

static const char *role_name(enum auth_role role)
{
	static const char *const names[] = {"nobody", "a reader", "an editor", "an administrator",
					    "an agent"};

	return names[role];
}

static void refuse_unknown(struct api_call *call, const char *problem)
{
	struct shunt_endpoint peer;
	unsigned int wait;
	char seconds[16];

	httpd_peer(call->request, &peer);
	wait = api_limits_failure(&call->api->limits, &peer.address, clock_monotonic());
	if (wait) {
		snprintf(seconds, sizeof(seconds), "%u", wait);
		httpd_set_header(call->request, "Retry-After", seconds);
		api_problem(call, 429, NULL, "too many requests of nobody known from this address");
		return;
	}
	if (call->identity.status == 401)
		httpd_set_header(call->request, "WWW-Authenticate", "Bearer realm=\"shunt\"");
	api_problem(call, call->identity.status ? call->identity.status : 401, NULL, "%s",
		    problem ? problem : "who asks is not known");
}

/* Writes of those who are known are bounded too. False where the call was answered. */
static bool spend(struct api_call *call)
{
	unsigned int wait;
	char seconds[16];

	/* DELETE has no body, and writes. */
	if (call->route->role != AUTH_EDITOR)
		return true;
	wait = api_limits_write(&call->api->limits, call->identity.name, clock_monotonic());
	if (!wait)
		return true;
	snprintf(seconds, sizeof(seconds), "%u", wait);
	httpd_set_header(call->request, "Retry-After", seconds);
	api_problem(call, 429, NULL, "too many writes of %s; try again in %u s",
		    call->identity.name, wait);
	return false;
}

static void act(struct api_call *call)
{
	const struct api_route *route = call->route;
	char problem[QUERY_PROBLEM_SIZE];
	int error;

	if (!spend(call))
		return;
	error = route->query ? query_parse(httpd_query_text(call->request), route->query,
					   &call->query, problem)
			     : 0;
	if (error == -ENOMEM)
		api_problem(call, 503, NULL, "the manager has no memory; try again later");
	else if (error)
		api_problem(call, 400, NULL, "%s", problem);
	else
		route->handle(call);
}

static void on_identified(void *argument, const struct auth_identity *identity, const char *problem)
{
	struct api_call *call = argument;
	bool whole = call->whole;

	call->identity = *identity;
	call->identified = true;
	if (identity->role == AUTH_NONE)
		refuse_unknown(call, problem);
	else if (!may(identity->role, call->route->role))
		api_problem(call, 403, NULL, "%s is %s; this takes %s", identity->name,
			    role_name(identity->role), role_name(call->route->role));
	else if (whole)
		act(call);
}

static struct api_call *call_new(struct api *api, struct httpd_request *request,
				 const struct api_route *route, const char *name)
{
	struct api_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->api = api;
	call->request = request;
	call->route = route;
	call->references = 1;
	call->started = clock_monotonic();
	strcpy(call->name, name);
	httpd_set_state(request, call, release);
	return call;
}

static void refuse_route(struct api *api, struct httpd_request *request, const char *allow)
{
	unsigned int status = *allow ? 405 : 404;

	api_metrics_count(&api->metrics, NULL, status, 0);
	if (*allow)
		httpd_set_header(request, "Allow", allow);
	api_problem_request(
		request, status,
		*allow ? "the path does not take this method; Allow lists those it does"
		       : "there is nothing at this path; /openapi.yaml describes the API");
}

bool api_admit(void *argument, struct httpd_request *request)
{
	struct api *api = argument;
	char name[API_NAME_SIZE], allow[API_ALLOW_SIZE];
	const struct api_route *route;
	struct api_call *call;
	bool goes_on;

	route = api_route_find(httpd_method(request), httpd_path(request), name, allow);
	if (!route) {
		refuse_route(api, request, allow);
		return false;
	}
	call = call_new(api, request, route, name);
	if (!call) {
		api_problem_request(request, 503, "the manager has no memory; try again later");
		return false;
	}
	if (route->role == AUTH_NONE) {
		call->identified = true;
		return true;
	}
	/* Held, since the answer may come within, and the request end with it. */
	api_call_hold(call);
	auth_identify(api->parts.auth, request, on_identified, call);
	goes_on = call->request != NULL;
	api_call_drop(call);
	return goes_on;
}

void api_handle(void *argument, struct httpd_request *request)
{
	struct api_call *call = httpd_state(request);

	(void)argument;
	call->whole = true;
	/* It may have been refused while its body was coming. */
	if (call->identified && call->request)
		act(call);
}

void api_refuse(void *argument, struct httpd_request *request, unsigned int status)
{
	struct api *api = argument;

	api_metrics_count(&api->metrics, NULL, status, 0);
	api_problem_request(request, status,
			    status == 413   ? "the body is too large"
			    : status == 431 ? "the header fields are too large"
					    : "the request is malformed");
}

void api_context_changed(struct api *api, const char *name)
{
	api_write_changed(api, name);
	api_watch_changed(api, name);
}

int api_start(uv_loop_t *loop, const struct api_parts *parts, struct api **started)
{
	struct api *api = calloc(1, sizeof(*api));

	if (!api)
		return -ENOMEM;
	api->loop = loop;
	api->parts = *parts;
	api_limits_init(&api->limits);
	TAILQ_INIT(&api->watches);
	TAILQ_INIT(&api->writes);
	*started = api;
	return 0;
}

void api_stop(struct api *api)
{
	if (!api)
		return;
	api_write_stop(api);
	free(api);
}
