// SPDX-License-Identifier: Apache-2.0
/* Single requests, tried again where the answer says so. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/manager/kube_body.h"
#include "user/manager/kube_problem.h"
#include "user/manager/kube_state.h"

#define ATTEMPTS_MAX 5
#define BODY_MAX (16u * 1024 * 1024)
#define TIMEOUT_MS 30000

struct kube_call {
	struct kube *kube;
	struct kube_call *previous;
	struct kube_call *next;
	char *method;
	char *path;
	char *content_type; /* NULL: the usual one */
	char *text; /* the body that is sent; NULL: none */
	kube_done done;
	void *argument;
	struct fetch *fetch; /* NULL while it waits */
	struct kube_body body;
	uv_timer_t timer;
	unsigned int attempts;
	bool renewed; /* it was tried with a new token */
};

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void release(struct kube_call *call)
{
	if (call->previous)
		call->previous->next = call->next;
	else
		call->kube->calls = call->next;
	if (call->next)
		call->next->previous = call->previous;
	fetch_cancel(call->fetch);
	kube_body_clear(&call->body);
	free(call->method);
	free(call->path);
	free(call->content_type);
	free(call->text);
	uv_close((uv_handle_t *)&call->timer, on_closed);
}

/* The call is freed before, as done() may stop the kube. */
static void finish(struct kube_call *call, const struct kube_answer *answer)
{
	kube_done done = call->done;
	void *argument = call->argument;

	release(call);
	if (done)
		done(argument, answer);
}

static int on_data(void *argument, struct fetch *fetch, const void *bytes, size_t length)
{
	struct kube_call *call = argument;

	(void)fetch;
	return kube_body_add(&call->body, bytes, length, BODY_MAX);
}

static void on_timer(uv_timer_t *timer);

static void try_again(struct kube_call *call, unsigned int wait_ms)
{
	call->kube->retries++;
	uv_timer_start(&call->timer, on_timer, wait_ms, 0);
}

/* A token that has rotated since is read anew, once. */
static bool wants_new_token(struct kube_call *call, unsigned int status)
{
	if (status != 401 || !call->kube->token.file || call->renewed)
		return false;
	call->renewed = true;
	return true;
}

static void conclude(struct kube_call *call, struct kube_failure *failure)
{
	struct kube_answer answer = {
		.status = failure->status,
		.body = (json_t *)failure->body,
		.retry_after_s = failure->retry_after_s,
	};
	char *problem = NULL;

	if (failure->status / 100 != 2) {
		problem = kube_problem(failure);
		answer.problem = problem ? problem : "out of memory";
	}
	finish(call, &answer);
	free(problem);
}

static void handle_answer(struct kube_call *call, struct fetch *fetch, unsigned int status)
{
	json_t *body = kube_json(call->body.bytes, call->body.length);
	struct kube_failure failure = {
		.server = call->kube->config.server,
		.method = call->method,
		.path = call->path,
		.status = status,
		.body = body,
		.text = call->body.bytes,
		.length = call->body.length,
		.retry_after_s = kube_retry_after(fetch, body),
	};

	/* What explains the answer is taken along, as the call is freed before it is told. */
	if (wants_new_token(call, status)) {
		try_again(call, 0);
	} else if (kube_is_passing(&failure) && call->attempts < ATTEMPTS_MAX) {
		unsigned int wait = kube_backoff_ms(call->attempts);

		if (failure.retry_after_s * 1000 > wait)
			wait = failure.retry_after_s * 1000;
		try_again(call, wait);
	} else {
		conclude(call, &failure);
	}
	json_decref(body);
}

static void on_done(void *argument, struct fetch *fetch, unsigned int status, const char *problem)
{
	struct kube_call *call = argument;
	struct kube_answer answer = {.problem = problem};

	call->fetch = NULL;
	kube_count(call->kube, problem ? 0 : status);
	if (!problem)
		handle_answer(call, fetch, status);
	else if (!fetch_was_sent(fetch) && call->attempts < ATTEMPTS_MAX)
		try_again(call, kube_backoff_ms(call->attempts));
	else
		finish(call, &answer);
}

static int send_call(struct kube_call *call)
{
	static const struct fetch_events events = {.data = on_data, .done = on_done};
	const struct kube_send send = {
		.method = call->method,
		.path = call->path,
		.content_type = call->content_type,
		.body = call->text,
		.body_length = call->text ? strlen(call->text) : 0,
		.timeout_ms = TIMEOUT_MS,
	};

	call->attempts++;
	call->body.length = 0;
	call->fetch = kube_send(call->kube, &send, &events, call);
	return call->fetch ? 0 : -ENOMEM;
}

static void on_timer(uv_timer_t *timer)
{
	struct kube_call *call = timer->data;
	const struct kube_answer answer = {.problem = "out of memory"};

	if (send_call(call))
		finish(call, &answer);
}

static struct kube_call *new_call(struct kube *kube)
{
	struct kube_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->kube = kube;
	uv_timer_init(kube->loop, &call->timer);
	call->timer.data = call;
	call->next = kube->calls;
	if (call->next)
		call->next->previous = call;
	kube->calls = call;
	return call;
}

int kube_request(struct kube *kube, const char *method, const char *path, const char *content_type,
		 json_t *body, kube_done done, void *argument)
{
	struct kube_call *call = new_call(kube);

	if (!call)
		return -ENOMEM;
	call->method = strdup(method);
	call->path = strdup(path);
	call->content_type = content_type ? strdup(content_type) : NULL;
	call->text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	call->done = done;
	call->argument = argument;
	if (!call->method || !call->path || (content_type && !call->content_type) ||
	    (body && !call->text) || send_call(call)) {
		release(call);
		return -ENOMEM;
	}
	return 0;
}

void kube_calls_stop(struct kube *kube)
{
	while (kube->calls)
		release(kube->calls);
}
