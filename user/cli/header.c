// SPDX-License-Identifier: Apache-2.0
#include "user/cli/header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/markers.h"
#include "user/lib/text.h"

#define KEY_FORM 2000

struct input {
	struct globals *globals;
	const char *name;
};

static const struct argp_option descriptions[] = {
	{"form", KEY_FORM, "header", 0, "The form of the marker (default: header)", 0},
	{0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, input->globals);
		return 0;
	case KEY_FORM:
		if (strcmp(value, "header") != 0)
			argp_error(state, "--form: not a known form: %s", value);
		return 0;
	case ARGP_KEY_ARG:
		if (input->name)
			argp_error(state, "only one NAME is expected");
		if (!text_is_context_name(value))
			argp_error(state, "not a context name: '%s' (" COMMAND_CONTEXT_RULE ")",
				   value);
		input->name = value;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "the NAME of a context is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int header_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.args_doc = "NAME",
		.doc = "Print the header that names a context: curl -H \"$(shunt header NAME)\"",
		.children = command_children,
	};
	struct input input = {.globals = globals};

	argp_parse(&argp, argc, argv, 0, NULL, &input);
	if (globals->json)
		return command_print_json(json_pack("{s:s, s:s}", "name",
						    markers_default[SHUNT_MARKER_HEADER].name,
						    "value", input.name),
					  false)
			       ? EXIT_FAILURE
			       : EXIT_SUCCESS;
	return printf("%s: %s\n", markers_default[SHUNT_MARKER_HEADER].name, input.name) < 0 ||
			       fflush(stdout)
		       ? EXIT_FAILURE
		       : EXIT_SUCCESS;
}
