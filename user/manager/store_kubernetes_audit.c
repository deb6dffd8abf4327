// SPDX-License-Identifier: Apache-2.0
/*
 * The audit: an AuditEvent for each change. Their names begin with the time counted down, so that the
 * API server, which lists by name, gives the newest first.
 */
#include "user/manager/store_kubernetes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/clock.h"
#include "user/lib/format.h"
#include "user/lib/log.h"
#include "user/manager/store_object.h"

#define EVENTS_PATH STORE_KUBERNETES_API "/auditevents"
#define PAGE "500"
#define PAGES_MAX 40 /* that are looked through for one answer */
#define MICROSECOND 1000u /* ns */
#define KEEP_US ((uint64_t)90 * 24 * 60 * 60 * 1000000)
#define PRUNE_MS_MIN (6u * 60 * 60 * 1000)
#define PRUNE_MS_SPREAD (6u * 60 * 60 * 1000)
#define PRUNE_AT_ONCE 200

static void on_added(void *argument, const struct kube_answer *answer)
{
	struct store_kubernetes *store = argument;

	if (!answer->problem)
		return;
	if (!store->audit_lost++)
		log_line("an AuditEvent could not be written: %s", answer->problem);
}

void store_kubernetes_audit_add(struct store_kubernetes *store, const struct store_audit *audit,
				const char *context, uint64_t revision)
{
	uint64_t now = clock_wall() / MICROSECOND;
	char name[48], time[FORMAT_SIZE];
	json_t *event;

	snprintf(name, sizeof(name), "%016" PRIx64 "-%08lx", UINT64_MAX - now,
		 (unsigned long)random());
	store_object_time(now * MICROSECOND, time);
	event = json_pack("{s:s, s:s, s:{s:s}, s:{s:I, s:s, s:s, s:s, s:s, s:s*, s:I}}",
			  "apiVersion", STORE_API_VERSION, "kind", "AuditEvent", "metadata", "name",
			  name, "spec", "id", (json_int_t)now, "time", time, "actor", audit->actor,
			  "action", audit->action, "context", context, "detail", audit->detail,
			  "revision", (json_int_t)revision);
	if (!event || kube_request(store->kube, "POST", EVENTS_PATH, NULL, event, on_added, store))
		store->audit_lost++;
	json_decref(event);
}

/* Looks through pages, for a list or to prune. */
struct walk {
	struct store_kubernetes *store;
	store_audit_done done; /* NULL: it prunes */
	void *argument;
	char *context;
	char *actor;
	uint64_t before;
	unsigned int limit;
	unsigned int pages;
	json_t *entries;
};

static void walk_free(struct walk *walk)
{
	free(walk->context);
	free(walk->actor);
	json_decref(walk->entries);
	free(walk);
}

static void walk_end(struct walk *walk, const char *problem)
{
	if (walk->done)
		walk->done(walk->argument, problem ? NULL : walk->entries, problem);
	else
		walk->store->pruning = false;
	walk_free(walk);
}

static bool is_wanted(const struct walk *walk, json_t *spec, uint64_t id)
{
	const char *context = json_string_value(json_object_get(spec, "context"));
	const char *actor = json_string_value(json_object_get(spec, "actor"));

	return (!walk->before || id < walk->before) &&
	       (!walk->context || (context && strcmp(context, walk->context) == 0)) &&
	       (!walk->actor || (actor && strcmp(actor, walk->actor) == 0));
}

static void on_pruned(void *argument, const struct kube_answer *answer)
{
	struct store_kubernetes *store = argument;

	/* Another manager may have been first; what is left is for the next time. */
	if (answer->problem && answer->status != 404)
		log_line("an old AuditEvent could not be removed: %s", answer->problem);
	(void)store;
}

static void prune(struct walk *walk, json_t *item)
{
	const char *name =
		json_string_value(json_object_get(json_object_get(item, "metadata"), "name"));
	char path[STORE_KUBERNETES_PATH_SIZE];

	if (!name || !walk->limit)
		return;
	walk->limit--;
	snprintf(path, sizeof(path), EVENTS_PATH "/%s", name);
	kube_request(walk->store->kube, "DELETE", path, NULL, NULL, on_pruned, walk->store);
}

static void take(struct walk *walk, json_t *item)
{
	json_t *spec = json_object_get(item, "spec");
	uint64_t id = (uint64_t)json_integer_value(json_object_get(spec, "id"));

	if (!walk->done) {
		if (id + KEEP_US < clock_wall() / MICROSECOND)
			prune(walk, item);
	} else if (walk->limit && is_wanted(walk, spec, id)) {
		json_array_append(walk->entries, spec);
		walk->limit--;
	}
}

static void walk_on(struct walk *walk, const char *token);

static void on_page(void *argument, const struct kube_answer *answer)
{
	struct walk *walk = argument;
	json_t *metadata = json_object_get(answer->body, "metadata");
	const char *token = json_string_value(json_object_get(metadata, "continue"));
	json_t *item;
	size_t i;

	if (answer->problem) {
		walk_end(walk, answer->problem);
		return;
	}
	json_array_foreach(json_object_get(answer->body, "items"), i, item)
	{
		take(walk, item);
	}
	if (token && *token && walk->limit && ++walk->pages < PAGES_MAX)
		walk_on(walk, token);
	else
		walk_end(walk, NULL);
}

static void walk_on(struct walk *walk, const char *token)
{
	char *path = NULL;
	int error = -ENOMEM;

	if (asprintf(&path, EVENTS_PATH "?limit=" PAGE "%s%s", token ? "&continue=" : "",
		     token ? token : "") >= 0)
		error = kube_request(walk->store->kube, "GET", path, NULL, NULL, on_page, walk);
	free(path);
	if (error)
		walk_end(walk, "out of memory");
}

void store_kubernetes_audit_list(struct store *base, const struct store_audit_query *query,
				 store_audit_done done, void *argument)
{
	struct walk *walk = calloc(1, sizeof(*walk));

	if (!walk) {
		done(argument, NULL, "out of memory");
		return;
	}
	*walk = (struct walk){.store = (struct store_kubernetes *)base,
			      .done = done,
			      .argument = argument,
			      .context = query->context ? strdup(query->context) : NULL,
			      .actor = query->actor ? strdup(query->actor) : NULL,
			      .before = query->before,
			      .limit = query->limit,
			      .entries = json_array()};
	if (walk->entries && (!query->context || walk->context) && (!query->actor || walk->actor))
		walk_on(walk, NULL);
	else
		walk_end(walk, "out of memory");
}

static void on_prune(uv_timer_t *timer)
{
	struct store_kubernetes *store = timer->data;
	struct walk *walk;

	store_kubernetes_audit_start(store);
	if (store->pruning)
		return;
	walk = calloc(1, sizeof(*walk));
	if (!walk)
		return;
	store->pruning = true;
	*walk = (struct walk){.store = store, .limit = PRUNE_AT_ONCE};
	walk_on(walk, NULL);
}

void store_kubernetes_audit_start(struct store_kubernetes *store)
{
	uint64_t wait = PRUNE_MS_MIN + (uint64_t)random() % PRUNE_MS_SPREAD;

	uv_timer_start(&store->prune, on_prune, wait, 0);
}
