// SPDX-License-Identifier: Apache-2.0
/* Contexts, read. */
#include <string.h>
#include "user/manager/api_state.h"

#define PAGE_BYTES (256u * 1024) /* of contexts as text: then a page is full */

enum {
	QUERY_OWNER,
	QUERY_LABEL,
	QUERY_SERVICE,
	QUERY_STATE,
	QUERY_LIMIT,
	QUERY_CONTINUE,
	QUERY_WATCH,
};

json_t *api_context_json(const struct api *api, const struct catalog_context *context)
{
	json_t *status = catalog_status(api->parts.catalog, context);
	json_t *stored = catalog_object(api->parts.catalog, context);
	json_t *object = json_copy(stored);
	json_t *metadata = json_copy(json_object_get(stored, "metadata"));

	if (!status || !object || !metadata) {
		json_decref(object);
		json_decref(metadata);
		return NULL;
	}
	/* Kubernetes' own bookkeeping, longer than all the rest. */
	json_object_del(metadata, "managedFields");
	json_object_set_new(object, "metadata", metadata);
	json_object_set(object, "status", status);
	return object;
}

static bool read_state(const char *text, enum catalog_wanted *wanted)
{
	static const struct {
		const char *name;
		enum catalog_wanted wanted;
	} states[] = {
		{"resolved", CATALOG_WANT_RESOLVED},
		{"unresolved", CATALOG_WANT_UNRESOLVED},
		{"expired", CATALOG_WANT_EXPIRED},
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(text, states[i].name) == 0) {
			*wanted = states[i].wanted;
			return true;
		}
	}
	return false;
}

/* False where it cannot be understood; the call is answered then. The texts are the query's. */
static bool read_filter(struct api_call *call, struct catalog_filter *filter)
{
	const char *const *values = call->query.values;

	*filter = (struct catalog_filter){
		.owner = values[QUERY_OWNER],
		.service = values[QUERY_SERVICE],
		.labels = values[QUERY_LABEL],
	};
	if (values[QUERY_STATE] && !read_state(values[QUERY_STATE], &filter->wanted)) {
		api_problem(call, 400, NULL, "state has to be resolved, unresolved or expired");
		return false;
	}
	if (filter->service && !strchr(filter->service, '/')) {
		api_problem(call, 400, NULL, "service has to be namespace/name");
		return false;
	}
	if (filter->labels && !strchr(filter->labels, '=')) {
		api_problem(call, 400, NULL, "label has to be key=value, several with commas");
		return false;
	}
	return true;
}

/*
 * {"apiVersion", "kind", "metadata": {"continue": where there are more}, "items"}. While a page is
 * made nobody else is served, so large contexts make a shorter one.
 */
static json_t *make_page(const struct api *api, const struct catalog_filter *filter,
			 const char *after, unsigned long long limit)
{
	const struct catalog_context *context = catalog_next(api->parts.catalog, filter, after);
	json_t *items = json_array();
	json_t *page = json_pack("{s:s, s:s, s:{}, s:o}", "apiVersion", API_VERSION, "kind",
				 "ContextList", "metadata", "items", items);
	size_t size = 0;

	for (; page && context; context = catalog_next(api->parts.catalog, filter, after)) {
		if (json_array_size(items) == limit || size >= PAGE_BYTES) {
			json_object_set_new(json_object_get(page, "metadata"), "continue",
					    json_string(after));
			break;
		}
		if (json_array_append_new(items, api_context_json(api, context))) {
			json_decref(page);
			return NULL;
		}
		after = context->name;
		size += context->size;
	}
	return page;
}

void api_context_list(struct api_call *call)
{
	const char *limit_text = call->query.values[QUERY_LIMIT];
	const char *watch = call->query.values[QUERY_WATCH];
	unsigned long long limit = API_LIST_MAX;
	struct catalog_filter filter;

	if (!read_filter(call, &filter))
		return;
	if (limit_text && (query_number(limit_text, API_LIST_MAX, &limit) || !limit)) {
		api_problem(call, 400, NULL, "limit has to be a number from 1 to %d", API_LIST_MAX);
		return;
	}
	if (watch && strcmp(watch, "true") != 0 && strcmp(watch, "false") != 0)
		api_problem(call, 400, NULL, "watch has to be true or false");
	else if (watch && strcmp(watch, "true") == 0)
		api_watch_start(call, &filter);
	else
		api_reply_json(
			call, 200,
			make_page(call->api, &filter, call->query.values[QUERY_CONTINUE], limit));
}

void api_context_get(struct api_call *call)
{
	const struct catalog_context *context = catalog_find(call->api->parts.catalog, call->name);
	unsigned int status;

	if (!context) {
		api_problem(call, 404, NULL, "there is no such context");
		return;
	}
	status = api_precondition_check(call->request, context, true);
	if (!status || status == 304)
		httpd_set_header(call->request, "ETag", context->etag);
	if (status == 304)
		api_reply(call, status, NULL, NULL, 0);
	else if (status)
		api_problem(call, status, NULL,
			    status == 400 ? "If-Match or If-None-Match is no list of entity tags"
					  : "the context is not as If-Match says");
	else
		api_reply_json(call, 200, api_context_json(call->api, context));
}
