// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "user/agent/agent.h"
#include "user/agent/pod_names.h"
#include "user/lib/clock.h"
#include "user/lib/event_json.h"
#include "user/lib/httpd.h"
#include "user/lib/query.h"

#define SINCE_MAX (365ULL * 24 * 60 * 60) /* seconds */

enum {
	QUERY_SINCE,
	QUERY_FOLLOW,
	QUERY_LINES,
};

static const char *const query_names[] = {"since", "follow", "lines", NULL};

/* One that reads the history, and what comes. */
struct inspect_reader {
	struct inspect *inspect;
	struct httpd_stream *stream;
	__u64 next; /* number of the event to tell next */
	__u64 end; /* of the last one, where it does not follow */
	bool follows;
	bool lines;
	char *text; /* an object that did not fit any more */
	LIST_ENTRY(inspect_reader) link;
};

static json_t *make_object(const struct inspect_reader *reader, struct shunt_event *event)
{
	const struct agent *agent = reader->inspect->agent;
	__u64 wall = clock_wall_at(event->time);
	char service[SHUNT_SERVICE_NAME_MAX + 1], client[POD_NAME_SIZE], target[POD_NAME_SIZE];
	struct event_names names = {.service = service};
	const struct shunt_endpoint *where;
	struct shunt_endpoint origin;

	if (event->reason == SHUNT_REASON_EVENT_LOST || event->reason == SHUNT_REASON_EVENT_LIMITED)
		return event_lost_to_json(wall, event->reason, event->duration);
	if (!reader->lines)
		memset(event->line, 0, sizeof(event->line));
	maps_service_name(&agent->kernel.maps, event->service, service);
	where = event_target(event, &origin);
	names.client_pod = pod_name_find(agent, &event->connection.client, client);
	names.target_pod = where ? pod_name_find(agent, &where->address, target) : NULL;
	return event_to_json(event, wall, &names);
}

/* The text of the next event, to be freed; NULL where there is none. */
static char *next_text(struct inspect_reader *reader)
{
	const struct recorder *recorder = &reader->inspect->recorder;
	__u64 end = reader->follows ? recorder->next : reader->end;
	__u64 oldest = recorder_oldest(recorder);
	struct shunt_event event;
	json_t *object;
	char *text;

	if (reader->next >= end)
		return NULL;
	if (reader->next < oldest) {
		object = event_lost_to_json(clock_wall(), SHUNT_REASON_EVENT_LOST,
					    oldest - reader->next);
		reader->next = oldest;
	} else {
		recorder_get(recorder, reader->next++, &event);
		object = make_object(reader, &event);
	}
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

static ssize_t on_read(void *argument, char *buffer, size_t size)
{
	struct inspect_reader *reader = argument;
	size_t length = 0, part;

	for (;;) {
		if (!reader->text)
			reader->text = next_text(reader);
		if (!reader->text)
			break;
		part = strlen(reader->text);
		if (length + part + 1 > size)
			break;
		memcpy(buffer + length, reader->text, part);
		buffer[length + part] = '\n';
		length += part + 1;
		free(reader->text);
		reader->text = NULL;
	}
	if (!length && !reader->follows)
		return -1;
	return (ssize_t)length;
}

static void on_closed(void *argument)
{
	struct inspect_reader *reader = argument;

	if (reader->follows)
		recorder_unfollow(&reader->inspect->recorder, reader->lines);
	LIST_REMOVE(reader, link);
	free(reader->text);
	free(reader);
}

void inspect_trace_wake(struct inspect *inspect)
{
	struct inspect_reader *reader;

	LIST_FOREACH(reader, &inspect->readers, link)
	{
		httpd_stream_wake(reader->stream);
	}
}

/* The number of the first event that is kept of the last so many seconds. */
static __u64 find_since(const struct recorder *recorder, __u64 seconds)
{
	__u64 now = clock_monotonic(), first = recorder->next, from;
	struct shunt_event event;

	from = now > seconds * CLOCK_SECOND ? now - seconds * CLOCK_SECOND : 0;
	while (first > recorder_oldest(recorder)) {
		recorder_get(recorder, first - 1, &event);
		if (event.time < from)
			break;
		first--;
	}
	return first;
}

static void begin(struct inspect *inspect, struct httpd_request *request, const struct query *query,
		  __u64 since)
{
	static const struct httpd_stream_events events = {.read = on_read, .closed = on_closed};
	struct inspect_reader *reader = calloc(1, sizeof(*reader));

	if (!reader) {
		inspect_refuse(request, 500, "out of memory\n");
		return;
	}
	reader->inspect = inspect;
	reader->follows = query->values[QUERY_FOLLOW];
	reader->lines = query->values[QUERY_LINES];
	recorder_drain(&inspect->recorder);
	reader->next = find_since(&inspect->recorder, since);
	reader->end = inspect->recorder.next;
	reader->stream = httpd_stream(request, 200, "application/x-ndjson", &events, reader);
	if (!reader->stream) {
		free(reader);
		return;
	}
	LIST_INSERT_HEAD(&inspect->readers, reader, link);
	if (reader->follows)
		recorder_follow(&inspect->recorder, reader->lines);
}

void inspect_trace(struct inspect *inspect, struct httpd_request *request)
{
	char problem[QUERY_PROBLEM_SIZE];
	unsigned long long since = 0;
	struct query query;

	if (query_parse(httpd_query_text(request), query_names, &query, problem)) {
		inspect_refuse(request, 400, problem);
		return;
	}
	if (!inspect->recorder.ring)
		inspect_refuse(request, 503, "another one reads the events\n");
	else if (query.values[QUERY_SINCE] &&
		 query_number(query.values[QUERY_SINCE], SINCE_MAX, &since))
		inspect_refuse(request, 400, "since: not a number of seconds\n");
	else
		begin(inspect, request, &query, since);
	query_clear(&query);
}
