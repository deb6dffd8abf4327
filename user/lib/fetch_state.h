/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of fetch share. */
#ifndef SHUNT_USER_LIB_FETCH_STATE_H
#define SHUNT_USER_LIB_FETCH_STATE_H

#include <stdint.h>
#include <curl/curl.h>
#include "user/lib/fetch.h"

#define FETCH_CONNECT_MS 10000
#define FETCH_HEAD_MAX (256 * 1024) /* bytes of a response's head, trailers included */

struct fetch_loop {
	uv_loop_t *loop;
	CURLM *multi;
	uv_timer_t timer; /* when libcurl wants to run without a socket being ready */
	struct fetch *fetches;
	bool busy; /* libcurl is running: handles can neither be added nor removed */
	bool deferred; /* some fetch waits for that to be over */
	bool stopping;
};

struct fetch {
	struct fetch_loop *owner;
	struct fetch *previous;
	struct fetch *next;
	CURL *easy;
	struct curl_slist *headers;
	struct curl_slist *connect_to;
	struct fetch_events events;
	void *argument;
	uv_timer_t idle;
	unsigned int connect_ms;
	unsigned int timeout_ms;
	unsigned int idle_ms;
	char *server; /* "10.0.0.1:443" */
	size_t head_length;
	int error; /* of data(), or of ours */
	bool added; /* libcurl has it */
	bool cancelled;
	bool finished; /* done() is being called */
	bool head_told;
	char text[CURL_ERROR_SIZE];
};

/* Sets all options of fetch->easy. -ENOMEM or -EINVAL; what it made is freed with the fetch. */
int fetch_set_options(struct fetch *fetch, const struct fetch_request *request);

/* A sentence on why a transfer failed, to be freed. NULL for want of memory. */
char *fetch_problem(struct fetch *fetch, CURLcode code);

/* Hands a fetch to libcurl, now or when that has returned. -ENOMEM. */
int fetch_loop_add(struct fetch *fetch);

/* Ends a fetch: tells done(), then frees it. */
void fetch_finish(struct fetch *fetch, CURLcode code);

/* Frees a fetch; libcurl must not be running. */
void fetch_release(struct fetch *fetch);

#endif
