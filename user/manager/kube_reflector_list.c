// SPDX-License-Identifier: Apache-2.0
/* A reflector's list, page by page, and what it differs in from what was known. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/manager/kube_reflector_state.h"

#define TIMEOUT_MS 120000
#define LOOK_AGAIN_MS 30000 /* for what is not served yet */
#define UNSERVED_MS 60000 /* then what was served counts as gone */

static int on_data(void *argument, struct fetch *fetch, const void *bytes, size_t length)
{
	struct kube_reflector *reflector = argument;

	(void)fetch;
	return kube_body_add(&reflector->body, bytes, length, KUBE_PAGE_MAX);
}

/* Tells what is new in a page. False: the reflector was stopped meanwhile, or has failed. */
static bool take_items(struct kube_reflector *reflector, const struct kube_page *page)
{
	size_t index;
	json_t *item;

	json_array_foreach(page->items, index, item)
	{
		bool changed, ignored;

		if (!kube_object_is_sound(item)) {
			kube_reflector_fail(reflector,
					    "the API server lists an object without a name or "
					    "resourceVersion",
					    0);
			return false;
		}
		if (kube_known_put(&reflector->listed, item, &ignored) ||
		    kube_known_put(&reflector->known, item, &changed)) {
			kube_reflector_fail(reflector, "out of memory", 0);
			return false;
		}
		if (changed)
			kube_reflector_put(reflector, item);
		if (!reflector->kube)
			return false;
	}
	return true;
}

static int tell_removed(void *argument, const char *namespace, const char *name)
{
	struct kube_reflector *reflector = argument;

	kube_reflector_removed(reflector, namespace, name);
	return reflector->kube ? 0 : -ECANCELED;
}

/* False: the reflector was stopped meanwhile. */
static bool finish_list(struct kube_reflector *reflector)
{
	if (kube_known_retain(&reflector->known, &reflector->listed, tell_removed, reflector))
		return false;
	kube_known_clear(&reflector->listed);
	kube_reflector_set(&reflector->page, NULL);
	kube_reflector_settled(reflector);
	return reflector->kube != NULL;
}

static void take_page(struct kube_reflector *reflector)
{
	struct kube_page page;
	bool last;

	if (kube_page_read(reflector->body.bytes, reflector->body.length, &page)) {
		kube_reflector_fail(reflector,
				    "the API server answers a list with what is no list; is the "
				    "server's URL that of a Kubernetes API?",
				    0);
		return;
	}
	reflector->unserved = 0;
	last = !page.next[0];
	if (!take_items(reflector, &page)) {
		kube_page_clear(&page);
		return;
	}
	if (kube_reflector_set(last ? &reflector->version : &reflector->page,
			       last ? page.version : page.next)) {
		kube_reflector_fail(reflector, "out of memory", 0);
		kube_page_clear(&page);
		return;
	}
	kube_page_clear(&page);
	/* A page of objects is much memory, and the watch takes little. */
	kube_body_clear(&reflector->body);
	if (!last)
		kube_reflector_list(reflector);
	else if (finish_list(reflector))
		kube_reflector_watch(reflector);
}

/* Nothing of the kind: it counts as empty, until it is served one day. */
static void take_none(struct kube_reflector *reflector)
{
	kube_known_clear(&reflector->listed);
	if (!finish_list(reflector))
		return;
	reflector->failures = 0;
	kube_reflector_well(reflector);
	kube_reflector_later(reflector, kube_random(LOOK_AGAIN_MS / 2, LOOK_AGAIN_MS));
}

/* An API server that starts, or a proxy before it, says for a while that it does not know a kind. */
static bool may_come_back(struct kube_reflector *reflector)
{
	uint64_t now = uv_now(reflector->kube->loop);

	if (!json_object_size(reflector->known.versions))
		return false;
	if (!reflector->unserved)
		reflector->unserved = now;
	return now - reflector->unserved < UNSERVED_MS;
}

static void take_refusal(struct kube_reflector *reflector, struct fetch *fetch, unsigned int status)
{
	struct kube_failure failure;
	bool unserved;

	kube_reflector_read_failure(reflector, fetch, status, &failure);
	unserved = kube_is_unserved(&failure);
	json_decref((json_t *)failure.body);
	if (unserved && reflector->options.fallback_path &&
	    reflector->path == reflector->options.path) {
		reflector->path = reflector->options.fallback_path;
		kube_reflector_list(reflector);
	} else if (unserved && reflector->options.optional && !may_come_back(reflector)) {
		reflector->path = reflector->options.path;
		take_none(reflector);
	} else if (status == 410 && reflector->page) {
		/* The pages read so far are of a state that is forgotten. */
		kube_reflector_set(&reflector->page, NULL);
		kube_reflector_again(reflector);
	} else {
		if (unserved)
			reflector->path = reflector->options.path;
		kube_reflector_set(&reflector->page, NULL);
		kube_reflector_refused(reflector, fetch, status);
	}
}

static void on_done(void *argument, struct fetch *fetch, unsigned int status, const char *problem)
{
	struct kube_reflector *reflector = argument;

	reflector->fetch = NULL;
	kube_count(reflector->kube, problem ? 0 : status);
	if (problem) {
		kube_reflector_set(&reflector->page, NULL);
		kube_reflector_fail(reflector, problem, 0);
	} else if (status == 200) {
		take_page(reflector);
	} else {
		take_refusal(reflector, fetch, status);
	}
}

void kube_reflector_list(struct kube_reflector *reflector)
{
	static const struct fetch_events events = {.data = on_data, .done = on_done};
	struct kube_send send = {.method = "GET", .compressed = true, .timeout_ms = TIMEOUT_MS};

	if (!reflector->page) {
		kube_known_clear(&reflector->listed);
		reflector->lists++;
	}
	reflector->body.length = 0;
	free(reflector->request);
	reflector->request = kube_page_path(reflector->path, &reflector->options, reflector->page);
	send.path = reflector->request;
	if (send.path)
		reflector->fetch = kube_send(reflector->kube, &send, &events, reflector);
	if (!reflector->fetch)
		kube_reflector_fail(reflector, "out of memory", 0);
}
