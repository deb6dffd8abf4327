// SPDX-License-Identifier: Apache-2.0
/*
 * Contexts, written. A write is prepared against the context as the catalog has it, and given to the
 * store with that one's version; where another write was first, it is prepared again. The answer
 * waits until the catalog has what was written, so that who reads next from this manager reads it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/manager/api_write.h"

#define TRIES_MAX 8
#define RETRY_MS 20 /* times the number of tries: what is being written elsewhere comes to us */
#define SETTLE_MS 2000 /* then it is answered as far as is known */

static void write_drop(struct api_write *write)
{
	if (--write->references)
		return;
	json_decref(write->body);
	json_decref(write->result);
	free(write);
}

static void on_closed(uv_handle_t *handle)
{
	write_drop(handle->data);
}

/* It is over, answered or not. */
static void finish(struct api_write *write)
{
	struct api_call *call = write->call;

	if (write->over)
		return;
	write->over = true;
	TAILQ_REMOVE(&call->api->writes, write, link);
	call->write = NULL;
	uv_close((uv_handle_t *)&write->timer, on_closed);
	api_call_drop(call);
}

void api_write_forget(struct api_call *call)
{
	if (call->write)
		finish(call->write);
}

void api_write_stop(struct api *api)
{
	while (!TAILQ_EMPTY(&api->writes))
		finish(TAILQ_FIRST(&api->writes));
}

static void reply_written(struct api_write *write)
{
	const struct catalog_context *context =
		catalog_find(write->call->api->parts.catalog, write->call->name);
	struct api_call *call = write->call;
	char revision[24];
	json_t *object;

	snprintf(revision, sizeof(revision), "%llu", (unsigned long long)write->revision);
	if (call->request)
		httpd_set_header(call->request, "Shunt-Revision", revision);
	if (context && context->revision >= write->revision && call->request)
		httpd_set_header(call->request, "ETag", context->etag);
	if (context && context->revision >= write->revision)
		object = api_context_json(call->api, context);
	else
		object = json_incref(write->result);
	api_reply_json(call, write->created ? 201 : 200, object);
	finish(write);
}

/* Whether the catalog has what was written. */
static bool has_settled(const struct api_write *write)
{
	const struct catalog_context *context =
		catalog_find(write->call->api->parts.catalog, write->call->name);

	if (write->removes)
		return !context || context->revision > write->revision;
	return context && context->revision >= write->revision;
}

static void on_settled(uv_timer_t *timer)
{
	reply_written(timer->data);
}

static void on_retry(uv_timer_t *timer)
{
	struct api_write *write = timer->data;

	api_write_try(write);
}

void api_write_changed(struct api *api, const char *name)
{
	struct api_write *write, *next;

	for (write = TAILQ_FIRST(&api->writes); write; write = next) {
		next = TAILQ_NEXT(write, link);
		if (write->revision && strcmp(write->call->name, name) == 0 && has_settled(write))
			reply_written(write);
	}
}

static void refuse_failed(struct api_call *call, const struct store_result *result)
{
	const char *problem = result->problem ? result->problem : strerror(-result->error);

	if (result->error == -EINVAL)
		api_problem(call, 422, NULL, "the store refuses the context: %s", problem);
	else if (result->error == -EACCES)
		api_problem(call, 503, NULL, "the manager may not write to the store: %s", problem);
	else
		api_problem(call, 503, NULL, "the store failed: %s", problem);
}

static void on_stored(void *argument, const struct store_result *result)
{
	struct api_write *write = argument;
	struct api_call *call = write->call;
	int error = result->error;

	if (write->over) {
		/* Nobody waits for the answer any more. */
	} else if (!error) {
		write->revision = result->revision;
		if (result->object && !write->removes) {
			json_decref(write->result);
			write->result = json_incref(result->object);
		}
		/* The catalog resolves in this turn of the loop what it has been told. */
		uv_timer_start(&write->timer, on_settled, has_settled(write) ? 0 : SETTLE_MS, 0);
	} else if ((error == -EAGAIN || error == -EEXIST || error == -ENOENT) &&
		   ++write->tries < TRIES_MAX) {
		uv_timer_start(&write->timer, on_retry, RETRY_MS * write->tries, 0);
	} else {
		if (error == -EAGAIN || error == -EEXIST || error == -ENOENT)
			api_problem(call, 409, NULL,
				    "others change the context all the time; try again");
		else
			refuse_failed(call, result);
		finish(write);
	}
	write_drop(write);
}

void api_write_store(struct api_write *write, json_t *object, const char *expected,
		     const struct store_audit *audit)
{
	struct store *store = write->call->api->parts.store;

	/* Held by the store until it has answered. */
	write->references++;
	write->created = !expected;
	if (write->removes)
		store_remove(store, write->call->name, expected, audit, on_stored, write);
	else
		store_put(store, object, expected, audit, on_stored, write);
}

struct api_write *api_write_start(struct api_call *call, void (*prepare)(struct api_write *write),
				  json_t *body, bool removes)
{
	struct api_write *write = calloc(1, sizeof(*write));

	if (!write) {
		json_decref(body);
		api_problem(call, 503, NULL, "the manager has no memory; try again later");
		return NULL;
	}
	*write = (struct api_write){.call = call,
				    .prepare = prepare,
				    .body = body,
				    .removes = removes,
				    .references = 1};
	api_call_hold(call);
	call->write = write;
	TAILQ_INSERT_TAIL(&call->api->writes, write, link);
	uv_timer_init(call->api->loop, &write->timer);
	write->timer.data = write;
	return write;
}

void api_write_try(struct api_write *write)
{
	struct api_call *call = write->call;

	/* For as long as it is prepared: an answer may end it. */
	api_call_hold(call);
	write->references++;
	write->prepare(write);
	if (!call->request)
		api_write_forget(call);
	write_drop(write);
	api_call_drop(call);
}
