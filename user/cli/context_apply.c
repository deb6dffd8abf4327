// SPDX-License-Identifier: Apache-2.0
#include "user/cli/context_apply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/context_manifest.h"
#include "user/cli/context_object.h"
#include "user/cli/writes.h"
#include "user/lib/log.h"

#define KEY_FILE 'f'
#define INPUT_MAX (16u * 1024 * 1024) /* bytes of standard input */

struct input {
	struct globals *globals;
	const char *file;
};

static const struct argp_option descriptions[] = {
	{"file", KEY_FILE, "FILE", 0, "The file, YAML or JSON; - is standard input", 0},
	{0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, input->globals);
		return 0;
	case KEY_FILE:
		if (input->file)
			argp_error(state, "--file: only one can be given");
		input->file = value;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", value);
		return 0;
	case ARGP_KEY_END:
		if (!input->file)
			argp_error(state, "-f FILE is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int parse_stdin(struct document *document, struct problems *problems)
{
	static const char name[] = "standard input";
	char *text = malloc(INPUT_MAX + 1);
	size_t length;
	int error;

	if (!text)
		return -ENOMEM;
	length = fread(text, 1, INPUT_MAX + 1, stdin);
	if (ferror(stdin)) {
		error = -errno;
		problems_add(problems, "%s: cannot be read: %s", name, strerror(-error));
	} else if (length > INPUT_MAX) {
		error = -EFBIG;
		problems_add(problems, "%s: more than 16 MiB", name);
	} else {
		error = document_parse(name, text, length, document, problems);
	}
	free(text);
	return error;
}

static int read_contexts(const char *file, struct context_manifest *manifest,
			 struct problems *problems)
{
	bool is_stdin = strcmp(file, "-") == 0;
	struct document document = {0};
	int error;

	error = is_stdin ? parse_stdin(&document, problems)
			 : document_load(file, &document, problems);
	if (!error)
		error = context_manifest_read(is_stdin ? "standard input" : file, &document, false,
					      manifest, problems);
	document_clear(&document);
	if (!error && !manifest->count) {
		problems_add(problems, "%s: has no context", is_stdin ? "standard input" : file);
		error = -EINVAL;
	}
	return error;
}

/* The owner is the manager's to set: where the file names none, it stays. */
static int make(void *argument, json_t *present, json_t **wanted)
{
	const char *owner = context_object_annotation(present, CONTEXT_OBJECT_OWNER);
	json_t *object = context_object_written(argument, NULL);
	json_t *metadata = json_object_get(object, "metadata"), *annotations;
	int error = object ? 0 : -ENOMEM;

	if (object && *owner && !*context_object_annotation(object, CONTEXT_OBJECT_OWNER)) {
		annotations = json_object_get(metadata, "annotations");
		if (!annotations) {
			annotations = json_object();
			error = json_object_set_new(metadata, "annotations", annotations);
		}
		if (!error)
			error = json_object_set_new(annotations, CONTEXT_OBJECT_OWNER,
						    json_string(owner));
	}
	if (error) {
		log_line("%s", strerror(ENOMEM));
		json_decref(object);
		return -ENOMEM;
	}
	*wanted = object;
	return 0;
}

static int apply(const struct globals *globals, const struct context_manifest *manifest)
{
	struct writes writes;
	int status;

	status = writes_begin(globals, &writes);
	if (status)
		return status;
	for (size_t i = 0; i < manifest->count; i++)
		writes_change(&writes, context_object_name(manifest->items[i].object), make,
			      manifest->items[i].object);
	return writes_end(&writes);
}

int context_apply_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.args_doc = "-f FILE",
		.doc = "Make contexts what a file says, which may hold several documents and "
		       "lists. Nothing is changed where the file cannot be understood.",
		.children = command_write_children,
	};
	struct input input = {.globals = globals};
	struct context_manifest manifest = {0};
	struct problems problems = {0};
	int status = EXIT_FAILURE, error;

	argp_parse(&argp, argc, argv, 0, NULL, &input);
	error = read_contexts(input.file, &manifest, &problems);
	for (size_t i = 0; i < problems.count; i++)
		log_line("%s", problems.texts[i]);
	if (error && !problems.count)
		log_line("%s: %s", input.file, strerror(-error));
	if (!error)
		status = apply(globals, &manifest);
	problems_clear(&problems);
	context_manifest_clear(&manifest);
	return status;
}
