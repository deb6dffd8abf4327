// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/cli/agent_client.h"
#include "user/cli/client.h"
#include "user/cli/explain_state.h"
#include "user/cli/visible.h"
#include "user/lib/service_name.h"

#define SINCE "86400" /* seconds */
#define PATH_SIZE 1024
#define SILENT_MAX 60 /* seconds that a manager may be silent without a word about it */

static int on_answer(void *argument, json_t *object)
{
	struct explain *explain = argument;

	if (object) {
		json_decref(explain->agent);
		explain->agent = json_incref(object);
	}
	return 0;
}

static int on_event(void *argument, json_t *event)
{
	struct explain *explain = argument;
	const char *service = json_string_value(json_object_get(event, "service"));

	if (service && strcmp(service, explain->name) == 0)
		json_array_append(explain->history, event);
	return 0;
}

void explain_ask_agent(struct explain *explain)
{
	const char *bpffs = explain->globals->bpffs;
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/explain?context=%s&service=%s", explain->context,
		 explain->name);
	agent_client_get(bpffs, path, on_answer, explain);
	explain->history = json_array();
	if (!explain->history ||
	    agent_client_get(bpffs, "/trace?since=" SINCE, on_event, explain) < 0) {
		json_decref(explain->history);
		explain->history = NULL;
	}
}

static const char *get(const json_t *object, const char *field)
{
	return json_string_value(json_object_get(object, field));
}

static bool is_set(const json_t *object, const char *field)
{
	return json_is_true(json_object_get(object, field));
}

static void add_manager(struct explain *explain)
{
	long long silent = json_integer_value(json_object_get(explain->agent, "silent_seconds"));
	const char *problem = get(explain->agent, "problem"), *url = get(explain->agent, "url");
	bool heard = json_is_integer(json_object_get(explain->agent, "silent_seconds"));
	char copy[VISIBLE_SIZE], age[64] = "was never heard by this agent";

	if (heard)
		snprintf(age, sizeof(age), "was last heard %lld s ago", silent);
	if (is_set(explain->agent, "connected") && silent <= SILENT_MAX)
		explain_add(explain, "source", EXPLAIN_OK, "the manager at %s, connected", url);
	else
		explain_add(explain, "source", EXPLAIN_WARNING,
			    "the manager at %s is away and %s%s%s: the tables are as old as that",
			    url, age, problem ? ": " : "", visible(problem ? problem : "", copy));
}

static void add_manifests(struct explain *explain)
{
	const json_t *refused = json_object_get(explain->agent, "refused");
	const char *first = json_string_value(json_array_get(refused, 0));
	const char *directory = get(explain->agent, "directory");
	char copy[VISIBLE_SIZE];

	if (first)
		explain_add(explain, "source", EXPLAIN_WARNING,
			    "the manifests in %s are refused, and the tables are older: %s",
			    directory, visible(first, copy));
	else
		explain_add(explain, "source", EXPLAIN_OK, "the manifests in %s", directory);
}

void explain_source(struct explain *explain)
{
	const char *source = get(explain->agent, "source");

	if (!source)
		explain_add(
			explain, "source", EXPLAIN_WARNING,
			"no agent answers: the tables stay as they are, and there is no history");
	else if (strcmp(source, "manager") == 0)
		add_manager(explain);
	else
		add_manifests(explain);
}

/* What a manager says of the context's override for the service. Returns whether it says why. */
static bool explain_status(struct explain *explain, const json_t *object)
{
	const json_t *list = json_object_get(json_object_get(object, "status"), "overrides");
	char copy[2][VISIBLE_SIZE];
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *service = get(item, "service"), *state = get(item, "state");
		const char *reason = get(item, "reason");

		if (!service || !state || !service_name_matches(explain->name, service))
			continue;
		explain_add(explain, "override", EXPLAIN_FAILED,
			    "the context is %s for %s, says the manager%s%s",
			    visible(state, copy[0]), service, reason ? ": " : "",
			    visible(reason ? reason : "", copy[1]));
		return true;
	}
	explain_add(explain, "override", EXPLAIN_FAILED,
		    "the manager knows the context %s, but it does not override %s",
		    explain->context, explain->name);
	return true;
}

/* Asks the manager, where one is named. Returns whether it says why. */
static bool ask_manager(struct explain *explain)
{
	struct client_request request = {.method = "GET"};
	struct client_response response = {0};
	struct client *client;
	char path[PATH_SIZE];
	bool told = false;

	if (client_open_named(&explain->globals->server, &client))
		return false;
	snprintf(path, sizeof(path), "/v1/contexts/%s", explain->context);
	request.path = path;
	if (client_send(client, &request, &response) == 0) {
		if (response.status == 200)
			told = explain_status(explain, response.body);
		else if (response.status == 404)
			explain_add(explain, "override", EXPLAIN_FAILED,
				    "the manager knows no context %s", explain->context);
		told = told || response.status == 404;
		client_response_clear(&response);
	}
	client_close(client);
	return told;
}

/* What the agent knows of an override that it wants, but the tables do not have. */
static void explain_left_out(struct explain *explain)
{
	const json_t *problems = json_object_get(explain->agent, "left_out_problems");
	const char *problem = json_string_value(json_array_get(problems, 0));
	char copy[VISIBLE_SIZE];

	if (is_set(explain->agent, "refused_target"))
		problem = "an endpoint that it names is refused for its address";
	explain_add(explain, "override", EXPLAIN_FAILED,
		    "the override could not be written to the tables%s%s", problem ? ": " : "",
		    visible(problem ? problem : "", copy));
}

void explain_missing(struct explain *explain)
{
	const json_t *agent = explain->agent;
	const char *unresolved = get(agent, "unresolved"), *source = get(agent, "source");
	bool manifests = source && strcmp(source, "manifests") == 0;
	char copy[VISIBLE_SIZE];

	if (is_set(agent, "wanted"))
		explain_left_out(explain);
	else if (unresolved)
		explain_add(explain, "override", EXPLAIN_FAILED,
			    "context %s is not resolved for %s: %s", explain->context,
			    explain->name, visible(unresolved, copy));
	else if (is_set(agent, "expired"))
		explain_add(explain, "override", EXPLAIN_FAILED, "context %s has expired",
			    explain->context);
	else if (manifests && !is_set(agent, "known"))
		explain_add(explain, "override", EXPLAIN_FAILED, "the manifests have no context %s",
			    explain->context);
	else if (manifests)
		explain_add(explain, "override", EXPLAIN_FAILED, "context %s does not override %s",
			    explain->context, explain->name);
	else if (!ask_manager(explain))
		explain_add(
			explain, "override", EXPLAIN_FAILED,
			"the tables of this node have no override of context %s for %s; --server "
			"asks the manager why",
			explain->context, explain->name);
}
