// SPDX-License-Identifier: Apache-2.0
/*
 * Watches of contexts: lines of JSON, first what there is, then what changes. A watch keeps names, not
 * objects: what a slow client has not taken yet is told as it is when it does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/manager/api_state.h"

#define WATCHES_MAX 64
#define NDJSON "application/x-ndjson"

/* A name that the client was told of, or is to be. */
struct watched {
	char *name;
	bool known; /* to the client */
	bool pending;
};

struct api_watch {
	struct api *api;
	struct httpd_stream *stream;
	struct catalog_filter filter;
	struct query query; /* the filter's texts */
	struct watched *names; /* sorted */
	size_t count;
	size_t capacity;
	size_t pending;
	size_t next; /* where the search for one that is pending begins */
	char *cursor; /* of what there was first: the last name told; NULL at the start */
	bool synced;
	char *line; /* being sent */
	size_t length;
	size_t sent;
	TAILQ_ENTRY(api_watch) link;
};

static int compare(const void *key, const void *item)
{
	return strcmp(key, ((const struct watched *)item)->name);
}

static struct watched *find(struct api_watch *watch, const char *name)
{
	size_t at =
		array_lower_bound(name, watch->names, watch->count, sizeof(*watch->names), compare);

	return at < watch->count && compare(name, &watch->names[at]) == 0 ? &watch->names[at]
									  : NULL;
}

static struct watched *add(struct api_watch *watch, const char *name)
{
	struct watched *found = find(watch, name);
	size_t at;

	if (found ||
	    array_grow(&watch->names, &watch->capacity, watch->count, sizeof(*watch->names)))
		return found;
	at = array_lower_bound(name, watch->names, watch->count, sizeof(*watch->names), compare);
	name = strdup(name);
	if (!name)
		return NULL;
	memmove(&watch->names[at + 1], &watch->names[at],
		(watch->count - at) * sizeof(*watch->names));
	watch->names[at] = (struct watched){.name = (char *)name};
	watch->count++;
	return &watch->names[at];
}

static void drop(struct api_watch *watch, struct watched *watched)
{
	size_t at = (size_t)(watched - watch->names);

	free(watched->name);
	memmove(watched, watched + 1, (watch->count - at - 1) * sizeof(*watched));
	watch->count--;
}

/* Makes the next line; takes over object, which may be NULL. -ENOMEM. */
static int set_line(struct api_watch *watch, const char *type, json_t *object)
{
	json_t *event = json_pack("{s:s}", "type", type);
	char *text;

	if (event && object)
		json_object_set(event, "object", object);
	json_decref(object);
	text = event ? json_dumps(event, JSON_COMPACT) : NULL;
	json_decref(event);
	if (!text)
		return -ENOMEM;
	free(watch->line);
	watch->sent = 0;
	watch->length = strlen(text) + 1;
	watch->line = text;
	/* The line's end takes the place of the NUL. */
	text[watch->length - 1] = '\n';
	return 0;
}

static int tell(struct api_watch *watch, struct watched *watched)
{
	const struct catalog *catalog = watch->api->parts.catalog;
	const struct catalog_context *context = catalog_find(catalog, watched->name);
	const char *type = watched->known ? "MODIFIED" : "ADDED";
	json_t *object;
	int error;

	if (watched->pending)
		watch->pending--;
	watched->pending = false;
	if (context && catalog_takes(catalog, &watch->filter, context)) {
		watched->known = true;
		object = api_context_json(watch->api, context);
		return object ? set_line(watch, type, object) : -ENOMEM;
	}
	error = watched->known
			? set_line(watch, "DELETED",
				   json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", API_VERSION,
					     "kind", "Context", "metadata", "name", watched->name))
			: 0;
	drop(watch, watched);
	return error;
}

/* The next of what there was first. */
static int tell_first(struct api_watch *watch)
{
	const struct catalog_context *next =
		catalog_next(watch->api->parts.catalog, &watch->filter, watch->cursor);
	struct watched *watched;
	char *cursor;

	if (!next) {
		watch->synced = true;
		return set_line(watch, "SYNCED", NULL);
	}
	cursor = strdup(next->name);
	if (!cursor)
		return -ENOMEM;
	free(watch->cursor);
	watch->cursor = cursor;
	watched = add(watch, cursor);
	return watched ? tell(watch, watched) : -ENOMEM;
}

static int tell_pending(struct api_watch *watch)
{
	for (size_t i = 0; i < watch->count; i++) {
		size_t at = (watch->next + i) % watch->count;

		if (watch->names[at].pending) {
			watch->next = at + 1;
			return tell(watch, &watch->names[at]);
		}
	}
	return 0;
}

/* Until there is a line, or nothing to tell. */
static int next_line(struct api_watch *watch)
{
	int error = 0;

	while (!error && watch->sent == watch->length && !watch->synced)
		error = tell_first(watch);
	while (!error && watch->sent == watch->length && watch->pending)
		error = tell_pending(watch);
	return error;
}

static ssize_t on_read(void *argument, char *buffer, size_t size)
{
	struct api_watch *watch = argument;

	if (next_line(watch))
		return -1;
	if (size > watch->length - watch->sent)
		size = watch->length - watch->sent;
	if (size)
		memcpy(buffer, watch->line + watch->sent, size);
	watch->sent += size;
	return (ssize_t)size;
}

static void on_closed(void *argument)
{
	struct api_watch *watch = argument;

	TAILQ_REMOVE(&watch->api->watches, watch, link);
	watch->api->watch_count--;
	for (size_t i = 0; i < watch->count; i++)
		free(watch->names[i].name);
	free(watch->names);
	free(watch->cursor);
	free(watch->line);
	query_clear(&watch->query);
	free(watch);
}

void api_watch_changed(struct api *api, const char *name)
{
	struct api_watch *watch;
	struct watched *watched;

	TAILQ_FOREACH(watch, &api->watches, link)
	{
		watched = add(watch, name);
		if (!watched) {
			/* It begins anew, rather than to miss something. */
			httpd_stream_abort(watch->stream);
			continue;
		}
		watch->pending += !watched->pending;
		watched->pending = true;
		httpd_stream_wake(watch->stream);
	}
}

static const struct httpd_stream_events stream_events = {.read = on_read, .closed = on_closed};

void api_watch_start(struct api_call *call, const struct catalog_filter *filter)
{
	struct api *api = call->api;
	struct httpd_request *request = call->request;
	struct api_watch *watch = calloc(1, sizeof(*watch));

	if (!watch || api->watch_count == WATCHES_MAX) {
		free(watch);
		api_problem(call, 503, NULL, "too many watch already; try again later");
		return;
	}
	watch->api = api;
	watch->filter = *filter;
	watch->query = call->query;
	call->query = (struct query){0};
	TAILQ_INSERT_TAIL(&api->watches, watch, link);
	api->watch_count++;
	call->request = NULL;
	api_metrics_count(&api->metrics, call->route, 200, 0);
	watch->stream = httpd_stream(request, 200, NDJSON, &stream_events, watch);
	if (!watch->stream)
		on_closed(watch);
}
