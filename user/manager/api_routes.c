// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "user/manager/api_state.h"

#define NAME_SEGMENT "{name}"

static const char *const no_query[] = {NULL};
static const char *const list_query[] = {"owner", "label",    "service", "state",
					 "limit", "continue", "watch",	 NULL};
static const char *const nodes_query[] = {"revision", "wait", NULL};
static const char *const events_query[] = {"context", "actor", "before", "limit", NULL};

/* In the order of docs/openapi.yaml. */
const struct api_route api_routes[] = {
	{"GET", "/v1/contexts", AUTH_READER, list_query, api_context_list},
	{"GET", "/v1/contexts/{name}", AUTH_READER, no_query, api_context_get},
	{"PUT", "/v1/contexts/{name}", AUTH_EDITOR, no_query, api_context_put},
	{"PATCH", "/v1/contexts/{name}", AUTH_EDITOR, no_query, api_context_patch},
	{"DELETE", "/v1/contexts/{name}", AUTH_EDITOR, no_query, api_context_delete},
	{"GET", "/v1/contexts/{name}/marker", AUTH_READER, no_query, api_marker_get},
	{"GET", "/v1/services", AUTH_READER, no_query, api_services_list},
	{"GET", "/v1/offloaded", AUTH_READER, no_query, api_offloaded_list},
	{"GET", "/v1/nodes", AUTH_READER, nodes_query, api_nodes_list},
	{"GET", "/v1/events", AUTH_READER, events_query, api_events_list},
	/* The publisher reads the query of agents by itself: later ones may say more. */
	{"GET", "/v1/sync", AUTH_AGENT, NULL, api_sync_stream},
	{"POST", "/v1/sync/report", AUTH_AGENT, NULL, api_sync_report},
	{"GET", "/openapi.yaml", AUTH_NONE, no_query, api_page_openapi},
	{"GET", "/metrics", AUTH_NONE, no_query, api_page_metrics},
	{"GET", "/livez", AUTH_NONE, no_query, api_page_live},
	{"GET", "/readyz", AUTH_NONE, no_query, api_page_ready},
};

const size_t api_route_count = sizeof(api_routes) / sizeof(api_routes[0]);

_Static_assert(sizeof(api_routes) / sizeof(api_routes[0]) <= API_METRICS_ROUTES,
	       "each route has its counters");

/* Whether the path is the route's; the segment that stands for a name is decoded to name. */
static bool is_path(const char *route, const char *path, char name[API_NAME_SIZE])
{
	const char *segment = strstr(route, NAME_SEGMENT);
	size_t prefix = segment ? (size_t)(segment - route) : 0, length;

	if (!segment)
		return strcmp(route, path) == 0;
	if (strncmp(route, path, prefix))
		return false;
	length = strcspn(path + prefix, "/");
	if (!length || strcmp(path + prefix + length, segment + strlen(NAME_SEGMENT)))
		return false;
	return query_decode(path + prefix, length, name, API_NAME_SIZE) == 0;
}

static bool is_method(const char *route, const char *method)
{
	return strcmp(route, method) == 0 ||
	       (strcmp(route, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static void add_allowed(char allow[API_ALLOW_SIZE], const char *method)
{
	size_t used = strlen(allow);

	snprintf(allow + used, API_ALLOW_SIZE - used, "%s%s%s", used ? ", " : "", method,
		 strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

const struct api_route *api_route_find(const char *method, const char *path,
				       char name[API_NAME_SIZE], char allow[API_ALLOW_SIZE])
{
	name[0] = allow[0] = '\0';
	for (size_t i = 0; i < api_route_count; i++) {
		if (!is_path(api_routes[i].path, path, name))
			continue;
		if (is_method(api_routes[i].method, method))
			return &api_routes[i];
		add_allowed(allow, api_routes[i].method);
	}
	return NULL;
}
