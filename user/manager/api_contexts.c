// SPDX-License-Identifier: Apache-2.0
/* Contexts, read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "user/manager/api_state.h"

enum {
	QUERY_OWNER,
	QUERY_LABEL,
	QUERY_SERVICE,
	QUERY_STATE,
	QUERY_LIMIT,
	QUERY_CONTINUE,
	QUERY_WATCH,
};

#define STATE_RESOLVED "resolved"
#define STATE_UNRESOLVED "unresolved"
#define STATE_EXPIRED "expired"

json_t *api_context_json(const struct catalog_context *context)
{
	json_t *object = json_copy(context->object);
	json_t *metadata = json_copy(json_object_get(context->object, "metadata"));

	if (!object || !metadata) {
		json_decref(object);
		json_decref(metadata);
		return NULL;
	}
	/* Kubernetes' own bookkeeping, longer than all the rest. */
	json_object_del(metadata, "managedFields");
	json_object_set_new(object, "metadata", metadata);
	json_object_set(object, "status", context->status);
	return object;
}

static bool has_label(json_t *labels, const char *pair, size_t length)
{
	const char *equals = memchr(pair, '=', length);
	const char *value;
	char key[320];

	if (!equals || (size_t)(equals - pair) >= sizeof(key))
		return false;
	memcpy(key, pair, (size_t)(equals - pair));
	key[equals - pair] = '\0';
	value = json_string_value(json_object_get(labels, key));
	return value && strlen(value) == length - strlen(key) - 1 &&
	       strncmp(value, equals + 1, strlen(value)) == 0;
}

static bool has_labels(const struct catalog_context *context, const char *wanted)
{
	json_t *labels = json_object_get(json_object_get(context->object, "metadata"), "labels");

	while (*wanted) {
		size_t length = strcspn(wanted, ",");

		if (!has_label(labels, wanted, length))
			return false;
		wanted += length + (wanted[length] == ',');
	}
	return true;
}

/* The status names each service in full. */
static bool overrides(const struct catalog_context *context, const char *service)
{
	json_t *list = json_object_get(context->status, "overrides");
	const char *name;
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		name = json_string_value(json_object_get(item, "service"));
		if (name && strcmp(name, service) == 0)
			return true;
	}
	return false;
}

static bool is_resolved(const struct catalog_context *context)
{
	json_t *list = json_object_get(context->status, "overrides");
	const char *state;
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		state = json_string_value(json_object_get(item, "state"));
		if (!state || strcmp(state, "Resolved") != 0)
			return false;
	}
	return context->valid;
}

static bool is_state(const struct catalog_context *context, const char *state)
{
	bool expired = context->expires && context->expires <= time(NULL);

	if (strcmp(state, STATE_EXPIRED) == 0)
		return expired;
	return !expired && is_resolved(context) == (strcmp(state, STATE_RESOLVED) == 0);
}

bool api_filter_takes(const struct api_filter *filter, const struct catalog_context *context)
{
	return (!filter->owner || strcmp(filter->owner, context->owner) == 0) &&
	       (!filter->label || has_labels(context, filter->label)) &&
	       (!filter->service || overrides(context, filter->service)) &&
	       (!filter->state || is_state(context, filter->state));
}

bool api_filter_read(struct api_call *call, struct api_filter *filter)
{
	const char *const *values = call->query.values;

	*filter = (struct api_filter){
		.owner = values[QUERY_OWNER],
		.service = values[QUERY_SERVICE],
		.state = values[QUERY_STATE],
		.label = values[QUERY_LABEL],
	};
	if (filter->state && strcmp(filter->state, STATE_RESOLVED) != 0 &&
	    strcmp(filter->state, STATE_UNRESOLVED) != 0 &&
	    strcmp(filter->state, STATE_EXPIRED) != 0) {
		api_problem(call, 400, NULL,
			    "state has to be " STATE_RESOLVED ", " STATE_UNRESOLVED
			    " or " STATE_EXPIRED);
		return false;
	}
	if (filter->service && !strchr(filter->service, '/')) {
		api_problem(call, 400, NULL, "service has to be namespace/name");
		return false;
	}
	if (filter->label && !strchr(filter->label, '=')) {
		api_problem(call, 400, NULL, "label has to be key=value, several with commas");
		return false;
	}
	return true;
}

struct page {
	const struct api_filter *filter;
	json_t *items;
	size_t limit;
	char last[API_NAME_SIZE];
	bool more;
};

static int add_to_page(void *argument, const struct catalog_context *context)
{
	struct page *page = argument;

	if (!api_filter_takes(page->filter, context))
		return 0;
	if (json_array_size(page->items) == page->limit) {
		page->more = true;
		return 1;
	}
	snprintf(page->last, sizeof(page->last), "%s", context->name);
	return json_array_append_new(page->items, api_context_json(context)) ? -ENOMEM : 0;
}

static void reply_page(struct api_call *call, const struct api_filter *filter,
		       unsigned long long limit)
{
	struct page page = {.filter = filter, .items = json_array(), .limit = limit};
	json_t *list = NULL;

	if (page.items && catalog_each(call->api->parts.catalog, call->query.values[QUERY_CONTINUE],
				       add_to_page, &page) >= 0)
		list = json_pack("{s:s, s:s, s:{}, s:O}", "apiVersion", API_VERSION, "kind",
				 "ContextList", "metadata", "items", page.items);
	if (list && page.more)
		json_object_set_new(json_object_get(list, "metadata"), "continue",
				    json_string(page.last));
	json_decref(page.items);
	api_reply_json(call, 200, list);
}

void api_context_list(struct api_call *call)
{
	const char *limit_text = call->query.values[QUERY_LIMIT];
	const char *watch = call->query.values[QUERY_WATCH];
	unsigned long long limit = API_LIST_MAX;
	struct api_filter filter;

	if (!api_filter_read(call, &filter))
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
		reply_page(call, &filter, limit);
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
		api_reply_json(call, 200, api_context_json(context));
}
