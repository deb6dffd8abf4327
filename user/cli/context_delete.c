// SPDX-License-Identifier: Apache-2.0
#include "user/cli/context_delete.h"

#include "user/cli/writes.h"

struct input {
	struct globals *globals;
	char **names;
	int count;
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, input->globals);
		return 0;
	case ARGP_KEY_ARG:
		/* Once argp has moved the options forward, arguments are in a row. */
		command_context_name(state, value);
		if (!input->count++)
			input->names = state->argv + state->next - 1;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "the NAME of a context is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int context_delete_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "NAME...",
		.doc = "Remove contexts. Requests that still name them go to the ordinary pods.",
		.children = command_write_children,
	};
	struct input input = {.globals = globals};
	struct writes writes;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &input);
	status = writes_begin(globals, &writes);
	if (status)
		return status;
	for (int i = 0; i < input.count; i++)
		writes_remove(&writes, input.names[i]);
	return writes_end(&writes);
}
