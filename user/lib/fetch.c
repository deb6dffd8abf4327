// SPDX-License-Identifier: Apache-2.0
#include "user/lib/fetch_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void on_idle(uv_timer_t *timer)
{
	struct fetch *fetch = timer->data;

	fetch->error = -ETIMEDOUT;
	fetch_finish(fetch, CURLE_OPERATION_TIMEDOUT);
}

static void restart_idle(struct fetch *fetch)
{
	if (fetch->idle_ms)
		uv_timer_start(&fetch->idle, on_idle, fetch->idle_ms, 0);
}

static unsigned int response_status(struct fetch *fetch)
{
	long status = 0;

	curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
	return (unsigned int)status;
}

/* An interim response (RFC 9110 15.2) is followed by another head. */
static bool ends_head(struct fetch *fetch, const char *line, size_t length)
{
	bool blank =
		(length == 2 && memcmp(line, "\r\n", 2) == 0) || (length == 1 && line[0] == '\n');

	return blank && !fetch->head_told && response_status(fetch) >= 200;
}

/* libcurl gives the head line by line, and trailers as well. */
static size_t on_header(char *line, size_t size, size_t count, void *argument)
{
	struct fetch *fetch = argument;
	size_t length = size * count;

	fetch->head_length += length;
	if (fetch->cancelled)
		return CURL_WRITEFUNC_ERROR;
	if (fetch->head_length > FETCH_HEAD_MAX) {
		fetch->error = -EMSGSIZE;
		return CURL_WRITEFUNC_ERROR;
	}
	restart_idle(fetch);
	if (!ends_head(fetch, line, length))
		return length;
	fetch->head_told = true;
	if (fetch->events.head)
		fetch->events.head(fetch->argument, fetch, response_status(fetch));
	return fetch->cancelled ? CURL_WRITEFUNC_ERROR : length;
}

static size_t on_data(char *bytes, size_t size, size_t count, void *argument)
{
	struct fetch *fetch = argument;
	size_t length = size * count;

	if (fetch->cancelled)
		return CURL_WRITEFUNC_ERROR;
	if (!length)
		return 0;
	restart_idle(fetch);
	if (fetch->events.data)
		fetch->error = fetch->events.data(fetch->argument, fetch, bytes, length);
	return fetch->error || fetch->cancelled ? CURL_WRITEFUNC_ERROR : length;
}

static void set_callbacks(struct fetch *fetch)
{
	curl_easy_setopt(fetch->easy, CURLOPT_PRIVATE, fetch);
	curl_easy_setopt(fetch->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(fetch->easy, CURLOPT_HEADERDATA, fetch);
	curl_easy_setopt(fetch->easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(fetch->easy, CURLOPT_WRITEDATA, fetch);
	curl_easy_setopt(fetch->easy, CURLOPT_ERRORBUFFER, fetch->text);
}

static struct fetch *new_fetch(struct fetch_loop *loop)
{
	struct fetch *fetch = calloc(1, sizeof(*fetch));

	if (!fetch)
		return NULL;
	fetch->easy = curl_easy_init();
	if (!fetch->easy) {
		free(fetch);
		return NULL;
	}
	fetch->owner = loop;
	uv_timer_init(loop->loop, &fetch->idle);
	fetch->idle.data = fetch;
	fetch->next = loop->fetches;
	if (fetch->next)
		fetch->next->previous = fetch;
	loop->fetches = fetch;
	return fetch;
}

struct fetch *fetch_start(struct fetch_loop *loop, const struct fetch_request *request,
			  const struct fetch_events *events, void *argument)
{
	struct fetch *fetch = loop->stopping ? NULL : new_fetch(loop);

	if (!fetch)
		return NULL;
	fetch->events = *events;
	fetch->argument = argument;
	set_callbacks(fetch);
	if (fetch_set_options(fetch, request) || fetch_loop_add(fetch)) {
		fetch_release(fetch);
		return NULL;
	}
	restart_idle(fetch);
	return fetch;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void fetch_release(struct fetch *fetch)
{
	struct fetch_loop *loop = fetch->owner;

	if (fetch->added)
		curl_multi_remove_handle(loop->multi, fetch->easy);
	if (fetch->previous)
		fetch->previous->next = fetch->next;
	else
		loop->fetches = fetch->next;
	if (fetch->next)
		fetch->next->previous = fetch->previous;
	curl_easy_cleanup(fetch->easy);
	curl_slist_free_all(fetch->headers);
	curl_slist_free_all(fetch->connect_to);
	free(fetch->server);
	uv_close((uv_handle_t *)&fetch->idle, on_closed);
}

void fetch_finish(struct fetch *fetch, CURLcode code)
{
	char *problem = code ? fetch_problem(fetch, code) : NULL;
	unsigned int status = response_status(fetch);

	fetch->finished = true;
	if (fetch->events.done)
		fetch->events.done(fetch->argument, fetch, status,
				   code && !problem ? "out of memory" : problem);
	free(problem);
	fetch_release(fetch);
}

void fetch_cancel(struct fetch *fetch)
{
	if (!fetch || fetch->finished || fetch->cancelled)
		return;
	fetch->cancelled = true;
	if (fetch->owner->busy) {
		uv_timer_stop(&fetch->idle);
		fetch->owner->deferred = true;
		return;
	}
	fetch_release(fetch);
}

const char *fetch_header(struct fetch *fetch, const char *name)
{
	struct curl_header *header;

	if (curl_easy_header(fetch->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return NULL;
	return header->value;
}

bool fetch_was_sent(struct fetch *fetch)
{
	long length = 0;

	curl_easy_getinfo(fetch->easy, CURLINFO_REQUEST_SIZE, &length);
	return length > 0;
}
