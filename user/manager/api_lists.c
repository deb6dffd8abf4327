// SPDX-License-Identifier: Apache-2.0
/* What there is beside contexts. */
#include "user/manager/api_state.h"

#define WAIT_SECONDS_MAX 300
#define WAITS_MAX 1024
#define EVENTS_DEFAULT 100
#define EVENTS_MAX 1000

enum {
	NODES_REVISION,
	NODES_WAIT,
};

enum {
	EVENTS_CONTEXT,
	EVENTS_ACTOR,
	EVENTS_BEFORE,
	EVENTS_LIMIT,
};

void api_services_list(struct api_call *call)
{
	api_reply_items(call, catalog_services(call->api->parts.catalog));
}

void api_offloaded_list(struct api_call *call)
{
	api_reply_items(call, catalog_offloaded(call->api->parts.catalog));
}

static void reply_nodes(struct api_call *call, bool applied)
{
	json_t *nodes = publisher_nodes(call->api->parts.publisher);

	api_reply_json(call, 200,
		       nodes ? json_pack("{s:b, s:o}", "applied", applied, "items", nodes) : NULL);
}

static void on_waited(void *argument, bool applied)
{
	struct api_call *call = argument;

	call->wait = NULL;
	call->api->wait_count--;
	reply_nodes(call, applied);
}

/* The wait ends with the request at the latest. */
static void wait_for_nodes(struct api_call *call, unsigned long long revision,
			   unsigned long long seconds)
{
	struct api *api = call->api;

	if (api->wait_count == WAITS_MAX) {
		api_problem(call, 503, NULL, "too many wait already; try again later");
		return;
	}
	call->wait = publisher_wait(api->parts.publisher, revision, (unsigned int)seconds * 1000,
				    on_waited, call);
	if (call->wait)
		api->wait_count++;
	else
		api_problem(call, 503, NULL, "the manager has no memory; try again later");
}

void api_nodes_list(struct api_call *call)
{
	const char *revision_text = call->query.values[NODES_REVISION];
	const char *wait_text = call->query.values[NODES_WAIT];
	unsigned long long revision = 0, seconds = 0;

	if (revision_text && query_number(revision_text, UINT64_MAX, &revision))
		api_problem(call, 400, NULL,
			    "revision has to be a number, as the field Shunt-Revision gives it");
	else if (wait_text && query_number(wait_text, WAIT_SECONDS_MAX, &seconds))
		api_problem(call, 400, NULL, "wait has to be a number of seconds, at most %d",
			    WAIT_SECONDS_MAX);
	else
		wait_for_nodes(call, revision, seconds);
}

static void on_events(void *argument, json_t *entries, const char *problem)
{
	struct api_call *call = argument;

	if (entries)
		api_reply_items(call, json_incref(entries));
	else
		api_problem(call, 503, NULL, "the audit cannot be read: %s",
			    problem ? problem : "the store failed");
	api_call_drop(call);
}

void api_events_list(struct api_call *call)
{
	const char *before_text = call->query.values[EVENTS_BEFORE];
	const char *limit_text = call->query.values[EVENTS_LIMIT];
	unsigned long long before = 0, limit = EVENTS_DEFAULT;

	if (before_text && query_number(before_text, INT64_MAX, &before)) {
		api_problem(call, 400, NULL, "before has to be the id of an event");
		return;
	}
	if (limit_text && (query_number(limit_text, EVENTS_MAX, &limit) || !limit)) {
		api_problem(call, 400, NULL, "limit has to be a number from 1 to %d", EVENTS_MAX);
		return;
	}
	api_call_hold(call);
	store_audit_list(call->api->parts.store,
			 &(struct store_audit_query){.context = call->query.values[EVENTS_CONTEXT],
						     .actor = call->query.values[EVENTS_ACTOR],
						     .before = before,
						     .limit = (unsigned int)limit},
			 on_events, call);
}
