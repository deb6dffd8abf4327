// SPDX-License-Identifier: Apache-2.0
#include "user/cli/context_clone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/context_object.h"
#include "user/cli/writes.h"
#include "user/lib/log.h"

struct input {
	struct globals *globals;
	const char *from;
	const char *to;
	json_t *object; /* what FROM has */
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, input->globals);
		return 0;
	case ARGP_KEY_ARG:
		if (input->to)
			argp_error(state, "unexpected argument: %s", value);
		*(input->from ? &input->to : &input->from) = command_context_name(state, value);
		return 0;
	case ARGP_KEY_END:
		if (!input->to)
			argp_error(state, "the names FROM and TO are needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The clone belongs to who makes it. */
static int make(void *argument, json_t *present, json_t **wanted)
{
	const struct input *input = argument;
	json_t *clone;

	if (present) {
		log_line("context %s is there already; delete it first, or choose another name",
			 input->to);
		return -EEXIST;
	}
	clone = context_object_written(input->object, input->to);
	if (!clone) {
		log_line("%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	json_object_del(context_object_map(clone, "metadata", "annotations"), CONTEXT_OBJECT_OWNER);
	*wanted = clone;
	return 0;
}

static int read_from(struct writes *writes, struct input *input)
{
	char version[CONTEXTS_VERSION_SIZE];
	int error;

	error = writes->contexts->operations->get(writes->contexts, input->from, &input->object,
						  version);
	if (error == -ENOENT)
		log_line("context %s: there is none of this name", input->from);
	return error;
}

int context_clone_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "FROM TO",
		.doc = "Make a context TO that has the overrides, config, expiry, labels and "
		       "description of FROM.",
		.children = command_write_children,
	};
	struct input input = {.globals = globals};
	struct writes writes;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &input);
	status = writes_begin(globals, &writes);
	if (status)
		return status;
	if (read_from(&writes, &input))
		writes.status = EXIT_FAILURE;
	else
		writes_change(&writes, input.to, make, &input);
	json_decref(input.object);
	return writes_end(&writes);
}
