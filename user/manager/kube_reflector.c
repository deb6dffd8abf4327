// SPDX-License-Identifier: Apache-2.0
#include "user/manager/kube_reflector_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/manager/kube_path.h"

int kube_reflector_set(char **text, const char *copied)
{
	char *copy = copied ? strdup(copied) : NULL;

	if (copied && !copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

void kube_reflector_forget_version(struct kube_reflector *reflector)
{
	kube_reflector_set(&reflector->version, NULL);
	kube_reflector_set(&reflector->page, NULL);
}

static void on_timer(uv_timer_t *timer)
{
	struct kube_reflector *reflector = timer->data;

	if (reflector->version)
		kube_reflector_watch(reflector);
	else
		kube_reflector_list(reflector);
}

void kube_reflector_later(struct kube_reflector *reflector, unsigned int wait_ms)
{
	if (reflector->kube)
		uv_timer_start(&reflector->timer, on_timer, wait_ms, 0);
}

void kube_reflector_again(struct kube_reflector *reflector)
{
	unsigned int wait = reflector->failures ? kube_backoff_ms(reflector->failures) : 0;

	reflector->failures++;
	kube_reflector_later(reflector, wait);
}

static void tell(struct kube_reflector *reflector, const char *problem)
{
	if (!problem && !reflector->problem)
		return;
	if (problem && reflector->problem && strcmp(problem, reflector->problem) == 0)
		return;
	/* Where there is no memory for it, it may be told again. */
	if (kube_reflector_set(&reflector->problem, problem))
		kube_reflector_set(&reflector->problem, NULL);
	if (reflector->events.problem)
		reflector->events.problem(reflector->argument, problem);
}

void kube_reflector_well(struct kube_reflector *reflector)
{
	reflector->renewed = false;
	tell(reflector, NULL);
}

void kube_reflector_fail(struct kube_reflector *reflector, const char *problem,
			 unsigned int retry_after_s)
{
	unsigned int wait;

	reflector->failed++;
	reflector->failures++;
	wait = kube_backoff_ms(reflector->failures);
	if (retry_after_s * 1000 > wait)
		wait = retry_after_s * 1000 + kube_random(0, wait);
	tell(reflector, problem);
	kube_reflector_later(reflector, wait);
}

void kube_reflector_read_failure(const struct kube_reflector *reflector, struct fetch *fetch,
				 unsigned int status, struct kube_failure *failure)
{
	const struct kube_body *body = &reflector->body;
	json_t *root = kube_json(body->bytes, body->length);

	*failure = (struct kube_failure){
		.server = kube_server(reflector->kube),
		.method = "GET",
		.path = reflector->request,
		.status = status,
		.body = root,
		.text = body->bytes,
		.length = body->length,
		.retry_after_s = kube_retry_after(fetch, root),
	};
}

void kube_reflector_refused(struct kube_reflector *reflector, struct fetch *fetch,
			    unsigned int status)
{
	struct kube_failure failure;
	char *problem;

	if (status == 401 && reflector->kube->token.file && !reflector->renewed) {
		reflector->renewed = true;
		kube_reflector_later(reflector, 0);
		return;
	}
	kube_reflector_read_failure(reflector, fetch, status, &failure);
	problem = kube_problem(&failure);
	kube_reflector_fail(reflector, problem ? problem : "out of memory", failure.retry_after_s);
	json_decref((json_t *)failure.body);
	free(problem);
}

void kube_reflector_put(struct kube_reflector *reflector, json_t *object)
{
	if (reflector->events.put)
		reflector->events.put(reflector->argument, object);
}

void kube_reflector_removed(struct kube_reflector *reflector, const char *namespace,
			    const char *name)
{
	if (reflector->events.removed)
		reflector->events.removed(reflector->argument, namespace, name);
}

void kube_reflector_settled(struct kube_reflector *reflector)
{
	reflector->advanced = false;
	if (reflector->events.settled)
		reflector->events.settled(reflector->argument,
					  reflector->version ? reflector->version : "");
}

struct kube_reflector *kube_reflector_start(struct kube *kube,
					    const struct kube_reflector_options *options,
					    const struct kube_reflector_events *events,
					    void *argument)
{
	struct kube_reflector *reflector = calloc(1, sizeof(*reflector));

	if (!reflector)
		return NULL;
	reflector->kube = kube;
	reflector->options = *options;
	reflector->events = *events;
	reflector->argument = argument;
	reflector->path = options->path;
	uv_timer_init(kube->loop, &reflector->timer);
	reflector->timer.data = reflector;
	reflector->next = kube->reflectors;
	if (reflector->next)
		reflector->next->previous = reflector;
	kube->reflectors = reflector;
	kube_reflector_later(reflector, 0);
	return reflector;
}

/* Only here, as it may have been stopped by what it told. */
static void on_closed(uv_handle_t *handle)
{
	struct kube_reflector *reflector = handle->data;

	kube_body_clear(&reflector->body);
	kube_watch_clear(&reflector->watch);
	kube_known_clear(&reflector->known);
	kube_known_clear(&reflector->listed);
	json_decref(reflector->error);
	free(reflector->request);
	free(reflector->version);
	free(reflector->page);
	free(reflector->problem);
	free(reflector);
}

/* Ends what is under way; the kube knows it no more. */
static void detach(struct kube_reflector *reflector)
{
	if (reflector->previous)
		reflector->previous->next = reflector->next;
	else
		reflector->kube->reflectors = reflector->next;
	if (reflector->next)
		reflector->next->previous = reflector->previous;
	reflector->kube = NULL;
	fetch_cancel(reflector->fetch);
	reflector->fetch = NULL;
	uv_timer_stop(&reflector->timer);
}

void kube_reflector_stop(struct kube_reflector *reflector)
{
	if (!reflector)
		return;
	if (reflector->kube)
		detach(reflector);
	uv_close((uv_handle_t *)&reflector->timer, on_closed);
}

void kube_reflectors_stop(struct kube *kube)
{
	while (kube->reflectors)
		detach(kube->reflectors);
}

static void print_metric(const struct kube *kube, FILE *file, const char *name, const char *help,
			 size_t offset)
{
	fprintf(file,
		"# HELP shunt_manager_kubernetes_%s %s\n# TYPE shunt_manager_kubernetes_%s "
		"counter\n",
		name, help, name);
	for (const struct kube_reflector *each = kube->reflectors; each; each = each->next) {
		struct kube_path path;
		uint64_t value;

		memcpy(&value, (const char *)each + offset, sizeof(value));
		kube_path_read("GET", each->path, &path);
		fprintf(file,
			"shunt_manager_kubernetes_%s{resource=\"%s\",namespace=\"%s\"} %llu\n",
			name, path.resource, path.namespace, (unsigned long long)value);
	}
}

void kube_reflector_metrics(const struct kube *kube, FILE *file)
{
	print_metric(kube, file, "lists_total", "Lists of all objects, each with all its pages.",
		     offsetof(struct kube_reflector, lists));
	print_metric(kube, file, "watches_total", "Watches that were started.",
		     offsetof(struct kube_reflector, watches));
	print_metric(kube, file, "errors_total", "Lists and watches that failed.",
		     offsetof(struct kube_reflector, failed));
	fprintf(file, "# HELP shunt_manager_kubernetes_events_total Events of watches.\n"
		      "# TYPE shunt_manager_kubernetes_events_total counter\n");
	for (const struct kube_reflector *each = kube->reflectors; each; each = each->next) {
		struct kube_path path;

		kube_path_read("GET", each->path, &path);
		for (size_t i = 0; i < KUBE_WATCH_TYPES; i++)
			fprintf(file,
				"shunt_manager_kubernetes_events_total{resource=\"%s\","
				"namespace=\"%s\",type=\"%s\"} %llu\n",
				path.resource, path.namespace, kube_watch_type_name(i),
				(unsigned long long)each->types[i]);
	}
}
