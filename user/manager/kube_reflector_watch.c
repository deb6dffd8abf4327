// SPDX-License-Identifier: Apache-2.0
/* A reflector's watch: what changes after the list. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/manager/kube_reflector_state.h"

#define SHORTEST_S 290
#define LONGEST_S 590
#define LATE_S 30 /* for the server to end the watch, and for its last bytes to come */
#define SOUND_MS 5000 /* a watch that lasted so long was none that fails */
#define REFUSAL_MAX (1024u * 1024)

static int take_version(struct kube_reflector *reflector, const json_t *object)
{
	const char *version = json_string_value(
		json_object_get(json_object_get(object, "metadata"), "resourceVersion"));

	if (!version || !version[0])
		return -EPROTO;
	reflector->failures = 0;
	reflector->advanced = true;
	return kube_reflector_set(&reflector->version, version);
}

static int take_put(struct kube_reflector *reflector, json_t *object)
{
	bool changed;
	int error = kube_known_put(&reflector->known, object, &changed);

	if (!error && changed)
		kube_reflector_put(reflector, object);
	return error;
}

static void take_deletion(struct kube_reflector *reflector, const json_t *object)
{
	const json_t *metadata = json_object_get(object, "metadata");
	const char *namespace = json_string_value(json_object_get(metadata, "namespace"));
	const char *name = json_string_value(json_object_get(metadata, "name"));

	if (kube_known_remove(&reflector->known, object))
		kube_reflector_removed(reflector, namespace ? namespace : "", name);
}

static int on_event(void *argument, enum kube_watch_type type, json_t *object)
{
	struct kube_reflector *reflector = argument;
	int error = 0;

	reflector->types[type]++;
	if (type == KUBE_WATCH_ERROR) {
		reflector->error = json_incref(object);
		return -ECONNABORTED;
	}
	/* A bookmark has no name, and is of the kind for the version alone. */
	if (type != KUBE_WATCH_BOOKMARK && !kube_object_is_sound(object))
		return -EPROTO;
	if (type == KUBE_WATCH_DELETED)
		take_deletion(reflector, object);
	else if (type != KUBE_WATCH_BOOKMARK)
		error = take_put(reflector, object);
	if (!reflector->kube)
		return -ECANCELED;
	return error ? error : take_version(reflector, object);
}

static void on_head(void *argument, struct fetch *fetch, unsigned int status)
{
	struct kube_reflector *reflector = argument;

	(void)fetch;
	reflector->status = status;
	if (status == 200)
		kube_reflector_well(reflector);
}

static int on_data(void *argument, struct fetch *fetch, const void *bytes, size_t length)
{
	struct kube_reflector *reflector = argument;
	int error;

	(void)fetch;
	if (reflector->status != 200)
		return kube_body_add(&reflector->body, bytes, length, REFUSAL_MAX);
	error = kube_watch_feed(&reflector->watch, bytes, length, on_event, reflector);
	reflector->garbage = error && !reflector->error;
	if (reflector->kube && reflector->advanced)
		kube_reflector_settled(reflector);
	return error;
}

/* A Status within the stream: most often that our version is too old. */
static void end_by_error(struct kube_reflector *reflector)
{
	const struct kube_failure failure = {
		.server = kube_server(reflector->kube),
		.method = "GET",
		.path = reflector->request,
		.status =
			(unsigned int)json_integer_value(json_object_get(reflector->error, "code")),
		.body = reflector->error,
	};
	char *problem;

	kube_reflector_forget_version(reflector);
	if (failure.status == 410) {
		kube_reflector_again(reflector);
	} else {
		problem = kube_problem(&failure);
		kube_reflector_fail(reflector, problem ? problem : "out of memory", 0);
		free(problem);
	}
	json_decref(reflector->error);
	reflector->error = NULL;
}

/* Whether a refusal may be over soon and says nothing on our version. */
static bool keeps_version(unsigned int status)
{
	return status == 401 || status == 403 || status == 429 || status == 502 || status == 503;
}

static void end_by_refusal(struct kube_reflector *reflector, struct fetch *fetch,
			   unsigned int status)
{
	if (!keeps_version(status))
		kube_reflector_forget_version(reflector);
	if (status == 410 || status == 404)
		kube_reflector_again(reflector);
	else
		kube_reflector_refused(reflector, fetch, status);
}

/* Lines that are no events make what we know doubtful, so that it is listed anew. */
static void end_by_garbage(struct kube_reflector *reflector, const char *problem)
{
	kube_reflector_forget_version(reflector);
	kube_reflector_fail(reflector, problem, 0);
}

static void on_done(void *argument, struct fetch *fetch, unsigned int status, const char *problem)
{
	struct kube_reflector *reflector = argument;

	reflector->fetch = NULL;
	kube_count(reflector->kube, status);
	if (uv_now(reflector->kube->loop) - reflector->started >= SOUND_MS)
		reflector->failures = 0;
	if (reflector->error)
		end_by_error(reflector);
	else if (status && status != 200)
		end_by_refusal(reflector, fetch, status);
	else if (!status)
		kube_reflector_fail(reflector, problem ? problem : "no answer", 0);
	else if (problem && reflector->garbage)
		end_by_garbage(reflector, problem);
	else
		kube_reflector_again(reflector);
}

void kube_reflector_watch(struct kube_reflector *reflector)
{
	static const struct fetch_events events = {on_head, on_data, on_done};
	unsigned int seconds = kube_random(SHORTEST_S, LONGEST_S);
	struct kube_send send = {.method = "GET", .timeout_ms = (seconds + LATE_S) * 1000};

	kube_watch_clear(&reflector->watch);
	kube_body_clear(&reflector->body);
	reflector->garbage = false;
	reflector->status = 0;
	reflector->watches++;
	reflector->started = uv_now(reflector->kube->loop);
	free(reflector->request);
	reflector->request =
		kube_watch_path(reflector->path, &reflector->options, reflector->version, seconds);
	send.path = reflector->request;
	if (send.path)
		reflector->fetch = kube_send(reflector->kube, &send, &events, reflector);
	if (!reflector->fetch)
		kube_reflector_fail(reflector, "out of memory", 0);
}
