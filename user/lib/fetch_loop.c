// SPDX-License-Identifier: Apache-2.0
/* libcurl's multi interface on libuv: which sockets it waits for, and when it wants to run. */
#include "user/lib/fetch_state.h"

#include <errno.h>
#include <stdlib.h>

/* What was started or cancelled while libcurl was running. */
static void run_deferred(struct fetch_loop *loop)
{
	struct fetch *fetch, *next;

	loop->deferred = false;
	for (fetch = loop->fetches; fetch; fetch = next) {
		next = fetch->next;
		if (fetch->cancelled)
			fetch_release(fetch);
		else if (!fetch->added && !fetch->error && fetch_loop_add(fetch))
			fetch->error = -ENOMEM;
	}
}

/* done() may start or cancel any fetch, so the list is walked anew after each. */
static bool finish_one_refused(struct fetch_loop *loop)
{
	for (struct fetch *fetch = loop->fetches; fetch; fetch = fetch->next)
		if (!fetch->added && fetch->error) {
			fetch_finish(fetch, CURLE_OUT_OF_MEMORY);
			return true;
		}
	return false;
}

static bool finish_one(struct fetch_loop *loop)
{
	CURLMsg *message;
	struct fetch *fetch;
	int left;

	while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &fetch);
		fetch_finish(fetch, message->data.result);
		return true;
	}
	return false;
}

static void act(struct fetch_loop *loop, curl_socket_t socket, int events)
{
	int running;

	if (loop->stopping)
		return;
	loop->busy = true;
	curl_multi_socket_action(loop->multi, socket, events, &running);
	loop->busy = false;
	if (loop->deferred) {
		run_deferred(loop);
		while (!loop->stopping && finish_one_refused(loop))
			;
	}
	while (!loop->stopping && finish_one(loop))
		;
}

static void on_ready(uv_poll_t *poll, int status, int ready)
{
	struct fetch_loop *loop = poll->data;
	uv_os_fd_t socket;
	int events = 0;

	if (uv_fileno((const uv_handle_t *)poll, &socket))
		return;
	if (status < 0)
		events = CURL_CSELECT_ERR;
	if (ready & UV_READABLE)
		events |= CURL_CSELECT_IN;
	if (ready & UV_WRITABLE)
		events |= CURL_CSELECT_OUT;
	act(loop, socket, events);
}

static void on_poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static uv_poll_t *start_poll(struct fetch_loop *loop, curl_socket_t socket)
{
	uv_poll_t *poll = malloc(sizeof(*poll));

	if (!poll)
		return NULL;
	if (uv_poll_init(loop->loop, poll, socket)) {
		free(poll);
		return NULL;
	}
	poll->data = loop;
	curl_multi_assign(loop->multi, socket, poll);
	return poll;
}

/* libcurl's CURLMOPT_SOCKETFUNCTION. -1 makes the transfers fail. */
static int on_socket(CURL *easy, curl_socket_t socket, int what, void *argument, void *assigned)
{
	struct fetch_loop *loop = argument;
	uv_poll_t *poll = assigned;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (poll && !uv_is_closing((uv_handle_t *)poll))
			uv_close((uv_handle_t *)poll, on_poll_closed);
		curl_multi_assign(loop->multi, socket, NULL);
		return 0;
	}
	if (!poll)
		poll = start_poll(loop, socket);
	if (!poll)
		return -1;
	if (what & CURL_POLL_IN)
		events |= UV_READABLE;
	if (what & CURL_POLL_OUT)
		events |= UV_WRITABLE;
	return uv_poll_start(poll, events, on_ready) ? -1 : 0;
}

static void on_timer(uv_timer_t *timer)
{
	act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl's CURLMOPT_TIMERFUNCTION. The loop's time may be old where a callback took long. */
static int on_timeout(CURLM *multi, long timeout_ms, void *argument)
{
	struct fetch_loop *loop = argument;

	(void)multi;
	if (uv_is_closing((uv_handle_t *)&loop->timer))
		return 0;
	if (timeout_ms < 0) {
		uv_timer_stop(&loop->timer);
		return 0;
	}
	uv_update_time(loop->loop);
	uv_timer_start(&loop->timer, on_timer, (uint64_t)timeout_ms, 0);
	return 0;
}

int fetch_loop_add(struct fetch *fetch)
{
	struct fetch_loop *loop = fetch->owner;

	if (loop->busy) {
		loop->deferred = true;
		return 0;
	}
	if (curl_multi_add_handle(loop->multi, fetch->easy))
		return -ENOMEM;
	fetch->added = true;
	return 0;
}

int fetch_loop_start(uv_loop_t *loop, struct fetch_loop **started)
{
	struct fetch_loop *fetches = calloc(1, sizeof(*fetches));

	if (!fetches)
		return -ENOMEM;
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		goto free_fetches;
	fetches->multi = curl_multi_init();
	if (!fetches->multi)
		goto clean_global;
	fetches->loop = loop;
	uv_timer_init(loop, &fetches->timer);
	fetches->timer.data = fetches;
	curl_multi_setopt(fetches->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(fetches->multi, CURLMOPT_SOCKETDATA, fetches);
	curl_multi_setopt(fetches->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	curl_multi_setopt(fetches->multi, CURLMOPT_TIMERDATA, fetches);
	*started = fetches;
	return 0;

clean_global:
	curl_global_cleanup();
free_fetches:
	free(fetches);
	return -ENOMEM;
}

/* Only here, as a fetch whose done() stops the loop is removed from libcurl after that. */
static void on_closed(uv_handle_t *handle)
{
	struct fetch_loop *loop = handle->data;

	curl_multi_cleanup(loop->multi);
	curl_global_cleanup();
	free(loop);
}

void fetch_loop_stop(struct fetch_loop *loop)
{
	struct fetch *fetch, *next;

	if (!loop || loop->stopping)
		return;
	loop->stopping = true;
	for (fetch = loop->fetches; fetch; fetch = next) {
		next = fetch->next;
		fetch_cancel(fetch);
	}
	uv_close((uv_handle_t *)&loop->timer, on_closed);
}
