// SPDX-License-Identifier: Apache-2.0
/*
 * The manager tells what there is, SYNCED, and then what changes. Where the stream ends it is asked
 * anew, and what it tells again is compared with what was printed.
 */
#include "user/cli/context_watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "user/cli/client.h"
#include "user/cli/context_object.h"
#include "user/cli/context_print.h"
#include "user/cli/visible.h"
#include "user/lib/clock.h"
#include "user/lib/format.h"
#include "user/lib/log.h"

#define WATCH_PATH "/v1/contexts?watch=true"
#define PAUSE_MAX 16 /* seconds between tries */
#define TARGET_SIZE 320
#define LINE_SIZE 900

struct watch {
	struct globals *globals;
	const char *name; /* NULL: all */
	json_t *known; /* objects by name, as they were printed */
	json_t *told; /* names that this stream told before SYNCED; NULL behind it */
	unsigned int pause; /* seconds before the next try */
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct watch *watch = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, watch->globals);
		return 0;
	case ARGP_KEY_ARG:
		if (watch->name)
			argp_error(state, "unexpected argument: %s", value);
		watch->name = command_context_name(state, value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* "shop/users=sha:4f2a91c, shop/pay=pod:pay-x1". */
static void list_overrides(const json_t *object, char text[LINE_SIZE])
{
	const json_t *overrides = context_object_map(object, "spec", "overrides"), *override;
	char target[TARGET_SIZE];
	size_t used = 0, i;

	text[0] = '\0';
	json_array_foreach(overrides, i, override)
	{
		const char *service = json_string_value(json_object_get(override, "service"));

		context_object_target(override, target, sizeof(target));
		if (used < LINE_SIZE)
			used += (size_t)snprintf(text + used, LINE_SIZE - used, "%s%s=%s",
						 used ? ", " : "", service ? service : "?", target);
	}
}

static int print_text(const char *type, const json_t *object)
{
	char time[FORMAT_SIZE], line[LINE_SIZE], shown[VISIBLE_SIZE], name[VISIBLE_SIZE];
	char state[CONTEXT_STATE_SIZE];
	bool is_gone = strcmp(type, "DELETED") == 0;

	printf("%.8s  %s  %s", format_time_of_day(clock_wall(), time),
	       visible(context_object_name(object), name),
	       is_gone			    ? "deleted"
	       : strcmp(type, "ADDED") == 0 ? "added"
					    : "changed");
	if (!is_gone) {
		context_print_state(object, state);
		list_overrides(object, line);
		printf("%s%s%s%s", *state ? "  " : "", state, *line ? "  " : "",
		       visible(line, shown));
	}
	return putchar('\n') == EOF || fflush(stdout) ? -EPIPE : 0;
}

static int print(const struct watch *watch, const char *type, json_t *object)
{
	if (!watch->globals->json)
		return print_text(type, object);
	return command_print_json(json_pack("{s:s, s:O}", "type", type, "object", object), true);
}

/* When it was used last changes all the time, and is not told. */
static bool is_same(const json_t *a, const json_t *b)
{
	return context_object_same(a, b) &&
	       json_equal((json_t *)context_object_map(a, "status", "overrides"),
			  (json_t *)context_object_map(b, "status", "overrides"));
}

static int put(struct watch *watch, json_t *object)
{
	const char *name = context_object_name(object);
	const json_t *known = json_object_get(watch->known, name);
	const char *type = known ? "MODIFIED" : "ADDED";

	if (watch->told && json_object_set_new(watch->told, name, json_true()))
		return -ENOMEM;
	if (known && is_same(known, object))
		return 0;
	if (json_object_set(watch->known, name, object))
		return -ENOMEM;
	return print(watch, type, object);
}

static int drop(struct watch *watch, const char *name)
{
	json_t *known = json_incref(json_object_get(watch->known, name));
	int error = 0;

	if (known) {
		json_object_del(watch->known, name);
		error = print(watch, "DELETED", known);
	}
	json_decref(known);
	return error;
}

/* What is known, but was not told again, was deleted while nobody listened. */
static int end_first(struct watch *watch)
{
	const char *name;
	json_t *object;
	int error = 0;
	void *next;

	json_object_foreach_safe(watch->known, next, name, object)
	{
		if (!error && !json_object_get(watch->told, name))
			error = drop(watch, name);
	}
	json_decref(watch->told);
	watch->told = NULL;
	watch->pause = 1;
	return error;
}

static int on_line(void *argument, json_t *line)
{
	const char *type = json_string_value(json_object_get(line, "type"));
	json_t *object = json_object_get(line, "object");
	const char *name = context_object_name(object);
	struct watch *watch = argument;

	if (!type)
		return 0;
	if (strcmp(type, "SYNCED") == 0)
		return watch->told ? end_first(watch) : 0;
	if (!*name || (watch->name && strcmp(name, watch->name)))
		return 0;
	return strcmp(type, "DELETED") == 0 ? drop(watch, name) : put(watch, object);
}

static int follow(struct watch *watch, struct client *client)
{
	const char *problem;
	int error;

	for (;;) {
		problem = NULL;
		json_decref(watch->told);
		watch->told = json_object();
		if (!watch->told)
			return -ENOMEM;
		error = client_follow(client, WATCH_PATH, on_line, watch, &problem);
		if (error)
			return error;
		log_line("%s; trying again in %u s", problem, watch->pause);
		sleep(watch->pause);
		if (watch->pause < PAUSE_MAX)
			watch->pause *= 2;
	}
}

int context_watch_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "[NAME]",
		.doc = "Print the contexts that there are, or one, and then each change as it "
		       "happens, one line each, until it is stopped.",
		.children = command_server_children,
	};
	struct watch watch = {.globals = globals, .pause = 1};
	struct client *client;
	int error;

	argp_parse(&argp, argc, argv, 0, NULL, &watch);
	if (globals->server.manifests) {
		log_line("watch needs a manager: there is nobody to tell of a directory's changes");
		return COMMAND_EXIT_USAGE;
	}
	if (client_open(&globals->server, &client))
		return EXIT_FAILURE;
	watch.known = json_object();
	error = watch.known ? follow(&watch, client) : -ENOMEM;
	if (error == -ENOMEM)
		log_line("%s", strerror(ENOMEM));
	json_decref(watch.known);
	json_decref(watch.told);
	client_close(client);
	/* Who reads may stop whenever they like. */
	return error == -EPIPE ? EXIT_SUCCESS : EXIT_FAILURE;
}
