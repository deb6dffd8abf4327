// SPDX-License-Identifier: Apache-2.0
#include "user/cli/context_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/context_edits.h"
#include "user/cli/writes.h"
#include "user/lib/log.h"

enum {
	KEY_CONFIG = 2000,
	KEY_EXPIRES,
	KEY_DESCRIPTION,
	KEY_LABEL,
	KEY_ON_UNREACHABLE,
	KEY_REMOVE,
	KEY_REPLACE,
	KEY_SIGNED,
	KEY_NO_SIGNED,
};

struct input {
	struct globals *globals;
	struct context_edits edits;
};

static const struct argp_option descriptions[] = {
	{"config", KEY_CONFIG, "KEY=VALUE", 0, "A value for applications; KEY- removes it", 0},
	{"expires", KEY_EXPIRES, "TIME", 0,
	 "When it ends: in 30m, 12h, 3d or 2w, at 2026-12-01T00:00:00Z, or never", 0},
	{"description", KEY_DESCRIPTION, "TEXT", 0, "What it is for; nothing removes it", 0},
	{"label", KEY_LABEL, "KEY=VALUE", 0, "A label; KEY- removes it", 0},
	{"on-unreachable", KEY_ON_UNREACHABLE, "error|main", 0,
	 "What requests get where no endpoint answers: an error, or the ordinary pods. For the "
	 "overrides that are given, or else for all",
	 0},
	{"signed", KEY_SIGNED, NULL, 0,
	 "Let only signed markers name it, as shunt header --signed prints them", 0},
	{"no-signed", KEY_NO_SIGNED, NULL, 0, "Let unsigned ones name it too, again", 0},
	{"remove", KEY_REMOVE, "SERVICE", 0, "Remove the override of a service", 0},
	{"replace", KEY_REPLACE, NULL, 0,
	 "Leave just the overrides and config that are given, and no others", 0},
	{0},
};

static void check(struct argp_state *state, const char *option, int error, const char *problem)
{
	if (error == -ENOMEM)
		argp_failure(state, EXIT_FAILURE, ENOMEM, "%s", option);
	else if (error)
		argp_error(state, "%s: %s", option, problem);
}

static void set_policy(struct argp_state *state, struct context_edits *edits, const char *value)
{
	if (strcmp(value, "error") && strcmp(value, "main"))
		argp_error(state, "--on-unreachable: neither error nor main: %s", value);
	edits->on_unreachable = value;
}

static void set_description(struct argp_state *state, struct context_edits *edits,
			    const char *value)
{
	json_t *text = json_string(value);

	if (!text)
		argp_error(state, "--description: has to be UTF-8");
	json_decref(text);
	edits->description = value;
}

static void add_removed(struct argp_state *state, struct context_edits *edits, const char *value)
{
	if (!override_argument_is_service(value))
		argp_error(state, "--remove: has to be namespace/name or name of a service: %s",
			   value);
	check(state, "--remove",
	      json_array_append_new(edits->removed, json_string(value)) ? -ENOMEM : 0, NULL);
}

static void set_signed(struct context_edits *edits, bool is_signed)
{
	edits->sign = is_signed;
	edits->unsign = !is_signed;
}

static void add_argument(struct argp_state *state, struct context_edits *edits, const char *value)
{
	char problem[OVERRIDE_PROBLEM_SIZE];

	if (!edits->name)
		edits->name = command_context_name(state, value);
	else
		check(state, "override", context_edits_add_override(edits, value, problem),
		      problem);
}

static void end(struct argp_state *state, const struct context_edits *edits)
{
	if (!edits->name)
		argp_error(state, "the NAME of a context is needed");
	if (edits->replace && json_array_size(edits->removed))
		argp_error(state, "--replace and --remove exclude each other");
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;
	struct context_edits *edits = &input->edits;
	char problem[OVERRIDE_PROBLEM_SIZE];

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, input->globals);
		return 0;
	case KEY_CONFIG:
		check(state, "--config", context_edits_add_pair(edits->config, value, problem),
		      problem);
		return 0;
	case KEY_LABEL:
		check(state, "--label", context_edits_add_pair(edits->labels, value, problem),
		      problem);
		return 0;
	case KEY_EXPIRES:
		check(state, "--expires",
		      context_edits_set_expires(edits, value, time(NULL), problem), problem);
		return 0;
	case KEY_DESCRIPTION:
		set_description(state, edits, value);
		return 0;
	case KEY_ON_UNREACHABLE:
		set_policy(state, edits, value);
		return 0;
	case KEY_REMOVE:
		add_removed(state, edits, value);
		return 0;
	case KEY_REPLACE:
		edits->replace = true;
		return 0;
	case KEY_SIGNED:
	case KEY_NO_SIGNED:
		set_signed(edits, key == KEY_SIGNED);
		return 0;
	case ARGP_KEY_ARG:
		add_argument(state, edits, value);
		return 0;
	case ARGP_KEY_END:
		end(state, edits);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int context_set_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.args_doc = "NAME [SERVICE=sha:COMMIT | SERVICE=pod:NAME | "
			    "SERVICE=address:IP:PORT]...",
		.doc = "Make a context, or change it where it is there: overrides are added or get "
		       "another target, what is not named stays.",
		.children = command_write_children,
	};
	struct input input = {.globals = globals};
	struct writes writes;
	int status;

	if (context_edits_init(&input.edits)) {
		log_line("%s", strerror(ENOMEM));
		return EXIT_FAILURE;
	}
	argp_parse(&argp, argc, argv, 0, NULL, &input);
	status = writes_begin(globals, &writes);
	if (!status) {
		writes_change(&writes, input.edits.name, context_edits_make, &input.edits);
		status = writes_end(&writes);
	}
	context_edits_clear(&input.edits);
	return status;
}
