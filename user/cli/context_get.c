// SPDX-License-Identifier: Apache-2.0
#include "user/cli/context_get.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/context_print.h"
#include "user/cli/contexts.h"
#include "user/lib/log.h"

struct input {
	struct globals *globals;
	const char *name;
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, input->globals);
		return 0;
	case ARGP_KEY_ARG:
		if (input->name)
			argp_error(state, "unexpected argument: %s", value);
		input->name = command_context_name(state, value);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "the NAME of a context is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print(const struct globals *globals, json_t *object)
{
	int error;

	if (globals->json)
		return command_print_json(object, false);
	error = context_print(object, stdout);
	json_decref(object);
	if (error == -ENOMEM)
		log_line("%s", strerror(ENOMEM));
	return fflush(stdout) ? -EPIPE : error;
}

int context_get_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "NAME",
		.doc = "Print a context, the endpoints that its overrides come to, and why one has "
		       "none. As JSON it can be edited and applied.",
		.children = command_server_children,
	};
	struct input input = {.globals = globals};
	char version[CONTEXTS_VERSION_SIZE];
	struct contexts *contexts;
	json_t *object;
	int error;

	argp_parse(&argp, argc, argv, 0, NULL, &input);
	if (contexts_open(&globals->server, &contexts))
		return EXIT_FAILURE;
	error = contexts->operations->get(contexts, input.name, &object, version);
	if (error == -ENOENT || error == -EAGAIN)
		log_line("context %s: there is none of this name", input.name);
	contexts_close(contexts);
	return error || print(globals, object) ? EXIT_FAILURE : EXIT_SUCCESS;
}
