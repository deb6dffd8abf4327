// SPDX-License-Identifier: Apache-2.0
/*
 * Writes are JSON patches (RFC 6902) that begin with the resourceVersion, which the API server
 * compares: only what is a client's to decide is replaced, and what others keep in metadata stays.
 */
#include "user/manager/store_kubernetes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/clock.h"
#include "user/manager/store_object.h"

#define JSON_PATCH "application/json-patch+json"
#define SETTLE_MS 5000 /* a removal is told then, whether the watch has told of it or not */

struct store_kubernetes_write {
	struct store_kubernetes *store;
	store_done done;
	void *argument;
	char *name;
	bool creates;
	bool removes;
	bool removed; /* the API server has said so */
	bool told; /* the watch has; its revision comes with what it then has come to */
	uint64_t begun; /* ns, monotonic */
	char *actor; /* of the audit; NULL: none */
	char *action;
	char *detail;
	uv_timer_t timer;
	TAILQ_ENTRY(store_kubernetes_write) link;
};

static void on_closed(uv_handle_t *handle)
{
	struct store_kubernetes_write *write = handle->data;

	free(write->name);
	free(write->actor);
	free(write->action);
	free(write->detail);
	free(write);
}

static void release(struct store_kubernetes_write *write)
{
	TAILQ_REMOVE(&write->store->writes, write, link);
	uv_close((uv_handle_t *)&write->timer, on_closed);
}

static void audit(const struct store_kubernetes_write *write, uint64_t revision)
{
	const struct store_audit entry = {
		.actor = write->actor, .action = write->action, .detail = write->detail};

	if (write->actor)
		store_kubernetes_audit_add(write->store, &entry, write->name, revision);
}

static void finish(struct store_kubernetes_write *write, const struct store_result *result)
{
	struct store_counts *counts = &write->store->counts;
	store_done done = write->done;
	void *argument = write->argument;

	if (!result->error) {
		counts->writes++;
		counts->write_ns += clock_monotonic() - write->begun;
		audit(write, result->revision);
	} else if (result->error == -EAGAIN || result->error == -EEXIST ||
		   result->error == -ENOENT) {
		counts->conflicts++;
	} else {
		counts->failures++;
	}
	release(write);
	done(argument, result);
}

static int error_of(const struct store_kubernetes_write *write, unsigned int status)
{
	switch (status) {
	case 401:
	case 403:
		return -EACCES;
	case 404:
		return write->creates ? -EIO : -ENOENT;
	case 409:
		return write->creates ? -EEXIST : -EAGAIN;
	case 400:
	case 413:
	case 422:
		return -EINVAL;
	default:
		return -EIO;
	}
}

static void finish_removal(struct store_kubernetes_write *write)
{
	struct store_result result = {.revision = write->store->revision};

	finish(write, &result);
}

static void on_settle_timeout(uv_timer_t *timer)
{
	finish_removal(timer->data);
}

void store_kubernetes_write_removed(struct store_kubernetes *store, const char *name)
{
	struct store_kubernetes_write *write;

	TAILQ_FOREACH(write, &store->writes, link)
	{
		if (write->removes && strcmp(write->name, name) == 0)
			write->told = true;
	}
}

static struct store_kubernetes_write *next_settled(const struct store_kubernetes *store)
{
	struct store_kubernetes_write *write;

	TAILQ_FOREACH(write, &store->writes, link)
	{
		if (write->removed && write->told)
			return write;
	}
	return NULL;
}

/* From the start each time: whoever is told may end other writes. */
void store_kubernetes_writes_settle(struct store_kubernetes *store)
{
	struct store_kubernetes_write *write;

	while ((write = next_settled(store)))
		finish_removal(write);
}

static void on_answer(void *argument, const struct kube_answer *answer)
{
	struct store_kubernetes_write *write = argument;
	struct store_result result = {0};

	if (answer->problem) {
		result.error = error_of(write, answer->status);
		result.problem = answer->problem;
		finish(write, &result);
	} else if (write->removes) {
		/* The answer is a Status: which revision it is the watch tells. */
		write->removed = true;
		uv_timer_start(&write->timer, on_settle_timeout, SETTLE_MS, 0);
		store_kubernetes_writes_settle(write->store);
	} else {
		result.object = answer->body;
		result.revision = store_object_revision(answer->body);
		finish(write, &result);
	}
}

/* name is taken over. NULL for want of memory. */
static struct store_kubernetes_write *write_new(struct store_kubernetes *store, const char *name,
						const struct store_audit *record, store_done done,
						void *argument)
{
	struct store_kubernetes_write *write = calloc(1, sizeof(*write));

	if (!write)
		return NULL;
	*write = (struct store_kubernetes_write){.store = store,
						 .done = done,
						 .argument = argument,
						 .name = strdup(name),
						 .begun = clock_monotonic()};
	if (record) {
		write->actor = strdup(record->actor);
		write->action = strdup(record->action);
		write->detail = record->detail ? strdup(record->detail) : NULL;
	}
	uv_timer_init(store->loop, &write->timer);
	write->timer.data = write;
	TAILQ_INSERT_TAIL(&store->writes, write, link);
	return write;
}

/* Sends it; takes over the reference to body, which may be NULL for want of memory. */
static void send_write(struct store_kubernetes_write *write, const char *method, const char *path,
		       const char *type, json_t *body)
{
	struct store_result result = {.error = -ENOMEM, .problem = "out of memory"};

	if (!write->name || !body ||
	    kube_request(write->store->kube, method, path, type, body, on_answer, write))
		finish(write, &result);
	json_decref(body);
}

static void fail(store_done done, void *argument)
{
	struct store_result result = {.error = -ENOMEM, .problem = "out of memory"};

	done(argument, &result);
}

static void path_of(const char *name, const char *suffix, char path[STORE_KUBERNETES_PATH_SIZE])
{
	snprintf(path, STORE_KUBERNETES_PATH_SIZE, STORE_KUBERNETES_API "/contexts/%s%s", name,
		 suffix);
}

static json_t *patch_version(const char *expected)
{
	return json_pack("[{s:s, s:s, s:s}]", "op", "replace", "path", "/metadata/resourceVersion",
			 "value", expected);
}

/* "add" replaces what is there (RFC 6902, section 4.1). Without a value it becomes empty. */
static void patch_member(json_t *patch, const char *path, json_t *value)
{
	json_array_append_new(patch,
			      json_pack("{s:s, s:s, s:o}", "op", "add", "path", path, "value",
					value ? json_incref(value) : json_object()));
}

void store_kubernetes_put(struct store *base, json_t *object, const char *expected,
			  const struct store_audit *record, store_done done, void *argument)
{
	struct store_kubernetes *store = (struct store_kubernetes *)base;
	struct store_kubernetes_write *write =
		write_new(store, store_object_name(object), record, done, argument);
	json_t *wanted = store_object_wanted(object);
	json_t *metadata = json_object_get(wanted, "metadata");
	char path[STORE_KUBERNETES_PATH_SIZE];
	json_t *patch;

	if (!write) {
		json_decref(wanted);
		fail(done, argument);
		return;
	}
	write->creates = !expected;
	if (!expected) {
		send_write(write, "POST", STORE_KUBERNETES_API "/contexts", NULL, wanted);
		return;
	}
	patch = wanted ? patch_version(expected) : NULL;
	if (patch) {
		patch_member(patch, "/metadata/labels", json_object_get(metadata, "labels"));
		patch_member(patch, "/metadata/annotations",
			     json_object_get(metadata, "annotations"));
		patch_member(patch, "/spec", json_object_get(wanted, "spec"));
	}
	path_of(write->name, "", path);
	send_write(write, "PATCH", path, JSON_PATCH, patch);
	json_decref(wanted);
}

void store_kubernetes_remove(struct store *base, const char *name, const char *expected,
			     const struct store_audit *record, store_done done, void *argument)
{
	struct store_kubernetes *store = (struct store_kubernetes *)base;
	struct store_kubernetes_write *write = write_new(store, name, record, done, argument);
	char path[STORE_KUBERNETES_PATH_SIZE];

	if (!write) {
		fail(done, argument);
		return;
	}
	write->removes = true;
	path_of(name, "", path);
	send_write(write, "DELETE", path, NULL,
		   json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind", "DeleteOptions",
			     "preconditions", "resourceVersion", expected));
}

void store_kubernetes_put_status(struct store *base, const char *name, json_t *status,
				 const char *expected, store_done done, void *argument)
{
	struct store_kubernetes *store = (struct store_kubernetes *)base;
	struct store_kubernetes_write *write = write_new(store, name, NULL, done, argument);
	char path[STORE_KUBERNETES_PATH_SIZE];
	json_t *patch;

	if (!write) {
		fail(done, argument);
		return;
	}
	patch = patch_version(expected);
	if (patch)
		patch_member(patch, "/status", status);
	path_of(name, "/status", path);
	send_write(write, "PATCH", path, JSON_PATCH, patch);
}

/* What is under way has no answer: the client of the API has ended. */
void store_kubernetes_writes_stop(struct store_kubernetes *store)
{
	while (!TAILQ_EMPTY(&store->writes))
		release(TAILQ_FIRST(&store->writes));
}
