// SPDX-License-Identifier: Apache-2.0
#include "user/cli/explain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/explain_state.h"
#include "user/lib/address.h"
#include "user/lib/clock.h"
#include "user/lib/format.h"
#include "user/lib/log.h"
#include "user/lib/service_name.h"

#define PORTS_MAX 32 /* service ports that one argument means */

enum {
	KEY_CLIENT = 2000,
};

struct input {
	struct globals *globals;
	const char *context;
	const char *service;
	bool has_client;
	struct shunt_address client;
};

/* The service ports that the argument means. */
struct ports {
	const char *wanted;
	__u32 ids[PORTS_MAX];
	char names[PORTS_MAX][SHUNT_SERVICE_NAME_MAX + 1];
	size_t count;
};

static const char *const state_names[] = {
	[EXPLAIN_OK] = "ok",
	[EXPLAIN_NOTE] = "note",
	[EXPLAIN_WARNING] = "warning",
	[EXPLAIN_FAILED] = "failed",
};

static const struct argp_option descriptions[] = {
	{"client", KEY_CLIENT, "ADDRESS", 0, "Whose request it is", 0},
	{0},
};

static void set_argument(struct input *input, const char *value, const struct argp_state *state)
{
	if (!input->context) {
		input->context = command_context_name(state, value);
		return;
	}
	if (input->service)
		argp_error(state, "unexpected argument: %s", value);
	if (!service_name_is_valid(value))
		argp_error(state, "not a service as [NAMESPACE/]NAME[:PORT]: %s", value);
	input->service = value;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, input->globals);
		return 0;
	case KEY_CLIENT:
		if (address_parse(value, &input->client))
			argp_error(state, "--client: not an address: %s", value);
		input->has_client = true;
		return 0;
	case ARGP_KEY_ARG:
		set_argument(input, value, state);
		return 0;
	case ARGP_KEY_END:
		if (!input->service)
			argp_error(state, "a CONTEXT and a SERVICE are needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void explain_add(struct explain *explain, const char *step, enum explain_state state,
		 const char *format, ...)
{
	char text[EXPLAIN_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	json_array_append_new(explain->steps, json_pack("{s:s, s:s, s:s}", "step", step, "state",
							state_names[state], "text", text));
	if (state != EXPLAIN_FAILED || explain->failed)
		return;
	explain->failed = true;
	snprintf(explain->verdict, sizeof(explain->verdict), "not redirected: %s", text);
}

static int on_service(void *argument, const void *key, const void *value)
{
	const struct shunt_service *service = value;
	struct ports *ports = argument;
	char name[SHUNT_SERVICE_NAME_MAX + 1];

	snprintf(name, sizeof(name), "%.*s", SHUNT_SERVICE_NAME_MAX, service->name);
	if (ports->count == PORTS_MAX || !service_name_matches(name, ports->wanted))
		return 0;
	memcpy(&ports->ids[ports->count], key, sizeof(ports->ids[0]));
	memcpy(ports->names[ports->count++], name, sizeof(name));
	return 0;
}

/* Those that the tables have, else what was asked for. */
static int find_ports(const struct maps *maps, const char *wanted, struct ports *ports)
{
	int error;

	*ports = (struct ports){.wanted = wanted};
	error = maps_each(maps->fds[PINS_SERVICES], 0, on_service, ports);
	if (!error && !ports->count) {
		snprintf(ports->names[0], sizeof(ports->names[0]), "%s", wanted);
		ports->count = 1;
	}
	return error;
}

static void explain_generation(struct explain *explain)
{
	__u64 now = clock_wall(), applied = explain->settings.applied_at * CLOCK_SECOND;
	char age[FORMAT_SIZE];

	if (explain->settings.generation)
		explain_add(explain, "tables", EXPLAIN_OK, "generation %llu, applied %s ago",
			    (unsigned long long)explain->settings.generation,
			    format_age(now > applied ? now - applied : 0, age));
	else
		explain_add(explain, "tables", EXPLAIN_FAILED, "no generation was applied yet");
}

static void conclude(struct explain *explain)
{
	if (!explain->failed)
		snprintf(explain->verdict, sizeof(explain->verdict), "redirected%s to %s%s",
			 explain->needs_source ? ", from clients that may," : "",
			 explain->usable > 1 ? "one of its endpoints" : "its endpoint",
			 explain->needs_signature ? ", if its marker is signed" : "");
}

static int explain_one(struct explain *explain)
{
	int error = maps_read_settings(explain->maps, &explain->settings);

	if (error)
		return error;
	explain_ask_agent(explain);
	explain_generation(explain);
	explain_source(explain);
	explain_marker(explain);
	error = explain_override(explain);
	if (error)
		return error;
	explain_service(explain);
	explain_permission(explain);
	explain_endpoints(explain);
	explain_room(explain);
	error = explain_pinned(explain);
	explain_history(explain);
	conclude(explain);
	return error;
}

static void print_steps(const struct explain *explain)
{
	static const char marks[] = {'+', ' ', '!', 'x'};
	const json_t *step;
	size_t i;

	printf("%s  %s\n", explain->context, explain->name);
	json_array_foreach(explain->steps, i, step)
	{
		const char *state = json_string_value(json_object_get(step, "state"));
		size_t k = 0;

		while (k < EXPLAIN_FAILED && state && strcmp(state, state_names[k]) != 0)
			k++;
		printf("  %c %-10s %s\n", marks[k],
		       json_string_value(json_object_get(step, "step")),
		       json_string_value(json_object_get(step, "text")));
	}
	printf("  = %s\n", explain->verdict);
}

static json_t *to_json(const struct explain *explain)
{
	return json_pack("{s:s, s:s, s:b, s:s, s:O, s:O?}", "context", explain->context, "service",
			 explain->name, "redirected", (int)!explain->failed, "verdict",
			 explain->verdict, "steps", explain->steps, "agent", explain->agent);
}

/* Adds the explanation to the list, or prints it. */
static int tell(const struct explain *explain, json_t *list)
{
	if (list)
		return json_array_append_new(list, to_json(explain)) ? -ENOMEM : 0;
	print_steps(explain);
	return 0;
}

/* Whether every service port that is meant is redirected is in *redirected. */
static int run(const struct input *input, const struct maps *maps, json_t *list, bool *redirected)
{
	struct ports ports;
	int error = find_ports(maps, input->service, &ports);

	*redirected = true;
	for (size_t i = 0; !error && i < ports.count; i++) {
		struct explain explain = {
			.globals = input->globals,
			.maps = maps,
			.context = input->context,
			.has_client = input->has_client,
			.client = input->client,
			.service = ports.ids[i],
			.steps = json_array(),
		};

		memcpy(explain.name, ports.names[i], sizeof(explain.name));
		error = explain.steps ? explain_one(&explain) : -ENOMEM;
		if (!error)
			error = tell(&explain, list);
		*redirected = *redirected && !explain.failed;
		json_decref(explain.steps);
		json_decref(explain.agent);
		json_decref(explain.history);
	}
	return error;
}

int explain_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.args_doc = "CONTEXT [NAMESPACE/]SERVICE[:PORT]",
		.doc = "Say step by step whether requests of a context to a service are "
		       "redirected, by "
		       "what this node's tables say and what the agent remembers. The exit status "
		       "is "
		       "0 where they are, 1 where they are not, and 2 where that cannot be told.",
		.children = command_all_children,
	};
	struct input input = {.globals = globals};
	struct maps maps;
	json_t *list;
	bool redirected;
	int error;

	argp_parse(&argp, argc, argv, 0, NULL, &input);
	if (command_open_maps(globals, &maps))
		return COMMAND_EXIT_USAGE;
	list = globals->json ? json_array() : NULL;
	error = run(&input, &maps, list, &redirected);
	if (error)
		command_fail(globals, error);
	else if (list)
		error = command_print_json(json_incref(list), false);
	else
		error = fflush(stdout) ? -errno : 0;
	json_decref(list);
	maps_close(&maps);
	return error ? COMMAND_EXIT_USAGE : redirected ? EXIT_SUCCESS : EXPLAIN_EXIT_ORIGIN;
}
